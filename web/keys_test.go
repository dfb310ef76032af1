package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
)

func orderBody(store, id string) map[string]any {
	return map[string]any{"store": store, "order_id": id, "kind": "order", "units": 1, "total": 1, "currency": "CNY", "placed_at": "2012-08-16T03:00:00Z"}
}

func TestKeysAreRotatedAndRevoked(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	status, answer := h.call(h.adminKey, "POST", "/api/v1/keys", map[string]any{"name": "shop", "role": "marketing", "rate": 2})
	if status != http.StatusCreated || answer["rate"] != 2.0 || answer["hash"] != nil {
		t.Fatal(status, answer)
	}
	first, path := answer["key"].(string), "/api/v1/keys/"+strconv.Itoa(int(answer["id"].(float64)))
	want := func(key string, want int) {
		t.Helper()
		h.clock.Advance(time.Second)
		if status, answer := h.call(key, "GET", "/api/v1/orders", nil); status != want {
			t.Errorf("%d %v, want %d", status, answer, want)
		}
	}
	status, answer = h.call(h.adminKey, "POST", path+"/rotate", map[string]any{"grace": "1h"})
	if status != http.StatusOK {
		t.Fatal(status, answer)
	}
	second := answer["key"].(string)
	want(first, http.StatusOK)
	want(second, http.StatusOK)
	for range 3 {
		status, _ = h.call(second, "GET", "/api/v1/orders", nil)
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("three at once: %d", status)
	}
	h.clock.Advance(time.Hour)
	want(first, http.StatusUnauthorized)
	if status, answer = h.call(h.adminKey, "POST", path+"/rotate", nil); status != http.StatusOK || answer["old_ends_at"] != h.clock.Now().Add(24*time.Hour).Format(time.RFC3339) {
		t.Errorf("without a body: %d %v", status, answer)
	}
	for _, grace := range []string{"tomorrow", "721h", "-1s"} {
		if status, answer := h.call(h.adminKey, "POST", path+"/rotate", map[string]any{"grace": grace}); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", grace, status, answer)
		}
	}
	if status, _ = h.call(h.adminKey, "DELETE", path, nil); status != http.StatusNoContent {
		t.Errorf("revoked: %d", status)
	}
	want(second, http.StatusUnauthorized)
	_, answer = h.call(h.adminKey, "GET", "/api/v1/keys", nil)
	if items := answer["items"].([]any); len(items) != 2 || items[0].(map[string]any)["revoked_at"] == nil {
		t.Errorf("%v", answer)
	}
}

func TestTheKeysPageMakesConfinedKeysAndRenewsThem(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Admin)
	status, body, _ := b.post("/settings/keys", url.Values{"name": {"Shop"}, "role": {"marketing"}, "scopes": {"orders"}, "store": {" hk "}, "rate": {"7"}})
	if status != http.StatusCreated || !strings.Contains(body, "fan_") {
		t.Fatal(status, body)
	}
	keys, err := h.accounts.Keys(t.Context())
	h.must(err)
	if k := keys[0]; len(k.Scopes) != 1 || k.Store != "hk" || k.Rate != 7 {
		t.Errorf("%+v", k)
	}
	_, body, _ = b.get("/settings/keys")
	for _, text := range []string{"orders", "Store hk", "7 per second"} {
		if !strings.Contains(body, text) {
			t.Errorf("%q is missing on the page", text)
		}
	}
	path := "/settings/keys/" + strconv.FormatInt(keys[0].ID, 10) + "/rotate"
	if status, body, _ = b.post(path, url.Values{"grace": {"1h"}}); status != http.StatusOK || !strings.Contains(body, "The old key works until") {
		t.Error(status, body)
	}
	if _, body, _ = b.get("/settings/keys"); !strings.Contains(body, "Old one until") {
		t.Error("the page does not tell of the old key")
	}
	status, body, _ = b.post("/settings/keys", url.Values{"name": {"Shop"}, "role": {"fan"}, "scopes": {"root"}, "rate": {"many"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "There is no such scope.") || !strings.Contains(body, `value="many"`) || !strings.Contains(body, "<details class=\"confine\" open>") {
		t.Error(status, body)
	}
}
