package web

import (
	"fmt"
	"net/http"
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
