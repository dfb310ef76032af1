package web

import (
	"net/http"
	"strings"
	"testing"

	"fanfare/accounts"
)

// TestRequestsInOddShapes sends what is no plain request with a key, and looks
// at the status and a header of the answer.
func TestRequestsInOddShapes(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	key := h.key(accounts.Marketing)
	big := `{"store":"` + strings.Repeat("x", maxHook) + `"}`
	for name, c := range map[string]struct {
		path, body, authorization, encoding string
		status                              int
		header, value                       string
	}{
		"scheme in small letters":       {path: "/api/v1/check", body: `{"network":"twitter","text":"x"}`, authorization: "bearer " + key, status: 200},
		"two spaces before the key":     {path: "/api/v1/check", body: `{"network":"twitter","text":"x"}`, authorization: "Bearer  " + key, status: 200},
		"no key":                        {path: "/api/v1/check", status: 401, header: "WWW-Authenticate", value: "Bearer"},
		"another scheme":                {path: "/api/v1/check", authorization: "Basic " + key, status: 401, header: "WWW-Authenticate", value: "Bearer"},
		"a proxy's password, elsewhere": {path: "/hooks/shopify/mi", authorization: "Basic eDp5", status: 404},
		"an order that is too large":    {path: "/api/v1/orders", body: big, authorization: "Bearer " + key, status: 413},
		"a webhook that is too large":   {path: "/hooks/shopify/mi", body: big, status: 413},
		"anything else too large":       {path: "/api/v1/check", body: big, authorization: "Bearer " + key, status: 413},
		"a packed order":                {path: "/api/v1/orders", body: "\x1f\x8b", authorization: "Bearer " + key, encoding: "gzip", status: 415, header: "Accept-Encoding", value: "identity"},
		"a packed batch":                {path: "/api/v1/orders/batch", body: "\x1f\x8b", authorization: "Bearer " + key, encoding: "gzip", status: 415, header: "Accept-Encoding", value: "identity"},
		"a body that says it is not":    {path: "/api/v1/orders/batch", authorization: "Bearer " + key, encoding: "identity", status: 200},
	} {
		request, err := http.NewRequestWithContext(t.Context(), "POST", h.url+c.path, strings.NewReader(c.body))
		h.must(err)
		for header, value := range map[string]string{"Authorization": c.authorization, "Content-Encoding": c.encoding, "Content-Type": "application/json"} {
			if value != "" {
				request.Header.Set(header, value)
			}
		}
		response, err := http.DefaultClient.Do(request)
		h.must(err)
		response.Body.Close()
		if response.StatusCode != c.status || response.Header.Get(c.header) != c.value {
			t.Errorf("%s: %d, want %d; %v", name, response.StatusCode, c.status, response.Header)
		}
		if c.status >= 400 && response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", name, response.Header.Get("Content-Type"))
		}
	}
}
