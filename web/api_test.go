package web

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/connectors/sandbox"
)

// launch is a campaign with an account on each network, made over the API.
type launch struct {
	sale, campaign, x, weibo int64
}

func (h *harness) launch() launch {
	h.t.Helper()
	id := func(path string, in any) int64 {
		h.t.Helper()
		status, answer := h.call(h.adminKey, "POST", path, in)
		if status != http.StatusCreated {
			h.t.Fatalf("POST %s: %d %v", path, status, answer)
		}
		return int64(answer["id"].(float64))
	}
	x := h.x.AddAccount(sandbox.XAccount{Handle: "mi", Name: "Mi"})
	weibo := h.weibo.AddAccount(sandbox.WeiboAccount{Name: "小米", SafeDomain: strings.TrimPrefix(h.url, "http://")})
	var s launch
	s.sale = id("/api/v1/sales", map[string]any{
		"name": "Mi 2", "product": "Mi 2", "market": "HK", "currency": "HKD", "units": 50000,
		"opens_at": h.clock.Now().Add(time.Hour), "store_url": "https://store.example.hk/mi2?lang=zh",
	})
	s.campaign = id("/api/v1/campaigns", map[string]any{"sale_id": s.sale, "name": "Launch"})
	s.x = id("/api/v1/accounts", map[string]any{"network": "twitter", "name": "Mi", "credentials": map[string]string{
		"consumer_key": x.ConsumerKey, "consumer_secret": x.ConsumerSecret, "access_token": x.AccessToken, "access_secret": x.AccessSecret,
	}})
	s.weibo = id("/api/v1/accounts", map[string]any{"network": "weibo", "name": "小米", "credentials": map[string]string{
		"app_key": weibo.AppKey, "app_secret": weibo.AppSecret, "access_token": weibo.AccessToken, "safe_domain": weibo.SafeDomain,
	}})
	return s
}

// schedule makes a post and gives it as the API answers it.
func (h *harness) schedule(s launch, text string) map[string]any {
	h.t.Helper()
	status, post := h.call(h.adminKey, "POST", fmt.Sprintf("/api/v1/campaigns/%d/posts", s.campaign), map[string]any{
		"text": text, "accounts": []int64{s.x, s.weibo}, "due_at": h.clock.Now().Add(time.Hour), "expires_after": "10m",
	})
	if status != http.StatusCreated {
		h.t.Fatalf("scheduling: %d %v", status, post)
	}
	return post
}

func order(id, token string) map[string]any {
	return map[string]any{
		"store": "hk", "order_id": id, "token": token, "kind": "order", "units": 1, "total": 239900,
		"currency": "HKD", "placed_at": "2012-08-16T12:00:01Z",
	}
}

func TestFromAPostToItsOrders(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.launch()
	post := h.schedule(s, "The Mi 2 is here: {link}")
	deliveries := post["deliveries"].([]any)
	if len(deliveries) != 2 {
		t.Fatalf("%d deliveries, want 2: %v", len(deliveries), post)
	}
	delivery := deliveries[0].(map[string]any)
	token := delivery["token"].(string)
	if delivery["state"] != "scheduled" || delivery["url"] != h.url+"/r/"+token {
		t.Errorf("delivery %v", delivery)
	}

	visitor := h.browser()
	status, _, location := visitor.get("/r/" + strings.ToUpper(token))
	if status != http.StatusFound || !strings.HasPrefix(location, "https://store.example.hk/mi2?") ||
		!strings.Contains(location, "lang=zh") || !strings.Contains(location, "ref="+token) || !strings.Contains(location, "utm_source=") {
		t.Errorf("following the link: %d %q", status, location)
	}
	for i, digit := range token {
		for _, other := range "0123456789abcdefghjkmnpqrstvwxyz" {
			mistyped := token[:i] + string(other) + token[i+1:]
			if other == digit {
				continue
			}
			if status, _, location := visitor.get("/r/" + mistyped); status != http.StatusNotFound || location != "" {
				t.Fatalf("following %s, which is %s mistyped: %d %q", mistyped, token, status, location)
			}
		}
	}

	key := h.key(accounts.Marketing)
	status, first := h.call(key, "POST", "/api/v1/orders", order("1", token))
	if status != http.StatusCreated || first["attributed"] != true || first["delivery_id"] != delivery["id"] {
		t.Errorf("an order: %d %v", status, first)
	}
	status, again := h.call(key, "POST", "/api/v1/orders", order("1", token))
	if status != http.StatusOK || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("the same order again: %d %v", status, again)
	}
	other := order("1", token)
	other["total"] = 1
	if status, answer := h.call(key, "POST", "/api/v1/orders", other); status != http.StatusConflict {
		t.Errorf("the same id with another total: %d %v", status, answer)
	}
	for token, reason := range map[string]string{"": "no_token", "zzzzzzzzzzzz": "bad_token"} {
		if status, answer := h.call(key, "POST", "/api/v1/orders", order("x"+token, token)); status != http.StatusCreated || answer["reason"] != reason {
			t.Errorf("an order with the token %q: %d %v", token, status, answer)
		}
	}
	status, answer := h.call(key, "POST", "/api/v1/orders/hk/1/refund", map[string]any{"at": "2012-08-17T00:00:00Z", "total": 39900})
	if status != http.StatusOK {
		t.Errorf("a refund: %d %v", status, answer)
	}

	h.settle()
	_, report := h.call(key, "GET", fmt.Sprintf("/api/v1/campaigns/%d/report", s.campaign), nil)
	want := map[string]any{"clicks": 1.0, "orders": 1.0, "units": 1.0, "unattributed": 2.0,
		"revenue": []any{map[string]any{"currency": "HKD", "total": 200000.0}}}
	for field, value := range want {
		if fmt.Sprint(report[field]) != fmt.Sprint(value) {
			t.Errorf("the report's %s is %v, want %v", field, report[field], value)
		}
	}
	if report["by_second"] != nil {
		t.Errorf("unasked, the report tells of seconds: %v", report["by_second"])
	}
	path := fmt.Sprintf("/api/v1/campaigns/%d/report?by=second", s.campaign)
	_, report = h.call(key, "GET", path, nil)
	seconds, _ := report["by_second"].([]any)
	if len(seconds) != 1 || seconds[0].(map[string]any)["at"] != "2012-08-16T12:00:00Z" || seconds[0].(map[string]any)["clicks"] != 1.0 {
		t.Errorf("by second: %v", report["by_second"])
	}
	_, report = h.call(key, "GET", path+"&from=2012-08-16T12:00:01Z", nil)
	if seconds, present := report["by_second"].([]any); !present || len(seconds) != 0 {
		t.Errorf("from the next second on: %v", report["by_second"])
	}
}

func TestBadInputNamesTheField(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.launch()
	good := order("1", "")
	change := func(field string, value any) map[string]any {
		changed := map[string]any{}
		for k, v := range good {
			changed[k] = v
		}
		changed[field] = value
		return changed
	}
	post := fmt.Sprintf("/api/v1/campaigns/%d/posts", s.campaign)
	without := func(in map[string]any, field string) map[string]any {
		out := maps.Clone(in)
		delete(out, field)
		return out
	}
	for _, c := range []struct {
		name, path, field string
		in                any
	}{
		{"an unknown currency", "/api/v1/orders", "currency", change("currency", "HKX")},
		{"a total that is no integer", "/api/v1/orders", "total", change("total", 1.5)},
		{"a field nobody knows", "/api/v1/orders", "totl", change("totl", 1)},
		{"a time that is none", "/api/v1/orders", "placed_at", change("placed_at", "yesterday")},
		{"no units", "/api/v1/orders", "units", change("units", 0)},
		{"a total that is null", "/api/v1/orders", "total", change("total", nil)},
		{"an order without a total", "/api/v1/orders", "total", without(good, "total")},
		{"a post without a link", post, "text", map[string]any{"text": "no link", "accounts": []int64{s.x}, "due_at": h.clock.Now().Add(time.Hour)}},
		{"a duration that is none", post, "expires_after", map[string]any{"text": "{link}", "accounts": []int64{s.x}, "due_at": h.clock.Now().Add(time.Hour), "expires_after": "soon"}},
		{"an account that is not there", post, "accounts", map[string]any{"text": "{link}", "accounts": []int64{99}, "due_at": h.clock.Now().Add(time.Hour)}},
		{"a sale without a market", "/api/v1/sales", "market", map[string]any{"name": "x", "product": "x", "market": "XX", "currency": "HKD", "units": 1, "opens_at": h.clock.Now(), "store_url": "https://x.example"}},
		{"an idea with a short title", "/api/v1/ideas", "title", map[string]any{"title": "x", "body": ""}},
		{"a key confined to nothing", "/api/v1/keys", "scopes", map[string]any{"name": "Shop", "role": "marketing", "scopes": []string{}}},
		{"an unknown role", "/api/v1/people", "role", map[string]any{"email": "a@example.com", "name": "A", "role": "king"}},
	} {
		status, answer := h.call(h.adminKey, "POST", c.path, c.in)
		if status != http.StatusUnprocessableEntity || answer["title"] == nil || answer["detail"] == nil || !strings.Contains(fmt.Sprint(answer["errors"]), c.field) {
			t.Errorf("%s: %d %v", c.name, status, answer)
		}
	}
}

func TestAnAdminsKeyActsForOthers(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	fan := h.person("fan@example.com", accounts.Fan)
	send := func(key, actAs string) int {
		request, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/api/v1/ideas", strings.NewReader(`{"title":"A second SIM slot","body":""}`))
		h.must(err)
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Act-As", actAs)
		response, err := http.DefaultClient.Do(request)
		h.must(err)
		defer response.Body.Close()
		return response.StatusCode
	}
	if status := send(h.adminKey, fmt.Sprint(fan.PersonID)); status != http.StatusCreated {
		t.Errorf("for a fan: %d", status)
	}
	_, idea := h.call("", "GET", "/api/v1/ideas/1", nil)
	if idea["author_id"] != float64(fan.PersonID) || idea["votes"] != 1.0 {
		t.Errorf("the idea is %v", idea)
	}
	if status := send(h.key(accounts.Product), fmt.Sprint(fan.PersonID)); status != http.StatusForbidden {
		t.Errorf("by another key: %d", status)
	}
	if status := send(h.adminKey, "999"); status != http.StatusUnprocessableEntity {
		t.Errorf("for nobody: %d", status)
	}
}

func TestErrorsAreProblemDetails(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for path, want := range map[string]int{"/api/v1/posts/99": 404, "/api/v1/nothing": 404, "/api/v1/ideas?limit=1001": 422, "/api/v1/ideas?cursor=%21": 422} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", h.url+path, nil)
		h.must(err)
		request.Header.Set("Authorization", "Bearer "+h.adminKey)
		response, err := http.DefaultClient.Do(request)
		h.must(err)
		response.Body.Close()
		if response.StatusCode != want || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s, %s", path, response.Status, response.Header.Get("Content-Type"))
		}
	}
	if status, answer := h.call("nonsense", "GET", "/api/v1/ideas", nil); status != http.StatusUnauthorized || answer["status"] != 401.0 {
		t.Errorf("a wrong key: %d %v", status, answer)
	}
}
