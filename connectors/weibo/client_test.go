package weibo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/connectors"
)

const (
	secretToken = "2.00/very+secret"
	secretApp   = "app-secret-of-ours"
)

var ours = connectors.Credentials(`{"app_key":"1","app_secret":"` + secretApp +
	`","access_token":"` + secretToken + `","safe_domain":"a.cn"}`)

// serve gives a connector whose Weibo answers with h.
func serve(t *testing.T, h http.HandlerFunc) *Network {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return New(Options{BaseURL: server.URL, HTTP: server.Client(), Now: func() time.Time { return noon }})
}

// answer gives a handler that sends one body.
func answer(httpStatus int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(httpStatus)
		_, _ = io.WriteString(w, body)
	}
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.Close()
}

// wantKind fails unless err is a *connectors.Error of the kind.
func wantKind(t *testing.T, what string, err error, kind connectors.ErrorKind) *connectors.Error {
	t.Helper()
	var got *connectors.Error
	if !errors.As(err, &got) {
		t.Fatalf("%s: error %v (%T), want kind %s", what, err, err, kind)
	}
	if got.Kind != kind {
		t.Errorf("%s: kind %s (%v), want %s", what, got.Kind, err, kind)
	}
	return got
}

func TestPublishSendsOneForm(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Method != http.MethodPost || r.URL.Path != "/2/statuses/share.json" || r.URL.RawQuery != "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		want := url.Values{"access_token": {secretToken}, "status": {"小米 & http://a.cn/1 "}, "rip": {"203.0.113.7"}}
		if _ = r.ParseForm(); r.PostForm.Encode() != want.Encode() {
			t.Errorf("form %v, want %v", r.PostForm, want)
		}
		answer(200, `{"id":3501756485200075,"idstr":"3501756485200075","created_at":"Thu Aug 16 20:00:01 +0800 2012","user":{"idstr":"77"}}`)(w, r)
	})
	n.clientIP = "203.0.113.7"
	receipt, err := n.Publish(t.Context(), ours, connectors.Post{AccountID: "9", Text: "小米 & http://a.cn/1 "})
	if err != nil {
		t.Fatal(err)
	}
	want := connectors.Receipt{
		RemoteID: "3501756485200075", URL: n.base + "/77/3501756485200075",
		CreatedAt: noon.Add(time.Second),
	}
	if !cmp.Equal(receipt, want) || calls.Load() != 1 {
		t.Errorf("receipt %+v after %d calls, want %+v after one", receipt, calls.Load(), want)
	}
}

func TestPublishKeepsTheIDWithoutATime(t *testing.T) {
	t.Parallel()
	n := serve(t, answer(200, `{"mid":"3501756485200075","created_at":"soon"}`))
	receipt, err := n.Publish(t.Context(), ours, connectors.Post{AccountID: "9"})
	if err != nil || receipt.RemoteID != "3501756485200075" || !receipt.CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", receipt, err)
	}
}

func TestPublishOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		kind    connectors.ErrorKind
	}{
		{"code under 200", answer(200, `{"error":"repeat content!","error_code":20019,"request":"x"}`), connectors.KindDuplicate},
		{"code as a string", answer(403, `{"error":"expired_token","error_code":"21327"}`), connectors.KindAttention},
		{"code under 502", answer(502, `{"error":"too long","error_code":20012}`), connectors.KindRefused},
		{"delayed", answer(400, `{"error":"please wait","error_code":20032}`), connectors.KindDelayed},
		{"HTML 502", answer(502, "<html>Bad Gateway</html>"), connectors.KindUnknown},
		{"empty 500", answer(500, ""), connectors.KindUnknown},
		{"JSON 500 without a code", answer(500, "{}"), connectors.KindUnknown},
		{"empty 200", answer(200, ""), connectors.KindUnknown},
		{"no id", answer(200, "{}"), connectors.KindUnknown},
		{"error without a code", answer(200, `{"error":"?","idstr":"1"}`), connectors.KindUnknown},
		{"an id under 503", answer(503, `{"idstr":"1"}`), connectors.KindUnknown},
		{"truncated", answer(200, `{"idstr":"350175648`), connectors.KindUnknown},
		{"an array", answer(200, `[]`), connectors.KindUnknown},
		{"null", answer(200, `null`), connectors.KindUnknown},
		{"too long", answer(200, `{"idstr":"1"}`+strings.Repeat(" ", maxBody)), connectors.KindUnknown},
		{"hung up", hangUp, connectors.KindUnknown},
		{"cut off", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			answer(200, `{"idstr":"1"}`)(w, r)
		}, connectors.KindUnknown},
	} {
		var calls atomic.Int32
		n := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			c.handler(w, r)
		})
		_, err := n.Publish(t.Context(), ours, connectors.Post{AccountID: "9", Text: "小米"})
		wantKind(t, c.name, err, c.kind)
		if calls.Load() != 1 {
			t.Errorf("%s: %d calls, want one", c.name, calls.Load())
		}
	}
}

func TestPublishFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	for _, httpStatus := range []int{301, 302, 303, 307, 308} {
		var calls atomic.Int32
		n := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Redirect(w, r, "/elsewhere", httpStatus)
		})
		_, err := n.Publish(t.Context(), ours, connectors.Post{Text: "小米"})
		wantKind(t, fmt.Sprint(httpStatus), err, connectors.KindUnknown)
		if calls.Load() != 1 {
			t.Errorf("%d: %d calls, want one", httpStatus, calls.Load())
		}
	}
}

func TestOnlyAFailedDialIsSurelyNotSent(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	n := New(Options{BaseURL: closed.URL, Now: func() time.Time { return noon }})
	_, err := n.Publish(t.Context(), ours, connectors.Post{Text: "小米"})
	wantKind(t, "nobody listens", err, connectors.KindRetry)

	for name, cause := range map[string]error{
		"read":     &net.OpError{Op: "read", Err: errors.New("connection reset by peer")},
		"write":    &net.OpError{Op: "write", Err: errors.New("broken pipe")},
		"deadline": context.DeadlineExceeded,
		"eof":      io.EOF,
	} {
		n := New(Options{Now: func() time.Time { return noon }, HTTP: &http.Client{Transport: failing{cause}}})
		_, err := n.Publish(t.Context(), ours, connectors.Post{Text: "小米"})
		wantKind(t, name, err, connectors.KindUnknown)
		if !errors.Is(err, cause) {
			t.Errorf("%s: the cause is lost in %v", name, err)
		}
	}
}

// failing is a transport that breaks.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// TestNoErrorShowsASecret lets each call fail in every way that could carry
// the token along: by net/http, which quotes the address, and by a server that
// repeats what it got.
func TestNoErrorShowsASecret(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.WriteHeader(400)
		_, _ = fmt.Fprintf(w, `{"error":"bad token %s in %s","error_code":21332}`, r.Form.Get("access_token"), r.URL.RawQuery)
	}
	badLocation := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://[/?"+r.URL.RawQuery)
		w.WriteHeader(302)
	}
	for name, h := range map[string]http.HandlerFunc{
		"hung up": hangUp, "echo": echo, "bad location": badLocation, "HTML": answer(502, "<html>"),
	} {
		n := serve(t, h)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, published := n.Publish(ctx, ours, connectors.Post{Text: "小米"})
		_, _, found := n.Find(ctx, ours, connectors.Post{Text: "小米"}, noon)
		_, verified := n.Verify(ctx, ours)
		for call, err := range map[string]error{"Publish": published, "Find": found, "Verify": verified} {
			if err == nil {
				t.Fatalf("%s: %s did not fail", name, call)
			}
			for _, secret := range []string{secretToken, url.QueryEscape(secretToken), secretApp} {
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), secret) {
					t.Errorf("%s: %s shows the secret: %v", name, call, err)
				}
			}
		}
	}
}

func TestRawErrorOfNetHTTPWouldShowTheToken(t *testing.T) {
	t.Parallel()
	c, _ := parseCredentials(ours)
	raw := &url.Error{Op: "Get", URL: "http://a/?access_token=" + url.QueryEscape(secretToken), Err: io.EOF}
	if got := c.scrub(raw); got.Error() != "EOF" || !errors.Is(got, io.EOF) {
		t.Errorf("scrubbed to %v", got)
	}
}
