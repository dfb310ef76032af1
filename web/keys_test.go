package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
)

// TestConfinedKeys: what a key is not made for is closed to it, whatever its
// role; so is each route that names no scope.
func TestConfinedKeys(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	key := func(scopes ...string) string {
		t.Helper()
		status, answer := h.call(h.adminKey, "POST", "/api/v1/keys", map[string]any{"name": "shop", "role": "admin", "scopes": scopes})
		if status != http.StatusCreated {
			t.Fatal(status, answer)
		}
		return answer["key"].(string)
	}
	calls := map[string]accounts.Scope{
		"GET /api/v1/orders": accounts.ScopeOrders, "GET /api/v1/sources": accounts.ScopeOrders,
		"GET /api/v1/campaigns": accounts.ScopeReports, "POST /api/v1/pause": accounts.ScopePosts,
		"GET /api/v1/ideas/export": accounts.ScopeIdeas,
		"GET /api/v1/keys":         "", "GET /api/v1/people": "", "GET /settings/keys": "", "GET /calendar": "",
	}
	for _, scope := range accounts.ScopeNames {
		text := key(string(scope))
		for call, needs := range calls {
			method, path, _ := strings.Cut(call, " ")
			allowed := needs == scope || scope == accounts.ScopeCampaigns && needs == accounts.ScopeReports
			status, answer := h.call(text, method, path, nil)
			if allowed != (status == http.StatusOK) || !allowed && status != http.StatusForbidden {
				t.Errorf("%s with %s: %d %v", call, scope, status, answer)
			}
		}
		if status, _ := h.call(text, "GET", "/api/v1/ideas", nil); status != http.StatusOK {
			t.Errorf("what everybody may with %s: %d", scope, status)
		}
	}
	status, answer := h.call(h.adminKey, "POST", "/api/v1/keys", map[string]any{"name": "shop", "role": "admin", "scopes": []string{"root"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a scope that is none: %d, %v", status, answer)
	}
}

// TestARouteOfTheAPINamesItsScope: a call without one is closed to confined
// keys, and only these are so on purpose.
func TestARouteOfTheAPINamesItsScope(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for route, rule := range h.server.access {
		method, path, _ := strings.Cut(route, " ")
		closed := regexp.MustCompile(`^/api/v1/(people|keys|accounts|webhooks)(/|$)`).MatchString(path)
		if strings.HasPrefix(path, "/api/v1/orders") && len(rule.scopes) != 1 || closed && len(rule.scopes) > 0 && !strings.HasSuffix(path, "/pause") && !strings.HasSuffix(path, "/resume") {
			t.Errorf("%s %s has the scopes %v", method, path, rule.scopes)
		}
	}
}

func orderBody(store, id string) map[string]any {
	return map[string]any{"store": store, "order_id": id, "kind": "order", "units": 1, "total": 1, "currency": "CNY", "placed_at": "2012-08-16T03:00:00Z"}
}

func TestAKeyOfOneStore(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, answer := h.call(h.adminKey, "POST", "/api/v1/keys", map[string]any{"name": "shop", "role": "marketing", "store": "hk"})
	key := answer["key"].(string)
	for _, store := range []string{"hk", "cn"} {
		if status, answer := h.call(h.adminKey, "POST", "/api/v1/orders", orderBody(store, "first")); status != http.StatusCreated {
			t.Fatal(status, answer)
		}
	}
	for path, body := range map[string]any{
		"/api/v1/orders":                 orderBody("cn", "2"),
		"/api/v1/orders/cn/first/cancel": map[string]any{"at": "2012-08-16T03:00:00Z"},
		"/api/v1/sources":                map[string]any{"name": "s", "kind": "generic", "store": "cn", "secret": "long enough"},
	} {
		status, answer := h.call(key, "POST", path, body)
		errors, _ := answer["errors"].([]any)
		if status != http.StatusForbidden || len(errors) != 1 || errors[0].(map[string]any)["location"] != "store" {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
	if status, answer := h.call(key, "POST", "/api/v1/orders", orderBody("hk", "2")); status != http.StatusCreated {
		t.Error(status, answer)
	}
	status, answer := h.call(key, "POST", "/api/v1/orders/batch", orderBody("cn", "3"))
	if rejected, _ := answer["rejected"].([]any); status != http.StatusOK || len(rejected) != 1 {
		t.Error(status, answer)
	}
	if _, answer := h.call(key, "GET", "/api/v1/orders", nil); len(answer["items"].([]any)) != 2 {
		t.Errorf("orders of another store: %v", answer)
	}
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
	status, body, _ := b.post("/settings/keys", url.Values{"name": {"Shop"}, "role": {"marketing"}, "scopes": {"orders", "reports"}, "store": {" hk "}, "rate": {"7"}})
	if status != http.StatusCreated || !strings.Contains(body, "fan_") {
		t.Fatal(status, body)
	}
	keys, err := h.accounts.Keys(t.Context())
	h.must(err)
	if k := keys[0]; len(k.Scopes) != 2 || k.Store != "hk" || k.Rate != 7 {
		t.Errorf("%+v", k)
	}
	_, body, _ = b.get("/settings/keys")
	for _, text := range []string{"orders · reports", "Store hk", "7 per second"} {
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
