package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestFaultsInTurn(t *testing.T) {
	t.Parallel()
	f := NewFaults()
	f.Add(
		Fault{Kind: Reset, Call: CallTimeline},
		Fault{Kind: Revoked, Handle: "@xiaomi", Times: 2},
		Fault{Kind: Lag},
	)
	for i, step := range []struct {
		call   Call
		handle string
		want   FaultKind
	}{
		{CallPublish, "XiaoMi", Revoked},
		{CallPublish, "other", Lag},
		{CallPublish, "other", ""},
		{CallTimeline, "xiaomi", Reset},
		{CallTimeline, "@xiaomi", Revoked},
		{CallTimeline, "xiaomi", ""},
	} {
		if got := f.Next(step.call, step.handle).Kind; got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

func TestFaultsByChance(t *testing.T) {
	t.Parallel()
	f := NewFaults()
	f.Add(Fault{Kind: Reset, Probability: 0.25})
	hits := 0
	for range 4000 {
		if f.Next(CallPublish, "").Kind == Reset {
			hits++
		}
	}
	if hits < 900 || hits > 1100 {
		t.Errorf("%d of 4000 at a quarter", hits)
	}
	f.Clear()
	f.Add(Fault{Kind: Reset, Probability: 1, Times: 3})
	for range 3 {
		f.Next(CallPublish, "")
	}
	if got := f.Next(CallPublish, "").Kind; got != "" || len(f.Pending()) != 0 {
		t.Errorf("%q after its times", got)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()
	x := NewX(XOptions{Clock: func() time.Time { return time.Unix(0, 0) }})
	send := func(method, body string) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		x.ServeHTTP(recorder, httptest.NewRequest(method, "/_sandbox/faults", strings.NewReader(body)))
		return recorder
	}
	for body, want := range map[string]int{
		`{"kind":"reset","accepted":true,"call":"publish"}`:              204,
		`[{"kind":"latency","millis":5},{"kind":"lag","probability":1}]`: 204,
		`{"kind":"delayed"}`:                 400, // Weibo's own
		`{"kind":"nope"}`:                    400,
		`{"kind":"reset","probability":2}`:   400,
		`{"kind":"reset","times":-1}`:        400,
		`{"kind":"reset","when":"tomorrow"}`: 400,
		`[{"kind":"reset"},{"kind":"nope"}]`: 400,
		``:                                   400,
		strings.Repeat(" ", maxBody+1):       413,
	} {
		if got := send(http.MethodPost, body); got.Code != want {
			t.Errorf("%.60s: %d, want %d: %s", body, got.Code, want, got.Body)
		}
	}
	if n := len(x.Faults.Pending()); n != 3 {
		t.Errorf("%d faults are to come, want 3", n)
	}
	if send(http.MethodDelete, ""); len(x.Faults.Pending()) != 0 {
		t.Error("not forgotten")
	}
}

func FuzzFaults(f *testing.F) {
	f.Add([]byte(`{"kind":"reset"}`))
	f.Add([]byte(`[{"kind":"lag","millis":-1}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		faults, err := parseFaults(body, faultKinds)
		if err != nil {
			return
		}
		for _, fault := range faults {
			if err := fault.validate(faultKinds); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzOAuthHeader(f *testing.F) {
	f.Add(`OAuth oauth_token="a%20b", oauth_nonce="c"`)
	f.Add(`OAuth a="`)
	f.Fuzz(func(t *testing.T, header string) {
		if params, ok := parseOAuth(header); ok && len(params) == 0 {
			t.Fatalf("%q holds nothing, and is good", header)
		}
	})
}
