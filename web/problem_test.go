package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestProblemsQuoteNoSecrets sends credentials with a mistake somewhere beside
// them.
func TestProblemsQuoteNoSecrets(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const secret = "do-not-tell"
	credentials := map[string]any{"consumer_secret": secret}
	for name, c := range map[string]struct {
		path string
		in   any
	}{
		"an unknown field":        {"/api/v1/accounts", map[string]any{"network": "twitter", "name": "Mi", "credentials": credentials, "more": 1}},
		"a missing field":         {"/api/v1/accounts", map[string]any{"network": "twitter", "credentials": credentials}},
		"credentials of one text": {"/api/v1/accounts", map[string]any{"network": "twitter", "name": "Mi", "credentials": secret}},
		"no object":               {"/api/v1/accounts", []any{credentials}},
		"a number as secret":      {"/api/v1/sources", map[string]any{"name": "mi", "kind": "shopify", "store": "mi", "secret": 1, "more": secret}},
		"an unknown role":         {"/api/v1/people", map[string]any{"email": "a@example.com", "name": "A", "role": "king", "password": secret}},
	} {
		status, problem := h.call(h.adminKey, "POST", c.path, c.in)
		if status != http.StatusUnprocessableEntity || problem["errors"] == nil {
			t.Errorf("%s: %d %v", name, status, problem)
		}
		if strings.Contains(fmt.Sprint(problem), secret) {
			t.Errorf("%s: the secret is in %v", name, problem)
		}
	}
	status, problem := h.callRaw(h.adminKey, "POST", "/api/v1/accounts", `{"credentials":{"consumer_secret":"`+secret+`"`)
	if status != http.StatusBadRequest || strings.Contains(fmt.Sprint(problem), secret) {
		t.Errorf("half a body: %d %v", status, problem)
	}
}

func TestProblemsQuoteWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	long := strings.Repeat("ü", mostShown)
	for value, want := range map[string]string{"short": "short", long: long[:mostShown] + "…"} {
		_, problem := h.call(h.adminKey, "POST", "/api/v1/check", map[string]any{"network": value, "text": "x"})
		errors, _ := problem["errors"].([]any)
		if len(errors) != 1 || errors[0].(map[string]any)["value"] != want {
			t.Errorf("of %d bytes: %v", len(value), problem)
		}
	}
}

// Whoever finds a field wrong, Huma or we, says so in one voice.
func TestProblemsSpeakInOneVoice(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	refund := "/api/v1/orders/hk/1/refund"
	for _, c := range [][4]string{
		{"POST", refund, `{"at":"yesterday","sum":1}`, "at: Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z.; sum: There is no such field."},
		{"POST", refund, `{"total":18446744073709551616,"units":"1"}`, "at: This field is missing.; total: This must be 1e+15 at the most.; units: This must be a whole number."},
		{"POST", "/api/v1/orders", `{"units":"1"}`, "units: This must be a whole number."},
		{"GET", "/api/v1/orders?limit=x", "", "query.limit: This must be a whole number."},
		{"GET", "/api/v1/reports/compare?by=network&from=2026-11-27", "", "query.from: Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z. In an address, + is written %2B."},
		{"POST", "/api/v1/keys", `{"name":1,"role":"king"}`, `name: This must be text.; role: This must be one of "admin, marketing, product, moderator, fan".`},
	} {
		status, answer := h.callRaw(h.adminKey, c[0], c[1], c[2])
		var said []string
		errors, _ := answer["errors"].([]any)
		for _, e := range errors {
			said = append(said, fmt.Sprint(e.(map[string]any)["location"], ": ", e.(map[string]any)["message"]))
		}
		slices.Sort(said)
		if got := strings.Join(said, "; "); status != http.StatusUnprocessableEntity || got != c[3] || answer["detail"] != "Some fields need your attention." {
			t.Errorf("%s %s %s: %d %v, %s", c[0], c[1], c[2], status, answer["detail"], got)
		}
	}
	if status, answer := h.callRaw(h.adminKey, "POST", refund, ""); status != http.StatusBadRequest || answer["detail"] != "The body is missing." {
		t.Errorf("no body: %d %v", status, answer)
	}
}
