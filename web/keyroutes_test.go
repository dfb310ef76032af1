package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fanfare/accounts"
)

// scopedRoutes says in plain words which routes a key that is confined may use,
// by its scopes. All others are closed to it: whoever adds one here, or a scope
// to a route, must mean it.
var scopedRoutes = map[string]string{
	"POST /api/v1/orders":                         "orders",
	"POST /api/v1/orders/batch":                   "orders",
	"GET /api/v1/orders":                          "orders",
	"GET /api/v1/orders/:store/:order_id":         "orders",
	"POST /api/v1/orders/:store/:order_id/cancel": "orders",
	"POST /api/v1/orders/:store/:order_id/refund": "orders",
	"POST /api/v1/sources":                        "orders",
	"GET /api/v1/sources":                         "orders",
	"DELETE /api/v1/sources/:name":                "orders",
	"POST /api/v1/sources/:name/rotate":           "orders",
	"GET /api/v1/sources/:name/deliveries":        "orders",

	"GET /api/v1/sales":                  "campaigns reports",
	"GET /api/v1/sales/:id":              "campaigns reports",
	"GET /api/v1/campaigns":              "campaigns reports",
	"GET /api/v1/campaigns/:id":          "campaigns reports",
	"GET /api/v1/campaigns/:id/report":   "campaigns reports",
	"GET /api/v1/campaigns/:id/audience": "campaigns reports",
	"GET /api/v1/posts/:id/report":       "posts reports",
	"GET /api/v1/posts/:id/audience":     "posts reports",
	"GET /api/v1/reports/compare":        "reports",

	"POST /api/v1/sales":                               "campaigns",
	"POST /api/v1/campaigns":                           "campaigns",
	"PATCH /api/v1/campaigns/:id":                      "campaigns",
	"POST /api/v1/campaigns/:id/attribution/recompute": "campaigns",
	"GET /api/v1/campaigns/:id/preflight":              "campaigns",
	"POST /api/v1/campaigns/:id/rehearsal":             "campaigns",
	"GET /api/v1/campaigns/:id/rehearsal":              "campaigns",

	"POST /api/v1/campaigns/:id/posts":    "posts",
	"GET /api/v1/posts/:id":               "posts",
	"GET /api/v1/posts/:id/metrics":       "posts",
	"POST /api/v1/posts/:id/cancel":       "posts",
	"POST /api/v1/posts/:id/reschedule":   "posts",
	"POST /api/v1/deliveries/:id/settle":  "posts",
	"PUT /api/v1/deliveries/:id/alias":    "posts",
	"DELETE /api/v1/deliveries/:id/alias": "posts",
	"POST /api/v1/check":                  "posts",
	"POST /api/v1/media":                  "posts",
	"POST /api/v1/pause":                  "posts",
	"POST /api/v1/resume":                 "posts",
	"POST /api/v1/campaigns/:id/pause":    "posts",
	"POST /api/v1/campaigns/:id/resume":   "posts",
	"POST /api/v1/posts/:id/pause":        "posts",
	"POST /api/v1/posts/:id/resume":       "posts",
	"POST /api/v1/accounts/:id/pause":     "posts",
	"POST /api/v1/accounts/:id/resume":    "posts",

	"POST /api/v1/ideas":                  "ideas",
	"GET /api/v1/ideas":                   "ideas",
	"GET /api/v1/ideas/:number":           "ideas",
	"PUT /api/v1/ideas/:number/status":    "ideas",
	"PUT /api/v1/ideas/:number/vote":      "ideas",
	"DELETE /api/v1/ideas/:number/vote":   "ideas",
	"GET /api/v1/ideas/:number/comments":  "ideas",
	"POST /api/v1/ideas/:number/comments": "ideas",
	"GET /api/v1/ideas/export":            "ideas",
}

// TestWhatConfinedKeysMayUse goes through every route there is, with an admin's
// key for each scope, bound to a store and not.
func TestWhatConfinedKeysMayUse(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	type confined struct {
		scope       accounts.Scope
		store, text string
	}
	keys := []confined{{store: "hk"}}
	for _, scope := range accounts.ScopeNames {
		keys = append(keys, confined{scope: scope})
	}
	keys = append(keys, confined{scope: accounts.ScopeOrders, store: "hk"})
	for i, key := range keys {
		draft := accounts.KeyDraft{Name: "key", Role: accounts.Admin, Store: key.store}
		if key.scope != "" {
			draft.Scopes = accounts.Scopes{key.scope}
		}
		_, text, err := h.accounts.CreateKeyWith(t.Context(), accounts.System(), draft)
		h.must(err)
		keys[i].text = text
	}
	known := 0
	for _, route := range h.server.engine.Routes() {
		name := route.Method + " " + route.Path
		scopes, listed := scopedRoutes[name]
		rule := h.server.access[name]
		if listed {
			known++
		}
		if rule.everybody {
			if listed != (len(rule.scopes) > 0) {
				t.Errorf("%s is everybody's: it has the scopes %v, and is in the table: %v", name, rule.scopes, listed)
			}
			continue // a key that is out of its scope is a stranger here
		}
		for _, key := range keys {
			allowed := listed && slices.Contains(strings.Fields(scopes), string(key.scope)) ||
				key.store != "" && scopes == string(accounts.ScopeOrders)
			status, _ := h.call(key.text, route.Method, fillPath(route.Path), nil)
			if refused := status == http.StatusForbidden && !ofAnotherStore(key.store, route.Path); refused == allowed {
				t.Errorf("%s with the scope %q and the store %q: %d, allowed is %v", name, key.scope, key.store, status, allowed)
			}
		}
	}
	if known != len(scopedRoutes) {
		t.Errorf("%d of the %d routes in the table are there", known, len(scopedRoutes))
	}
}

// ofAnotherStore tells whether a path as fillPath makes it names another store.
func ofAnotherStore(store, path string) bool {
	return store != "" && strings.Contains(path, "/:store/")
}

// TestAKeyOfOneStore: of every route that such a key may use, this states what
// it does with what is another store's.
func TestAKeyOfOneStore(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, key, err := h.accounts.CreateKeyWith(t.Context(), accounts.System(), accounts.KeyDraft{Name: "shop", Role: accounts.Admin, Store: "hk"})
	h.must(err)
	for _, store := range []string{"hk", "cn"} {
		source := map[string]any{"name": "of-" + store, "kind": "generic", "store": store, "secret": "long enough"}
		for path, body := range map[string]any{"/api/v1/orders": orderBody(store, "first"), "/api/v1/sources": source} {
			if status, answer := h.call(h.adminKey, "POST", path, body); status != http.StatusCreated {
				t.Fatal(status, answer)
			}
		}
	}
	// Each does with the first store what is allowed, with the second what is not.
	type do func(store string) (status int, answer map[string]any)
	adjust := func(kind string) do {
		return func(store string) (int, map[string]any) {
			return h.call(key, "POST", "/api/v1/orders/"+store+"/first/"+kind, map[string]any{"at": "2012-08-16T03:00:00Z", "units": 1})
		}
	}
	send := func(method, path string, body func(store string) any) do {
		return func(store string) (int, map[string]any) { return h.call(key, method, path, body(store)) }
	}
	listed := func(path string) do {
		return func(store string) (int, map[string]any) {
			status, answer := h.call(key, "GET", path, nil)
			for _, item := range answer["items"].([]any) {
				if item.(map[string]any)["store"] == store {
					return status, answer
				}
			}
			return http.StatusNotFound, answer
		}
	}
	named := func(method, rest string) do {
		return func(store string) (int, map[string]any) {
			return h.call(key, method, "/api/v1/sources/of-"+store+rest, nil)
		}
	}
	steps := []struct {
		route         string
		do            do
		want, refused int
	}{
		{"GET /api/v1/orders", listed("/api/v1/orders"), 200, 404},
		{"GET /api/v1/sources", listed("/api/v1/sources"), 200, 404},
		{"POST /api/v1/orders", send("POST", "/api/v1/orders", func(store string) any { return orderBody(store, "2") }), 201, 403},
		{"POST /api/v1/orders/batch", func(store string) (int, map[string]any) {
			status, answer := h.call(key, "POST", "/api/v1/orders/batch", orderBody(store, "3"))
			if rejected, _ := answer["rejected"].([]any); len(rejected) == 1 {
				status = http.StatusForbidden
			}
			return status, answer
		}, 200, 403},
		{"GET /api/v1/orders/:store/:order_id", func(store string) (int, map[string]any) {
			return h.call(key, "GET", "/api/v1/orders/"+store+"/first", nil)
		}, 200, 403},
		{"POST /api/v1/orders/:store/:order_id/refund", adjust("refund"), 200, 403},
		{"POST /api/v1/orders/:store/:order_id/cancel", adjust("cancel"), 200, 403},
		{"POST /api/v1/sources", send("POST", "/api/v1/sources", func(store string) any {
			return map[string]any{"name": "new-" + store, "kind": "shopify", "store": store, "secret": "long enough"}
		}), 201, 403},
		{"POST /api/v1/sources/:name/rotate", func(store string) (int, map[string]any) {
			return h.call(key, "POST", "/api/v1/sources/of-"+store+"/rotate", map[string]any{"secret": "another one"})
		}, 204, 404},
		{"GET /api/v1/sources/:name/deliveries", named("GET", "/deliveries"), 200, 404},
		{"DELETE /api/v1/sources/:name", named("DELETE", ""), 204, 404},
	}
	stated := map[string]bool{}
	for _, step := range steps {
		stated[step.route] = true
		if status, answer := step.do("hk"); status != step.want {
			t.Errorf("%s of its own store: %d %v", step.route, status, answer)
		}
		status, answer := step.do("cn")
		if status != step.refused || status != http.StatusForbidden && strings.Contains(fmt.Sprint(answer), "cn") {
			t.Errorf("%s of another store: %d %v", step.route, status, answer)
		}
	}
	for route, rule := range h.server.access {
		if !rule.everybody && slices.Contains(rule.scopes, accounts.ScopeOrders) != stated[route] {
			t.Errorf("%s: a key of one store may use it: %v; what it does with other stores is stated: %v", route, !stated[route], stated[route])
		}
	}
	if _, answer := h.call(h.adminKey, "GET", "/api/v1/sources", nil); len(answer["items"].([]any)) != 2 {
		t.Errorf("the other store's source is gone, or more than its own: %v", answer)
	}
}
