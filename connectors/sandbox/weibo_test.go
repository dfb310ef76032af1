package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const weiboToken = "2.00token"

// weiboWorld is a Weibo with one user, at noon in China, and a clock that
// stands still.
type weiboWorld struct {
	*Weibo
	t   *testing.T
	now time.Time
}

func newWeiboWorld(t *testing.T, o WeiboOptions) *weiboWorld {
	t.Helper()
	w := &weiboWorld{t: t, now: time.Date(2012, 8, 16, 12, 0, 0, 0, chinaTime)}
	o.Clock = func() time.Time { return w.now }
	w.Weibo = NewWeibo(o)
	w.AddAccount(WeiboAccount{Name: "小米手机", UID: "77", AppKey: "1", AccessToken: weiboToken, SafeDomain: "shop.example.cn"})
	return w
}

// call sends one request and decodes the answer.
func (w *weiboWorld) call(method, path string, form url.Values) (int, map[string]any) {
	w.t.Helper()
	if !form.Has("access_token") {
		form.Set("access_token", weiboToken)
	}
	request := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if method == http.MethodGet {
		request = httptest.NewRequest(method, path+"?"+form.Encode(), nil)
	}
	return w.send(request)
}

func (w *weiboWorld) send(request *http.Request) (int, map[string]any) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, request)
	var got map[string]any
	decoder := json.NewDecoder(recorder.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&got); err != nil {
		w.t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	return recorder.Code, got
}

func (w *weiboWorld) share(text string) (int, map[string]any) {
	w.t.Helper()
	return w.call("POST", "/2/statuses/share.json", url.Values{"status": {text}, "rip": {"203.0.113.7"}})
}

// wantCode fails unless the answer carries the error code; "" is none.
func (w *weiboWorld) wantCode(what string, got map[string]any, code string) {
	w.t.Helper()
	have := ""
	if got["error_code"] != nil {
		have = fmt.Sprint(got["error_code"])
	}
	if have != code {
		w.t.Errorf("%s: error code %q (%v), want %q", what, have, got["error"], code)
	}
}

const shopLink = "https://shop.example.cn/r/0123456789ab"

func TestWeiboShare(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	status, got := w.share("小米手机2开售 " + shopLink + " 快来")
	w.wantCode("share", got, "")
	id := fmt.Sprint(got["idstr"])
	if status != 200 || fmt.Sprint(got["id"]) != id || got["mid"] != id || got["created_at"] != "Thu Aug 16 12:00:00 +0800 2012" {
		t.Errorf("%d %v", status, got)
	}
	text := fmt.Sprint(got["text"])
	if !strings.HasPrefix(text, "小米手机2开售 http://t.cn/") || !strings.HasSuffix(text, "\u200B 快来") || strings.Contains(text, "shop.example.cn") {
		t.Errorf("the text became %q", text)
	}
	posts := w.Posts()
	if len(posts) != 1 || posts[0].ID != id || !strings.Contains(posts[0].Text, shopLink) || posts[0].AccountID != "77" {
		t.Errorf("posts %+v", posts)
	}
	if _, shown := w.call("GET", "/2/statuses/show.json", url.Values{"id": {id}}); shown["text"] != text {
		t.Errorf("show gives %v", shown)
	}
}

func TestWeiboShareRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, code string }{
		{"empty", " \n", "20008"},
		{"140 with the link", strings.Repeat("米", 130) + shopLink, ""},
		{"141 with the link", strings.Repeat("米", 131) + shopLink, "20012"},
		{"topic", "#小米# " + shopLink, "20021"},
		{"number sign", "#1 " + shopLink, ""},
		{"no link", "小米", "10017"},
		{"www differs", "小米 http://www.shop.example.cn/", "10017"},
		{"elsewhere", "小米 http://shop.example.cn.evil.org/", "10017"},
	} {
		w := newWeiboWorld(t, WeiboOptions{})
		status, got := w.share(c.text)
		w.wantCode(c.name, got, c.code)
		if (c.code == "") != (len(w.Posts()) == 1) || (c.code == "") != (status == 200) {
			t.Errorf("%s: status %d, %d posts", c.name, status, len(w.Posts()))
		}
	}
	w := newWeiboWorld(t, WeiboOptions{HTTPSAsText: true})
	_, got := w.share(strings.Repeat("米", 130) + shopLink)
	w.wantCode("https as text", got, "20012")
	_, got = w.call("POST", "/2/statuses/share.json", url.Values{"status": {shopLink}})
	w.wantCode("without rip", got, "10008")
	_, got = w.call("GET", "/2/statuses/share.json", url.Values{})
	w.wantCode("GET", got, "10021")
	for _, closed := range []string{"update", "upload"} {
		_, got = w.call("POST", "/2/statuses/"+closed+".json", url.Values{"status": {shopLink}})
		w.wantCode(closed, got, "10014")
	}
	_, got = w.call("GET", "/2/statuses/nothing.json", url.Values{})
	w.wantCode("nothing", got, "10020")
	if len(w.Posts()) != 0 {
		t.Errorf("posts %v", w.Posts())
	}
}

func TestWeiboTokens(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	for token, code := range map[string]string{"": "10006", "2.00wrong": "21332"} {
		_, got := w.call("POST", "/oauth2/get_token_info", url.Values{"access_token": {token}})
		w.wantCode("token "+token, got, code)
	}
	w.now = w.now.Add(24 * time.Hour)
	_, got := w.call("POST", "/oauth2/get_token_info", url.Values{})
	if fmt.Sprint(got["uid"]) != "77" || got["appkey"] != "1" || got["expire_in"] != fmt.Sprint(29*24*60*60) {
		t.Errorf("token info %v", got)
	}
	_, got = w.call("GET", "/2/users/show.json", url.Values{"uid": {"77"}})
	if got["screen_name"] != "小米手机" {
		t.Errorf("user %v", got)
	}
	w.now = w.now.Add(29 * 24 * time.Hour)
	_, got = w.share(shopLink)
	w.wantCode("expired", got, "21327")

	w = newWeiboWorld(t, WeiboOptions{})
	w.call("POST", "/oauth2/revokeoauth2", url.Values{})
	_, got = w.share(shopLink)
	w.wantCode("revoked", got, "21316")
}

func TestWeiboRepeats(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{RepeatWindow: time.Hour})
	w.share("小米 http://shop.example.cn/1 快来")
	_, got := w.share("小米\r\nhttp://shop.example.cn/2  快来")
	w.wantCode("another link", got, "20019")
	_, got = w.share("小米 http://shop.example.cn/2 快去")
	w.wantCode("other words", got, "")
	w.now = w.now.Add(time.Hour)
	_, got = w.share("小米 http://shop.example.cn/1 快来")
	w.wantCode("an hour later", got, "")
}

func TestWeiboLimits(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{PostsPerHour: 2, CallsPerDay: 5})
	for i, code := range []string{"", "", "10024"} {
		_, got := w.share(fmt.Sprint(i, " ", shopLink))
		w.wantCode(fmt.Sprint("post ", i), got, code)
	}
	w.now = w.now.Add(time.Hour)
	_, got := w.share("3 " + shopLink)
	w.wantCode("the next hour", got, "")
	_, status := w.call("GET", "/2/account/rate_limit_status.json", url.Values{})
	if fmt.Sprintf("%s %s", status["remaining_user_hits"], status["reset_time_in_seconds"]) != "1 39600" {
		t.Errorf("limits %v", status)
	}
	_, got = w.call("GET", "/2/statuses/user_timeline.json", url.Values{})
	w.wantCode("the fifth call", got, "")
	_, got = w.call("GET", "/2/statuses/user_timeline.json", url.Values{})
	w.wantCode("the sixth call", got, "10023")
	w.now = w.now.Add(11 * time.Hour)
	_, got = w.share("4 " + shopLink)
	w.wantCode("the next day in China", got, "")
}

func TestWeiboTimelineEndsAfterFive(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	w.AddAccount(WeiboAccount{AccessToken: "2.00other", SafeDomain: "shop.example.cn"})
	for i := range 7 {
		w.share(fmt.Sprint(i, " ", shopLink))
		w.call("POST", "/2/statuses/share.json", url.Values{"access_token": {"2.00other"}, "status": {fmt.Sprint(i, shopLink)}, "rip": {"1"}})
	}
	_, got := w.call("GET", "/2/statuses/user_timeline.json", url.Values{})
	statuses := got["statuses"].([]any)
	if len(statuses) != 5 || fmt.Sprint(got["total_number"]) != "7" {
		t.Fatalf("%d statuses of %v", len(statuses), got["total_number"])
	}
	for i, s := range statuses {
		if text := s.(map[string]any)["text"].(string); !strings.HasPrefix(text, fmt.Sprint(6-i, " ")) {
			t.Errorf("status %d is %q", i, text)
		}
	}
	_, got = w.call("GET", "/2/statuses/user_timeline.json", url.Values{"uid": {"78"}})
	w.wantCode("somebody else's timeline", got, "20112")
}

func TestWeiboDelayed(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	w.Faults.Add(Fault{Kind: Delayed, Call: CallPublish, Millis: 60_000})
	_, got := w.share("小米 " + shopLink)
	w.wantCode("share", got, "20032")
	w.now = w.now.Add(59 * time.Second)
	if n := len(w.Posts()); n != 0 {
		t.Fatalf("%d posts after 59 s", n)
	}
	_, got = w.share("小米 " + shopLink)
	w.wantCode("again", got, "20019")
	w.now = w.now.Add(time.Second)
	if n := len(w.Posts()); n != 1 {
		t.Fatalf("%d posts after 60 s", n)
	}
}

func TestWeiboFaults(t *testing.T) {
	t.Parallel()
	for kind, code := range map[FaultKind]string{
		ServerError: "10001", RateLimited: "10024", RateLimitedBare: "10024", Revoked: "21316",
	} {
		for _, accepted := range []bool{false, true} {
			w := newWeiboWorld(t, WeiboOptions{})
			w.Faults.Add(Fault{Kind: kind, Accepted: accepted})
			_, got := w.share("小米 " + shopLink)
			w.wantCode(string(kind), got, code)
			if (len(w.Posts()) == 1) != accepted {
				t.Errorf("%s, accepted %v: %d posts", kind, accepted, len(w.Posts()))
			}
		}
	}
	w := newWeiboWorld(t, WeiboOptions{})
	w.share("小米 " + shopLink)
	w.Faults.Add(Fault{Kind: Lag, Millis: 1000}, Fault{Kind: Skew, Millis: -60_000})
	if _, got := w.call("GET", "/2/statuses/user_timeline.json", url.Values{}); len(got["statuses"].([]any)) != 0 {
		t.Errorf("a lagging timeline shows %v", got)
	}
	_, got := w.call("GET", "/2/statuses/user_timeline.json", url.Values{})
	if at := got["statuses"].([]any)[0].(map[string]any)["created_at"]; at != "Thu Aug 16 11:59:00 +0800 2012" {
		t.Errorf("a slow clock says %v", at)
	}
}

func TestWeiboPictures(t *testing.T) {
	t.Parallel()
	png := "\x89PNG\r\n\x1a\n"
	for name, c := range map[string]struct{ picture, code string }{
		"a PNG": {png, ""}, "text": {"hello", "20005"}, "nothing": {"", "20005"},
		"too large": {png + strings.Repeat("x", 5<<20), "20006"},
	} {
		w := newWeiboWorld(t, WeiboOptions{})
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for field, value := range map[string]string{"access_token": weiboToken, "status": "小米 " + shopLink, "rip": "1"} {
			_ = form.WriteField(field, value)
		}
		part, _ := form.CreateFormFile("pic", "mi2.png")
		_, _ = part.Write([]byte(c.picture))
		_ = form.Close()
		request := httptest.NewRequest("POST", "/2/statuses/share.json", &body)
		request.Header.Set("Content-Type", form.FormDataContentType())
		_, got := w.send(request)
		w.wantCode(name, got, c.code)
	}
}

func TestWeiboCount(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	_, got := w.share("小米 " + shopLink)
	request := httptest.NewRequest("GET", "/2/statuses/count.json?access_token="+weiboToken+"&ids="+got["idstr"].(string)+",1", nil)
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, request)
	want := fmt.Sprintf(`[{"attitudes":0,"comments":0,"id":%s,"reposts":0}]`, got["idstr"])
	if recorder.Body.String() != want {
		t.Errorf("got %s, want %s", recorder.Body, want)
	}
	_, got = w.call("GET", "/2/statuses/count.json", url.Values{})
	w.wantCode("no ids", got, "10008")
}

func TestWeiboPages(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	_, got := w.share("<b>小米</b> " + shopLink + "?a=1&b=2")
	for _, path := range []string{"/", "/77/" + got["idstr"].(string)} {
		recorder := httptest.NewRecorder()
		w.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		page := recorder.Body.String()
		for _, want := range []string{`lang="zh-CN"`, "小米手机", "&lt;b&gt;小米", "网页链接", `href="` + shopLink + `?a=1&amp;b=2"`, "转发"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, httptest.NewRequest("GET", "/77/1", nil))
	if recorder.Code != http.StatusNotFound {
		t.Errorf("a post that is not there: status %d", recorder.Code)
	}
}

func TestWeiboAccountsOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWeiboWorld(t, WeiboOptions{})
	post := func(body string) (int, map[string]any) {
		return w.send(httptest.NewRequest("POST", "/_sandbox/accounts", strings.NewReader(body)))
	}
	status, got := post(`{"name":"新号","safe_domain":"A.cn"}`)
	credentials, _ := got["credentials"].(map[string]any)
	if status != 201 || got["handle"] != "新号" || credentials["safe_domain"] != "a.cn" || credentials["access_token"] == "" {
		t.Errorf("%d %v", status, got)
	}
	for _, body := range []string{`{"uid":"77"}`, `{"access_token":"2.00token"}`, `{"uid":"x"}`, `{"nonsense":1}`, `[`} {
		if status, _ := post(body); status != 400 {
			t.Errorf("%s: status %d", body, status)
		}
	}
}

func FuzzWeiboText(f *testing.F) {
	for _, seed := range []string{"", "小米 http://a.cn/1", "https://", "HTTP://x#a#", "\xff", "http://\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole strings.Builder
		for _, s := range cutURLs(text) {
			whole.WriteString(s.Text)
		}
		if whole.String() != text {
			t.Errorf("%q was cut into %q", text, whole.String())
		}
		if n := weiboLength(text, true); n < 0 {
			t.Errorf("%q counts %d", text, n)
		}
		for _, s := range cutURLs(shortenURLs(text)) {
			if s.Href != "" && !strings.HasPrefix(s.Href, "http://t.cn/") {
				t.Errorf("%q kept the URL %q", text, s.Href)
			}
		}
	})
}
