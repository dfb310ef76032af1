package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fanfare/accounts"
)

// TestWebhooksFromBothDoors: an endpoint is made, tried out, listed and deleted.
func TestWebhooksFromBothDoors(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("<b>short & stout</b>"))
	}))
	defer there.Close()
	body := map[string]any{"url": there.URL, "events": []string{"post.failed"}}
	for _, role := range []accounts.Role{accounts.Product, accounts.Fan} {
		if status, _ := h.call(h.key(role), "POST", "/api/v1/webhooks", body); status != http.StatusForbidden {
			t.Errorf("%s: %d", role, status)
		}
	}
	status, answer := h.call(h.adminKey, "POST", "/api/v1/webhooks", body)
	secret, _ := answer["secret"].(string)
	if status != http.StatusCreated || !strings.HasPrefix(secret, "whsec_") {
		t.Fatal(status, answer)
	}
	path := fmt.Sprintf("/api/v1/webhooks/%v", answer["id"])
	if status, answer := h.call(h.adminKey, "POST", path+"/test", nil); status != http.StatusOK || answer["status"] != 418.0 || answer["state"] != "failed" {
		t.Error(status, answer)
	}
	if _, answer := h.call(h.adminKey, "GET", path+"/deliveries", nil); len(answer["items"].([]any)) != 1 {
		t.Error(answer)
	}
	_, list := h.call(h.adminKey, "GET", "/api/v1/webhooks", nil)
	if text := fmt.Sprint(list); strings.Contains(text, secret) || strings.Contains(text, "sealed") {
		t.Errorf("secrets in the list: %s", text)
	}

	b, _ := h.signedIn(accounts.Marketing)
	_, page, _ := b.get("/settings/webhooks")
	for _, want := range []string{there.URL, "418", "&lt;b&gt;short", "/settings/webhooks/1/messages/1/again"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %s", want)
		}
	}
	status, page, _ = b.post("/settings/webhooks", url.Values{"url": {"gopher://x"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "gopher://x") || strings.Count(page, `class="error"`) != 2 {
		t.Errorf("wrong input: %d", status)
	}
	status, page, _ = b.post("/settings/webhooks", url.Values{"url": {there.URL}, "events": {"post.failed", "post.published"}})
	if status != http.StatusCreated || !strings.Contains(page, "whsec_") {
		t.Errorf("made: %d", status)
	}
	for _, act := range []string{"1/messages/1/again", "1/enable", "1/test", "1/delete"} {
		if status, _, _ := b.post("/settings/webhooks/"+act, url.Values{}); status != http.StatusSeeOther {
			t.Errorf("%s: %d", act, status)
		}
	}
	if status, _ := h.call(h.adminKey, "DELETE", path, nil); status != http.StatusNotFound {
		t.Errorf("deleted twice: %d", status)
	}
	if status, page, _ = b.post("/settings/webhooks/2/rotate", url.Values{}); status != http.StatusOK || !strings.Contains(page, "whsec_") || !strings.Contains(page, "the old secret too") {
		t.Errorf("a new secret: %d", status)
	}
	status, answer = h.call(h.adminKey, "POST", "/api/v1/webhooks/2/rotate", nil)
	if text, _ := answer["secret"].(string); status != http.StatusOK || !strings.HasPrefix(text, "whsec_") || text == secret || answer["old_ends_at"] == nil {
		t.Errorf("a new secret by the API: %d %v", status, answer)
	}
}

// TestADeadEndpointIsNoticed: each page of the desk tells who can mend it.
func TestADeadEndpointIsNoticed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer gone.Close()
	h.call(h.adminKey, "POST", "/api/v1/webhooks", map[string]any{"url": gone.URL, "events": []string{"post.failed"}})
	b, _ := h.signedIn(accounts.Marketing)
	other, _ := h.signedIn(accounts.Moderator)
	noticed := func(b *browser, path string, want bool) {
		t.Helper()
		if _, page, _ := b.get(path); strings.Contains(page, gone.URL+" is told nothing any more") != want {
			t.Errorf("%s tells of it: %v", path, !want)
		}
	}
	noticed(b, "/campaigns", false)
	h.call(h.adminKey, "POST", "/api/v1/webhooks/1/test", nil)
	noticed(b, "/campaigns", true)
	noticed(b, "/settings/webhooks", false)
	noticed(other, "/settings", false)
	admin, _ := h.signedIn(accounts.Admin)
	if _, page, _ := admin.get("/settings/audit"); !strings.Contains(page, "Switched a webhook endpoint off") {
		t.Error("the audit trail does not tell of it")
	}
}

func TestSourcesPage(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Marketing)
	form := url.Values{"kind": {"shopify"}, "name": {"mi-hk"}, "store": {"hk"}, "secret": {"long enough"}}
	if status, _, _ := b.post("/settings/sources", form); status != http.StatusSeeOther {
		t.Fatalf("added: %d", status)
	}
	if _, page, _ := b.get("/settings/sources"); !strings.Contains(page, h.url+"/hooks/shopify/mi-hk") {
		t.Error("the address is not shown")
	}
	if status, page, _ := b.post("/settings/sources", form); status != http.StatusConflict || strings.Contains(page, "long enough") {
		t.Errorf("added twice: %d", status)
	}
	h.hook("/hooks/shopify/mi-hk", "X-Shopify-Hmac-Sha256", "another secret", "orders/create", "{}")
	_, page, _ := b.get("/settings/sources")
	if !strings.Contains(page, "orders/create") || !strings.Contains(page, "Wrong signature") {
		t.Error("the refusal is not shown")
	}
	if status, _, _ := b.post("/settings/sources/mi-hk/secret", url.Values{"secret": {"x"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a short secret: %d", status)
	}
	if status, _, _ := b.post("/settings/sources/mi-hk/secret", url.Values{"secret": {"another secret"}}); status != http.StatusSeeOther {
		t.Errorf("a new secret: %d", status)
	}
	if status, _, _ := b.post("/settings/sources/mi-hk/delete", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("removed: %d", status)
	}
	if _, page, _ := b.get("/settings/sources"); strings.Contains(page, "mi-hk</h2>") {
		t.Error("it is there still")
	}
	other, _ := h.signedIn(accounts.Product)
	if status, _, _ := other.get("/settings/sources"); status != http.StatusForbidden {
		t.Errorf("seen by product: %d", status)
	}
}
