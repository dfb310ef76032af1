package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestEveryListComesInPages walks each list of the API item by item, and
// compares that with all of it at once.
func TestEveryListComesInPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.launch()
	h.schedule(s, "{link}")
	for n := range 3 {
		for path, in := range map[string]map[string]any{
			"/api/v1/sales": {"name": fmt.Sprint("Mi ", n), "product": "Mi 2", "market": "HK", "currency": "HKD", "units": 1,
				"opens_at": h.clock.Now(), "store_url": "https://store.example.hk"},
			"/api/v1/campaigns":        {"sale_id": s.sale, "name": fmt.Sprint("Launch ", n)},
			"/api/v1/orders":           order(fmt.Sprint(n), ""),
			"/api/v1/ideas":            {"title": fmt.Sprintf("A phone for the left hand, %d", n), "body": "x"},
			"/api/v1/ideas/1/comments": {"body": fmt.Sprint("Yes, ", n)},
			"/api/v1/sources":          {"name": fmt.Sprint("shop-", n), "kind": "shopify", "store": "hk", "secret": "long enough"},
			"/api/v1/webhooks":         {"url": fmt.Sprintf("%s/told/%d", h.url, n), "events": []string{"post.failed"}},
			"/api/v1/people":           {"email": fmt.Sprintf("fan%d@example.com", n), "name": "Fan", "role": "fan"},
			"/api/v1/keys":             {"name": fmt.Sprint("key ", n), "role": "marketing"},
		} {
			if strings.HasSuffix(path, "/comments") && n == 0 {
				continue // there is no idea yet
			}
			if status, answer := h.call(h.adminKey, "POST", path, in); status != http.StatusCreated {
				t.Fatalf("POST %s: %d %v", path, status, answer)
			}
		}
		h.call("", "POST", "/hooks/shopify/shop-0", nil) // without a signature
		h.call(h.adminKey, "POST", "/api/v1/webhooks/1/test", nil)
	}
	for _, path := range []string{
		"accounts", "budgets", "campaigns", "ideas", "ideas/1/comments", "keys", "orders", "people", "sales",
		"sources", "sources/shop-0/deliveries", "webhooks", "webhooks/1/deliveries",
	} {
		path = "/api/v1/" + path
		_, all := h.call(h.adminKey, "GET", path+"?limit=1000", nil)
		items, _ := all["items"].([]any)
		if next, told := all["next_cursor"]; len(items) == 0 || !told || next != nil {
			t.Errorf("%s: %v", path, all)
		}
		for i, query := 0, "?limit=1"; i < len(items); i++ {
			status, page := h.call(h.adminKey, "GET", path+query, nil)
			one, _ := page["items"].([]any)
			next, more := page["next_cursor"].(string)
			if status != http.StatusOK || len(one) != 1 || fmt.Sprint(one[0]) != fmt.Sprint(items[i]) || more != (i < len(items)-1) {
				t.Fatalf("item %d of %s: %d %v, want %v", i, path, status, page, items[i])
			}
			query = "?limit=1&cursor=" + next
		}
		for _, wrong := range []string{"limit=0", "limit=1001", "limit=x", "cursor=%21", "cursor=bm8"} {
			if status, answer := h.call(h.adminKey, "GET", path+"?"+wrong, nil); status != http.StatusUnprocessableEntity {
				t.Errorf("%s?%s: %d %v", path, wrong, status, answer)
			}
		}
	}
}
