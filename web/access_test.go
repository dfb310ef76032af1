package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"fanfare/accounts"
)

// TestEveryRouteNamesItsAudience is the table of who may use what: a route
// that names nobody, or admits whom it should not, fails here.
func TestEveryRouteNamesItsAudience(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	keys := map[accounts.Role]string{}
	for _, role := range accounts.Roles {
		keys[role] = h.key(role)
	}
	for _, route := range h.server.engine.Routes() {
		rule, known := h.server.access[route.Method+" "+route.Path]
		if !known || (!rule.everybody && len(rule.roles) == 0) {
			t.Errorf("%s %s names no audience", route.Method, route.Path)
			continue
		}
		if rule.everybody {
			continue
		}
		path := fillPath(route.Path)
		if status, _ := h.call("", route.Method, path, nil); status != http.StatusUnauthorized && status != http.StatusSeeOther && status != http.StatusOK {
			t.Errorf("%s %s by a stranger: %d", route.Method, path, status)
		}
		for _, role := range accounts.Roles {
			allowed := rule.admits(&accounts.Actor{Role: role}) == nil
			if allowed && route.Method != http.MethodGet {
				continue // would change things; its own tests do
			}
			status, _ := h.call(keys[role], route.Method, path, nil)
			if refused := status == http.StatusForbidden; refused == allowed {
				t.Errorf("%s %s by %s: %d, allowed is %v", route.Method, path, role, status, allowed)
			}
		}
	}
}

// TestAudiences states in plain words which role may do what; it must be
// changed by hand when the meaning of a role changes.
func TestAudiences(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for route, roles := range map[string]string{
		"POST /api/v1/people":              "admin",
		"GET /settings/keys":               "admin",
		"GET /settings/people":             "admin",
		"POST /api/v1/accounts":            "admin marketing",
		"POST /api/v1/campaigns/:id/posts": "admin marketing",
		"POST /api/v1/pause":               "admin marketing",
		"POST /api/v1/orders":              "admin marketing",
		"GET /calendar":                    "admin marketing",
		"GET /orders":                      "admin marketing",
		"GET /ranking":                     "admin product",
		"GET /api/v1/ideas/export":         "admin product",
		"PUT /api/v1/ideas/:number/status": "admin product",
		"POST /api/v1/ideas":               "admin marketing product moderator fan",
		"PUT /api/v1/ideas/:number/vote":   "admin marketing product moderator fan",
	} {
		rule, known := h.server.access[route]
		if !known {
			t.Errorf("there is no route %s", route)
		}
		for _, role := range accounts.Roles {
			want := strings.Contains(roles, string(role))
			if got := rule.admits(&accounts.Actor{Role: role}) == nil; got != want {
				t.Errorf("%s by %s: allowed is %v, want %v", route, role, got, want)
			}
		}
	}
}

// fillPath puts something into the places of a path.
func fillPath(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "*") {
			parts[i] = "1"
		}
	}
	return strings.Join(parts, "/")
}

// brokenSessions is a store of sessions whose database is down.
type brokenSessions struct{ scs.Store }

func (brokenSessions) Find(string) ([]byte, bool, error) {
	return nil, false, errors.New("no database")
}

// TestPagesWithoutASession are pages all the same, in the browser's language.
func TestPagesWithoutASession(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.server.sessions.Store = brokenSessions{}
	ask := func(method, path string, header ...string) (int, string) {
		request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		request.AddCookie(&http.Cookie{Name: "fanfare", Value: "anything"})
		answer := httptest.NewRecorder()
		h.server.ServeHTTP(answer, request)
		return answer.Code, answer.Body.String()
	}
	for _, test := range []struct {
		method, path string
		header       []string
		status       int
		says         []string
	}{
		{"GET", "/calendar", []string{"Accept-Language", "de"}, 503, []string{`<html lang="de"`, "Gerade nicht erreichbar", "Datenbank", `href="/calendar"`}},
		{"POST", "/sign-out", []string{"Sec-Fetch-Site", "cross-site", "Accept-Language", "zh-TW"}, 403, []string{`<html lang="zh-Hant"`, "來自其他網站"}},
		{"GET", "/api/v1/ideas", nil, 503, []string{`"status":503`, "cannot reach its database"}},
	} {
		status, body := ask(test.method, test.path, test.header...)
		for _, want := range test.says {
			if status != test.status || !strings.Contains(body, want) {
				t.Errorf("%s %s: %d without %q:\n%s", test.method, test.path, status, want, body)
			}
		}
	}
}
