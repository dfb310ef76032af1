package twitter

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/connectors"
)

const (
	keysV2  = `{"consumer_key":"ck","consumer_secret":"cs","access_token":"at","access_secret":"as"}`
	keysV1  = `{"api":"v1.1","consumer_key":"ck","consumer_secret":"cs","access_token":"at","access_secret":"as"}`
	bearers = `{"client_id":"ci","access_token":"bt","refresh_token":"rt","expires_at":"2026-08-16T14:00:00+02:00"}`
)

// speaking gives a connector to a server that answers every call the same.
func speaking(t *testing.T, status int, body string) (*Network, *atomic.Int32) {
	t.Helper()
	calls := new(atomic.Int32)
	return serving(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}), calls
}

func serving(t *testing.T, handler http.HandlerFunc) *Network {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return New(Options{BaseURL: server.URL + "/", HTTP: server.Client(), Now: func() time.Time { return time.Unix(1345118400, 0) }})
}

// An answer of success that cannot be believed leaves the outcome open, and
// nothing makes the connector send again.
func TestPublishDoubts(t *testing.T) {
	t.Parallel()
	huge := `{"data":{"id":"` + strings.Repeat("1", maxBody) + `"}}`
	for _, test := range []struct {
		status int
		body   string
	}{
		{201, ``}, {201, `null`}, {201, `{}`}, {201, `[]`}, {201, `{"data":{}}`}, {201, `{"data":{"id":""}}`},
		{201, `{"data":{"id":"../x"}}`}, {201, `{"data":{"id":7}}`}, {201, `<html>`}, {201, huge}, {204, ``},
		{200, `{"id_str":"-1","id":-1}`}, {307, ``}, {301, ``}, {404, ``}, {500, huge},
	} {
		for _, keys := range []string{keysV2, keysV1} {
			n, calls := speaking(t, test.status, test.body)
			receipt, err := n.Publish(t.Context(), connectors.Credentials(keys), connectors.Post{Text: "x"})
			failed, ok := err.(*connectors.Error)
			if !ok || failed.Kind != connectors.KindUnknown {
				t.Errorf("%d %.30q: %+v, %v", test.status, test.body, receipt, err)
			}
			if calls.Load() != 1 {
				t.Errorf("%d %.30q: %d calls", test.status, test.body, calls.Load())
			}
		}
	}
}

// Half an answer is no proof of absence.
func TestFindDoubts(t *testing.T) {
	t.Parallel()
	post := connectors.Post{AccountID: "7", Text: "x", Link: "https://mi.com/r/x"}
	for keys, bodies := range map[string][]string{
		keysV2: {``, `{}`, `null`, `[]`, `{"meta":{}}`, `{"data":[]}`, `{"errors":[{"title":"Not Found Error"}]}`,
			`{"meta":{"result_count":1,"next_token":"again"}}`},
		keysV1: {``, `{}`, `null`, `""`},
	} {
		for _, body := range bodies {
			n, _ := speaking(t, 200, body)
			_, found, err := n.Find(t.Context(), connectors.Credentials(keys), post, time.Unix(0, 0))
			failed, ok := err.(*connectors.Error)
			if found || !ok || failed.Kind != connectors.KindUnknown {
				t.Errorf("%q: found %v, %v", body, found, err)
			}
		}
	}
	n, calls := speaking(t, 200, `{"meta":{"result_count":0}}`)
	for _, p := range []connectors.Post{{AccountID: "7"}, {Link: "https://mi.com/r/x"}, {AccountID: "me/../..", Link: "https://mi.com"}} {
		if _, found, err := n.Find(t.Context(), connectors.Credentials(keysV2), p, time.Unix(0, 0)); found || err == nil {
			t.Errorf("%+v: found %v, %v", p, found, err)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls for what cannot be found", calls.Load())
	}
}

// The post may be known by any form in which X gives its link.
func TestFindForms(t *testing.T) {
	t.Parallel()
	const link = "https://mi.com/r/k7"
	for text, want := range map[string]bool{
		`"entities":{"urls":[{"expanded_url":"https://mi.com/r/k7"}]}`:                                  true,
		`"entities":{"urls":[{"expanded_url":"https://MI.com/r/k7/"}]}`:                                 true,
		`"entities":{"urls":[{"expanded_url":"https://bit.ly/1","unwound_url":"https://mi.com/r/k7"}]}`: true,
		`"entities":{"urls":[{"expanded_url":"https://mi.com/r/k71"}]}`:                                 false,
		`"entities":{"urls":[{"expanded_url":"https://mi.com/r/k7?x=1"}]}`:                              false,
		`"entities":{"urls":[{}]}`:                              false,
		`"text":"now https://mi.com/r/k7."`:                     true,
		`"text":"now https://mi.com/r/k77 https://mi.com/r/k7"`: true,
		`"text":"now https://mi.com/r/k77"`:                     false,
	} {
		n, _ := speaking(t, 200, `{"data":[{"id":"12",`+text+`}],"meta":{"result_count":1}}`)
		receipt, found, err := n.Find(t.Context(), connectors.Credentials(keysV2), connectors.Post{AccountID: "7", Link: link}, time.Unix(0, 0))
		if err != nil || found != want || found && receipt.RemoteID != "12" {
			t.Errorf("%s: found %v %+v, %v", text, found, receipt, err)
		}
	}
}

// Old posts are found behind newer ones, page by page.
func TestFindPages(t *testing.T) {
	t.Parallel()
	n := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2/users/7/tweets" || r.FormValue("start_time") != "2012-08-16T11:58:00Z" {
			t.Errorf("asked for %s", r.URL)
		}
		if r.FormValue("pagination_token") != "p2" {
			fmt.Fprint(w, `{"data":[{"id":"20","text":"newer"}],"meta":{"result_count":1,"next_token":"p2"}}`)
			return
		}
		fmt.Fprint(w, `{"data":[{"id":"10","text":"https://mi.com/r/x"}],"meta":{"result_count":1}}`)
	})
	post := connectors.Post{AccountID: "7", Link: "https://mi.com/r/x"}
	receipt, found, err := n.Find(t.Context(), connectors.Credentials(keysV2), post, time.Unix(1345118400, 0))
	if err != nil || !found || receipt.RemoteID != "10" {
		t.Errorf("found %v %+v, %v", found, receipt, err)
	}
}

func TestVerifyOAuth2(t *testing.T) {
	t.Parallel()
	n := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer bt" {
			t.Errorf("authorized by %q", got)
		}
		fmt.Fprint(w, `{"data":{"id":"7","username":"xiaomi"}}`)
	})
	got, err := n.Verify(t.Context(), connectors.Credentials(bearers))
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 8, 16, 12, 0, 0, 0, time.UTC)
	if got.RemoteID != "7" || got.Handle != "@xiaomi" || got.ExpiresAt == nil || *got.ExpiresAt != want {
		t.Errorf("%+v", got)
	}
}

func TestVerifyNamesTheField(t *testing.T) {
	t.Parallel()
	n, calls := speaking(t, 200, `{"data":{"id":"7","username":"xiaomi"}}`)
	for keys, field := range map[string]string{
		strings.Replace(keysV1, "v1.1", "v3", 1):               "api",
		strings.Replace(keysV2, `"cs"`, `7`, 1):                "consumer_secret",
		strings.Replace(keysV2, `"at"`, `"a t"`, 1):            "access_token",
		strings.Replace(keysV2, `"as"`, `"密"`, 1):              "access_secret",
		strings.Replace(keysV2, `"as"`, `"a\r\nX-Evil: 1"`, 1): "access_secret",
		strings.Replace(bearers, "2026-08-16T", "tomorrow", 1): "expires_at",
		`{"api":"v1.1",` + bearers[1:]:                         "api",
		`{"client_id":"ci"}`:                                   "access_token",
	} {
		_, err := n.Verify(t.Context(), connectors.Credentials(keys))
		failed, ok := err.(*connectors.Error)
		if !ok || failed.Kind != connectors.KindRefused || failed.Field != field {
			t.Errorf("%s: %v, want the field %s", keys, err, field)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls with bad credentials", calls.Load())
	}
	// What people paste often ends in a line break.
	if _, err := n.Verify(t.Context(), connectors.Credentials(strings.Replace(keysV2, `"as"`, `" as\n"`, 1))); err != nil {
		t.Error(err)
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	// The id and the time of an example in X's documentation of Snowflake ids.
	got := New(Options{}).receipt("1541815603606036480")
	if got.URL != "https://x.com/i/status/1541815603606036480" {
		t.Errorf("leads to %s", got.URL)
	}
	if want := time.Date(2022, 6, 28, 16, 7, 40, 105e6, time.UTC); !got.CreatedAt.Equal(want) {
		t.Errorf("created at %v, want %v", got.CreatedAt, want)
	}
	if got := New(Options{BaseURL: "http://127.0.0.1:9001/"}).receipt("20"); got.URL != "http://127.0.0.1:9001/i/status/20" || !got.CreatedAt.IsZero() {
		t.Errorf("%+v", got)
	}
}

func FuzzCredentials(f *testing.F) {
	for _, keys := range []string{keysV2, keysV1, bearers, `null`, `[]`, ``, `{"api":1}`} {
		f.Add([]byte(keys))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, bad := parseCredentials(raw)
		if bad != nil {
			if bad.Field == "" || bad.Kind != connectors.KindRefused {
				t.Fatalf("%q: %+v", raw, bad)
			}
			return
		}
		request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/2/users/me", nil)
		n := New(Options{Now: func() time.Time { return time.Unix(0, 0) }})
		if err := n.authorize(request, c); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(request.Header.Get("Authorization"), "\r\n") {
			t.Fatalf("%q breaks the header", raw)
		}
	})
}

func FuzzJudge(f *testing.F) {
	f.Add(403, []byte(`{"errors":[{"code":187}]}`))
	f.Add(429, []byte(`{"type":"https://x/usage-capped"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		failed := judge(answer{status: status, body: body}, &credentials{AccessSecret: "s3cr3t"})
		if (failed == nil) != (status >= 200 && status <= 299) {
			t.Fatalf("%d: %v", status, failed)
		}
		if failed != nil && (failed.Kind == "" || failed.Message == "" || strings.Contains(failed.Err.Error(), "s3cr3t")) {
			t.Fatalf("%d: %+v", status, failed)
		}
	})
}
