package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dghubble/oauth1"
)

// xWorld is an X with one user and a clock that stands still.
type xWorld struct {
	*X
	t       *testing.T
	now     time.Time
	account XAccount
}

func newXWorld(t *testing.T, o XOptions, a XAccount) *xWorld {
	t.Helper()
	w := &xWorld{t: t, now: time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)}
	o.Clock = func() time.Time { return w.now }
	w.X = NewX(o)
	a.Handle, a.Name = "xiaomi", "Xiao Mi"
	w.account = w.AddAccount(a)
	return w
}

// signed gives a request with the signature of the oauth1 package, which takes
// its time from the system: the sandbox's clock is set after it.
func (w *xWorld) signed(method, target, kind, body string) *http.Request {
	w.t.Helper()
	request := httptest.NewRequest(method, "http://sandbox.test"+target, strings.NewReader(body))
	request.RequestURI = ""
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	var sealed *http.Request
	a := w.account
	client := oauth1.NewConfig(a.ConsumerKey, a.ConsumerSecret).Client(oauth1.NoContext, oauth1.NewToken(a.AccessToken, a.AccessSecret))
	client.Transport.(*oauth1.Transport).Base = roundTrip(func(r *http.Request) (*http.Response, error) {
		sealed = r.Clone(r.Context())
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})
	response, err := client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = response.Body.Close()
	oauth, _ := parseOAuth(sealed.Header.Get("Authorization"))
	seconds, err := strconv.ParseInt(oauth["oauth_timestamp"], 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = time.Unix(seconds, 0).UTC()
	again := httptest.NewRequest(method, "http://sandbox.test"+target, strings.NewReader(body))
	again.Header = sealed.Header
	return again
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (w *xWorld) send(request *http.Request) (*httptest.ResponseRecorder, map[string]any) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, request)
	var got map[string]any
	_ = json.Unmarshal(recorder.Body.Bytes(), &got) // a list or a page is looked at as text
	return recorder, got
}

func (w *xWorld) tweet(text string) (*httptest.ResponseRecorder, map[string]any) {
	w.t.Helper()
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(w.signed("POST", "/2/tweets", "application/json", string(body)))
}

func (w *xWorld) get(target string) (*httptest.ResponseRecorder, map[string]any) {
	w.t.Helper()
	return w.send(w.signed("GET", target, "", ""))
}

const formType = "application/x-www-form-urlencoded"

func TestXSignatures(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{Legacy: true})
	update := func() *http.Request {
		return w.signed("POST", "/1.1/statuses/update.json?a=b%20c", formType, "status=Hello+%2B+%E7%B1%B3%21")
	}
	header := func(r *http.Request, old, new string) *http.Request {
		before := r.Header.Get("Authorization")
		r.Header.Set("Authorization", strings.Replace(before, old, new, 1))
		if r.Header.Get("Authorization") == before {
			t.Fatalf("%q is not in %s", old, before)
		}
		return r
	}
	body := func(text string) *http.Request {
		r := httptest.NewRequest("POST", "http://sandbox.test/1.1/statuses/update.json?a=b%20c", strings.NewReader(text))
		r.Header = update().Header
		return r
	}
	for name, change := range map[string]func() *http.Request{
		"no header":          func() *http.Request { r := update(); r.Header.Del("Authorization"); return r },
		"another method":     func() *http.Request { return header(update(), "HMAC-SHA1", "PLAINTEXT") },
		"another version":    func() *http.Request { return header(update(), `version="1.0"`, `version="2.0"`) },
		"another nonce":      func() *http.Request { return header(update(), `nonce="`, `nonce="x`) },
		"another signature":  func() *http.Request { return header(update(), `signature="`, `signature="x`) },
		"another consumer":   func() *http.Request { return header(update(), `consumer_key="`, `consumer_key="x`) },
		"a parameter twice":  func() *http.Request { return header(update(), "OAuth ", `OAuth oauth_version="1.0", `) },
		"another body":       func() *http.Request { return body("status=Goodbye") },
		"one parameter more": func() *http.Request { return body("status=Hello+%2B+%E7%B1%B3%21&x=y") },
		"another query":      func() *http.Request { r := update(); r.URL.RawQuery = "a=b"; return r },
		"another host":       func() *http.Request { r := update(); r.Host = "evil.test"; return r },
		"another path": func() *http.Request {
			r := update()
			r.URL.Path = "/1.1/statuses/show.json"
			r.Method = "GET"
			return r
		},
		"the wrong bearer": func() *http.Request {
			r := update()
			r.Header.Set("Authorization", "Bearer "+w.account.AccessToken)
			return r
		},
		"six minutes too early": func() *http.Request { r := update(); w.now = w.now.Add(6 * time.Minute); return r },
		"six minutes too late":  func() *http.Request { r := update(); w.now = w.now.Add(-6 * time.Minute); return r },
	} {
		if recorder, _ := w.send(change()); recorder.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, recorder.Code, recorder.Body)
		}
	}
	good := update()
	again := body("status=Hello+%2B+%E7%B1%B3%21")
	again.Header = good.Header
	w.now = w.now.Add(4 * time.Minute)
	if recorder, _ := w.send(good); recorder.Code != http.StatusOK {
		t.Errorf("a good signature: %d %s", recorder.Code, recorder.Body)
	}
	if recorder, _ := w.send(again); recorder.Code != http.StatusUnauthorized {
		t.Errorf("the same nonce again: %d %s", recorder.Code, recorder.Body)
	}
	if posts := w.Posts(); len(posts) != 1 || posts[0].Text != "Hello + 米!" {
		t.Errorf("on the timeline: %+v", posts)
	}
}

func TestXCreate(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	recorder, got := w.tweet("米 go mi.com/r/k7 now")
	if recorder.Code != http.StatusCreated || recorder.Header().Get("x-rate-limit-remaining") != "99" {
		t.Errorf("%d %v", recorder.Code, recorder.Header())
	}
	text := got["data"].(map[string]any)["text"].(string)
	if !strings.HasPrefix(text, "米 go https://t.co/") || len(text) != len("米 go ")+23+len(" now") {
		t.Errorf("wrapped: %q", text)
	}
	for name, body := range map[string]string{
		"no JSON": `text=x`, "an unknown field": `{"text":"y","nope":1}`, "no text": `{}`, "a blank text": `{"text":" "}`,
		"two values": `{"text":"y"}{"text":"z"}`, "an invisible character": `{"text":"\uFEFF"}`,
	} {
		if recorder, _ := w.send(w.signed("POST", "/2/tweets", "application/json", body)); recorder.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, recorder.Code, recorder.Body)
		}
	}
	if recorder, _ := w.send(w.signed("POST", "/2/tweets", formType, `{"text":"y"}`)); recorder.Code == http.StatusCreated {
		t.Error("took JSON as a form")
	}
	for text, detail := range map[string]string{
		"米 go mi.com/r/k7 now":   "duplicate content",
		strings.Repeat("米", 141): "not permitted",
	} {
		recorder, got := w.tweet(text)
		if recorder.Code != http.StatusForbidden || !strings.Contains(fmt.Sprint(got["detail"]), detail) {
			t.Errorf("%.20q: %d %s", text, recorder.Code, recorder.Body)
		}
	}
	if n := len(w.Posts()); n != 1 {
		t.Errorf("%d posts are out", n)
	}
}

func TestXTimeline(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	for i := range 12 {
		w.tweet(fmt.Sprintf("post %d https://mi.com/r/%d", i, i))
	}
	path := "/2/users/" + w.account.ID + "/tweets?tweet.fields=created_at,entities,public_metrics&max_results=5"
	seen, next := []string{}, ""
	for range 5 {
		target := path
		if next != "" {
			target += "&pagination_token=" + next
		}
		_, got := w.get(target)
		list, _ := got["data"].([]any)
		for _, one := range list {
			urls := one.(map[string]any)["entities"].(map[string]any)["urls"].([]any)
			seen = append(seen, strings.TrimPrefix(urls[0].(map[string]any)["expanded_url"].(string), "https://mi.com/r/"))
		}
		if next, _ = got["meta"].(map[string]any)["next_token"].(string); next == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "11 10 9 8 7 6 5 4 3 2 1 0" {
		t.Errorf("saw %s", got)
	}
	for query, want := range map[string]int{
		"":                                 200,
		"?exclude=replies,retweets":        200,
		"?start_time=2100-01-01T00:00:00Z": 200,
		"?max_results=4":                   400,
		"?max_results=101":                 400,
		"?max_results=x":                   400,
		"?start_time=yesterday":            400,
		"?exclude=ads":                     400,
		"?tweet.fields=secret":             400,
		"?nope=1":                          400,
		"?pagination_token=x":              400,
		"?max_results=100&tweet.fields=author_id": 200,
	} {
		if recorder, _ := w.get("/2/users/" + w.account.ID + "/tweets" + query); recorder.Code != want {
			t.Errorf("%s: %d, want %d", query, recorder.Code, want)
		}
	}
	if _, got := w.get("/2/users/" + w.account.ID + "/tweets?start_time=2100-01-01T00:00:00Z"); got["data"] != nil {
		t.Errorf("posts of the future: %v", got)
	}
	if _, got := w.get("/2/users/1/tweets"); got["meta"] != nil || got["errors"] == nil {
		t.Errorf("a stranger's timeline: %v", got)
	}
}

func TestXShowAndDelete(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	w.tweet("hello")
	id := w.Posts()[0].ID
	if _, got := w.get("/2/tweets/" + id + "?tweet.fields=author_id"); got["data"].(map[string]any)["author_id"] != w.account.ID {
		t.Errorf("%v", got)
	}
	mine := w.account
	w.account = w.AddAccount(XAccount{})
	if recorder, _ := w.send(w.signed("DELETE", "/2/tweets/"+id, "", "")); recorder.Code != http.StatusForbidden {
		t.Errorf("a stranger deletes: %d", recorder.Code)
	}
	w.account = mine
	if recorder, _ := w.send(w.signed("DELETE", "/2/tweets/"+id, "", "")); recorder.Code != http.StatusOK || len(w.Posts()) != 0 {
		t.Errorf("%d, %d posts are left", recorder.Code, len(w.Posts()))
	}
	if _, got := w.get("/2/tweets/" + id); got["errors"] == nil {
		t.Errorf("%v", got)
	}
}

func TestXLimits(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{Limits: map[Call]XLimit{CallVerify: {2, time.Hour}}}, XAccount{})
	for i, want := range []int{200, 200, 429, 429} {
		if recorder, _ := w.get("/2/users/me"); recorder.Code != want {
			t.Errorf("call %d: %d, want %d", i, recorder.Code, want)
		}
	}
	r := w.signed("GET", "/2/users/me", "", "")
	recorder, _ := w.send(r)
	reset, err := strconv.ParseInt(recorder.Header().Get("x-rate-limit-reset"), 10, 64)
	if err != nil || recorder.Header().Get("x-rate-limit-remaining") != "0" {
		t.Fatalf("%v", recorder.Header())
	}
	user := w.users[0]
	if _, ok := w.spend(user, CallVerify, time.Unix(reset, 0)); !ok {
		t.Error("the window does not end at its reset")
	}
}

func TestXLegacyIsClosed(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	recorder, got := w.get("/1.1/account/verify_credentials.json")
	if recorder.Code != http.StatusForbidden || !strings.Contains(fmt.Sprint(got), "453") {
		t.Errorf("%d %v", recorder.Code, got)
	}
}

func TestXV1(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{Legacy: true})
	post := func(text string) (*httptest.ResponseRecorder, map[string]any) {
		return w.send(w.signed("POST", "/1.1/statuses/update.json", formType, url.Values{"status": {text}}.Encode()))
	}
	_, got := post("one")
	for text, code := range map[string]string{"one": "187", strings.Repeat("a", 281): "186", "": "170"} {
		if recorder, got := post(text); recorder.Code != http.StatusForbidden || !strings.Contains(fmt.Sprint(got), code) {
			t.Errorf("%.10q: %d %v", text, recorder.Code, got)
		}
	}
	post("two")
	id := got["id_str"].(string)
	if _, got := w.get("/1.1/statuses/show.json?tweet_mode=extended&id=" + id); got["full_text"] != "one" {
		t.Errorf("%v", got)
	}
	if recorder, _ := w.get("/1.1/statuses/show.json?id=1"); recorder.Code != http.StatusNotFound {
		t.Errorf("%d", recorder.Code)
	}
	for query, want := range map[string]string{"": "two one", "?count=1": "two", "?max_id=" + id: "one", "?since_id=" + id: "two"} {
		recorder, _ := w.get("/1.1/statuses/user_timeline.json" + query)
		var list []struct{ Text string }
		if err := json.Unmarshal(recorder.Body.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, one := range list {
			texts = append(texts, one.Text)
		}
		if got := strings.Join(texts, " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestXPages(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	if recorder, _ := w.send(httptest.NewRequest("GET", "/", nil)); !strings.Contains(recorder.Body.String(), "No posts yet") {
		t.Errorf("%s", recorder.Body)
	}
	w.tweet(`<script>alert("x")</script> https://mi.com/r/k7 http://127.0.0.1:8080/r/k8`)
	id := w.Posts()[0].ID
	for path, want := range map[string][]string{
		"/":                     {"Sandbox.", "This is not X.", "1 post", `http-equiv="refresh"`, "XM", "@xiaomi", "&lt;script&gt;", `href="https://mi.com/r/k7"`, ">mi.com/r/k7<", `href="http://127.0.0.1:8080/r/k8"`, "/i/status/" + id},
		"/i/status/" + id:       {"This is not X.", "All posts", "&lt;script&gt;"},
		"/_sandbox/style.css":   {"color-scheme"},
		"/_sandbox/posts":       {`"id":"` + id + `"`, `"handle":"@xiaomi"`},
		"/_sandbox/accounts":    {w.account.AccessSecret, `"api":"v2"`},
		"/_sandbox/faults":      {`{"items":[]}`},
		"/?still":               {"Follow live"},
		"/i/status/12":          {"no such post"},
		"/i/status/%2e%2e%2fxy": {"no such post"},
	} {
		recorder, _ := w.send(httptest.NewRequest("GET", path, nil))
		for _, text := range want {
			if !strings.Contains(recorder.Body.String(), text) {
				t.Errorf("%s (%d) holds no %q", path, recorder.Code, text)
			}
		}
		if strings.Contains(recorder.Body.String(), "<script") {
			t.Errorf("%s holds a script", path)
		}
	}
}

func TestXAccountsOverHTTP(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	add := func(body string) (*httptest.ResponseRecorder, map[string]any) {
		return w.send(httptest.NewRequest("POST", "/_sandbox/accounts", strings.NewReader(body)))
	}
	recorder, got := add(`{"handle":"@mi_hk","name":"Mi Hong Kong","access_secret":"mine"}`)
	credentials, _ := got["credentials"].(map[string]any)
	if recorder.Code != http.StatusCreated || got["handle"] != "@mi_hk" || credentials["access_secret"] != "mine" || credentials["consumer_key"] == "" {
		t.Errorf("%d %v", recorder.Code, got)
	}
	if _, got := add(`{"oauth2":true}`); got["credentials"].(map[string]any)["client_id"] == nil {
		t.Errorf("%v", got)
	}
	for _, body := range []string{``, `[]`, `{"nope":1}`, `{"handle":"MI_HK"}`, `{"access_token":"` + w.account.AccessToken + `"}`} {
		if recorder, _ := add(body); recorder.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", body, recorder.Code)
		}
	}
}

func TestXClockFaults(t *testing.T) {
	t.Parallel()
	w := newXWorld(t, XOptions{}, XAccount{})
	for millis, want := range map[int64]int{60_000: 200, 600_000: 401, -600_000: 401} {
		w.Faults.Add(Fault{Kind: Skew, Millis: millis})
		if recorder, _ := w.get("/2/users/me"); recorder.Code != want {
			t.Errorf("%d ms off: %d, want %d", millis, recorder.Code, want)
		}
	}
	w.Faults.Add(Fault{Kind: Latency, Millis: 1})
	if recorder, _ := w.get("/2/users/me"); recorder.Code != http.StatusOK {
		t.Errorf("a slow answer: %d", recorder.Code)
	}
}
