package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fanfare/accounts"
)

// TestRefundsOverTheAPI refunds orders whose ids are hard to write in a path,
// some before they are here, and looks at what the report leaves of them.
func TestRefundsOverTheAPI(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.launch()
	token := h.schedule(s, "{link}")["deliveries"].([]any)[0].(map[string]any)["token"].(string)
	key := h.key(accounts.Marketing)
	at := "2012-08-17T00:00:00Z"
	adjust := func(id, kind string, body map[string]any, want int) {
		t.Helper()
		body["at"] = at
		path := "/api/v1/orders/hk/" + url.PathEscape(id) + "/" + kind
		if status, answer := h.call(key, "POST", path, body); status != want || want == http.StatusOK && answer["order_id"] != id {
			t.Errorf("%s of %q: %d %v", kind, id, status, answer)
		}
	}
	take := func(id string) {
		t.Helper()
		if status, answer := h.call(key, "POST", "/api/v1/orders", order(id, token)); status != http.StatusCreated {
			t.Errorf("order %q: %d %v", id, status, answer)
		}
	}
	hard := []string{"2012/8/16+1", "50%", "a b", "..", "订单"}
	for i, id := range hard {
		if i%2 == 0 {
			take(id)
		}
		adjust(id, "refund", map[string]any{}, http.StatusOK) // of all
		adjust(id, "refund", map[string]any{}, http.StatusOK)
		adjust(id, "refund", map[string]any{"total": 100}, http.StatusConflict)
		if i%2 == 1 {
			take(id)
		}
	}
	take("part")
	adjust("part", "refund", map[string]any{"total": 100}, http.StatusOK)
	adjust("part", "refund", map[string]any{"total": 0, "units": 0}, http.StatusUnprocessableEntity)
	take("gone")
	adjust("gone", "cancel", map[string]any{}, http.StatusOK)

	_, report := h.call(key, "GET", fmt.Sprintf("/api/v1/campaigns/%d/report", s.campaign), nil)
	for field, want := range map[string]any{
		"orders": len(hard) + 1, "units": 1, "revenue": []any{map[string]any{"currency": "HKD", "total": 239900 - 100}},
	} {
		if fmt.Sprint(report[field]) != fmt.Sprint(want) {
			t.Errorf("the report's %s is %v, want %v", field, report[field], want)
		}
	}
	_, shown := h.call(key, "GET", "/api/v1/orders/hk/part", nil)
	if shown["refunded_total"] != 100.0 || len(shown["adjustments"].([]any)) != 1 {
		t.Errorf("the order with a refund: %v", shown)
	}
	if status, answer := h.call(key, "GET", "/api/v1/orders/hk/nowhere", nil); status != http.StatusNotFound {
		t.Errorf("no order: %d %v", status, answer)
	}
	b, _ := h.signedIn(accounts.Marketing)
	if _, page, _ := b.get("/orders"); !strings.Contains(page, "HK$1.00 refunded") || !strings.Contains(page, "Cancelled") {
		t.Error("the page does not tell what was taken back")
	}
}

// Whoever looks for an order by its number gets it, or those of all stores that
// have one of that number.
func TestAnOrderIsFoundByItsNumber(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.launch()
	token := h.schedule(s, "{link}")["deliveries"].([]any)[0].(map[string]any)["token"].(string)
	sent := order("HK-1", token)
	sent["touches"] = []map[string]any{{"token": "mistyped", "at": sent["placed_at"]}}
	for _, id := range []string{"HK-1", "twice"} {
		sent["order_id"] = id
		if status, answer := h.call(h.adminKey, "POST", "/api/v1/orders", sent); status != http.StatusCreated {
			t.Fatal(status, answer)
		}
	}
	sent["store"] = "another"
	h.call(h.adminKey, "POST", "/api/v1/orders", sent)
	h.call(h.adminKey, "POST", "/api/v1/orders/hk/HK-1/refund", map[string]any{"at": "2012-08-17T00:00:00Z"})

	b, _ := h.signedIn(accounts.Marketing)
	status, _, location := b.get("/orders?q=+HK-1+")
	if status != http.StatusSeeOther || location != "/orders/1" {
		t.Fatalf("one: %d %s", status, location)
	}
	_, page, _ := b.get(location)
	for _, want := range []string{"Order HK-1", token, "Mistyped link", "Refund", "All of it", "refunded"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not tell %q", want)
		}
	}
	if _, page, _ := b.get("/orders?q=twice"); strings.Count(page, ">twice<") != 2 {
		t.Error("two stores have this number")
	}
	if _, page, _ := b.get("/orders?q=%3Cb%3E"); !strings.Contains(page, "No order &lt;b&gt;") {
		t.Error("none has this number")
	}
	if status, _, _ := b.get("/orders/99"); status != http.StatusNotFound {
		t.Errorf("no order: %d", status)
	}
	_, found := h.call(h.adminKey, "GET", "/api/v1/orders?order_id=twice", nil)
	if items, _ := found["items"].([]any); len(items) != 2 {
		t.Errorf("by the API: %v", found)
	}
}
