package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestProblemsNameFieldsInOneWay, whoever finds them wrong: Huma by the schema
// or a service by what it knows.
func TestProblemsNameFieldsInOneWay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	due := d.clock.Now().Add(time.Hour)
	post := func(changed map[string]any) map[string]any {
		body := map[string]any{"text": "Look {link}", "accounts": []int64{d.x.ID}, "due_at": due}
		for key, value := range changed {
			if body[key] = value; value == nil {
				delete(body, key)
			}
		}
		return body
	}
	const posts, sales = "/api/v1/campaigns/1/posts", "/api/v1/sales"
	for name, c := range map[string]struct {
		method, path string
		body         any
		want         []string
	}{
		"schema: type":            {"POST", posts, post(map[string]any{"due_at": 5}), []string{"due_at"}},
		"schema: missing":         {"POST", posts, post(map[string]any{"due_at": nil, "text": nil}), []string{"due_at", "text"}},
		"schema: unknown":         {"POST", posts, post(map[string]any{"due": due}), []string{"due"}},
		"schema: in a list":       {"POST", posts, post(map[string]any{"accounts": []any{d.x.ID, "x"}}), []string{"accounts[1]"}},
		"schema: missing in list": {"POST", posts, post(map[string]any{"media": []any{map[string]any{"alt_text": "A phone"}}}), []string{"media[0].id"}},
		"schema: whole body":      {"POST", posts, []int{1}, []string{"body"}},
		"schema: query":           {"GET", "/api/v1/campaigns/1/report?by=week", nil, []string{"query.by"}},
		"schema: paging":          {"GET", sales + "?limit=1001", nil, []string{"query.limit"}},
		"schema: path":            {"GET", "/api/v1/campaigns/first/report", nil, []string{"path.id"}},
		"service: past":           {"POST", posts, post(map[string]any{"due_at": due.AddDate(-1, 0, 0)}), []string{"due_at"}},
		"service: several":        {"POST", sales, map[string]any{"name": " ", "product": "Mi2", "market": "HK", "currency": "XYZ", "units": 1, "opens_at": due, "store_url": "x"}, []string{"currency", "name", "store_url"}},
		"service: query":          {"GET", "/api/v1/campaigns/1/report?by=second&from=2012-08-16T00:00:00Z&to=2012-09-16T00:00:00Z", nil, []string{"query.to"}},
		"service: cursor":         {"GET", sales + "?cursor=x", nil, []string{"query.cursor"}},
		"service: path":           {"POST", "/api/v1/orders/mi.com/%07/cancel", map[string]any{"at": due}, []string{"path.order_id"}},
		"by hand: order":          {"POST", "/api/v1/orders", map[string]any{"store": "mi.com"}, []string{"currency", "kind", "order_id", "placed_at", "total", "units"}},
		"by hand: export":         {"GET", "/api/v1/ideas/export?format=pdf", nil, []string{"query.format"}},
	} {
		status, problem := d.call(d.adminKey, c.method, c.path, c.body)
		var got []string
		errors, _ := problem["errors"].([]any)
		for _, e := range errors {
			got = append(got, e.(map[string]any)["location"].(string))
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, slices.Compact(got)); status != http.StatusUnprocessableEntity || diff != "" {
			t.Errorf("%s: %d %v %s", name, status, problem, diff)
		}
	}
}

// TestAMissingFieldRepeatsNoSecret: an answer may end in a log.
func TestAMissingFieldRepeatsNoSecret(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, problem := h.call(h.adminKey, "POST", "/api/v1/accounts", map[string]any{"network": "twitter", "credentials": map[string]any{"access_secret": "hunter2"}})
	errors, _ := problem["errors"].([]any)
	if len(errors) == 0 {
		t.Fatal(problem)
	}
	for _, e := range errors {
		if value, has := e.(map[string]any)["value"]; has {
			t.Errorf("%v with %v", e, value)
		}
	}
}

func TestTheDocumentSaysHowFieldsAreNamed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, document := h.call("", "GET", "/openapi.json", nil)
	schema := document["components"].(map[string]any)["schemas"].(map[string]any)["ErrorDetail"].(map[string]any)
	about := schema["properties"].(map[string]any)["location"].(map[string]any)["description"].(string)
	if !strings.Contains(about, "due_at") || strings.Contains(about, "body.") {
		t.Error(about)
	}
}
