package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is /openapi.json, to compare answers with. All harnesses serve the
// same one but for their address; its schemas are compiled once for all.
type document struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	content  map[string]any
}

var served document

// of reads the document of a server the first time it is asked for.
func (d *document) of(t testing.TB, server *Server) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.content != nil {
		return
	}
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/openapi.json", nil))
	content, err := jsonschema.UnmarshalJSON(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	d.compiler, d.compiled = jsonschema.NewCompiler(), map[string]*jsonschema.Schema{}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", content); err != nil {
		t.Fatal(err)
	}
	d.content = content.(map[string]any)
}

// answers gives what the document says of the answers of a route, as Gin spells
// it; nil where it says nothing.
func (d *document) answers(method, route string) map[string]any {
	path, _ := d.content["paths"].(map[string]any)[documentPath(route)].(map[string]any)
	operation, _ := path[strings.ToLower(method)].(map[string]any)
	answers, _ := operation["responses"].(map[string]any)
	return answers
}

// documentPath spells a route of Gin's, /ideas/:number, as OpenAPI does.
func documentPath(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = "{" + part[1:] + "}"
		}
	}
	return strings.Join(parts, "/")
}

// check compares an answer with the document.
func (d *document) check(method, route string, status int, header http.Header, body []byte) error {
	answers := d.answers(method, route)
	if answers == nil {
		return fmt.Errorf("the document does not tell of it")
	}
	code := fmt.Sprint(status)
	if answers[code] == nil {
		code = "default"
	}
	described, _ := answers[code].(map[string]any)
	if described == nil || code == "default" && status < 400 {
		return fmt.Errorf("the document tells of no %d", status)
	}
	content, _ := described["content"].(map[string]any)
	if len(content) == 0 {
		if status != http.StatusFound && len(body) > 0 {
			return fmt.Errorf("the document tells of no body")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || content[kind] == nil {
		return fmt.Errorf("the document tells of no content of the type %q: %v", header.Get("Content-Type"), err)
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	schema, err := d.schema("paths", documentPath(route), strings.ToLower(method), "responses", code, "content", kind, "schema")
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// schema compiles the one at a place in the document.
func (d *document) schema(place ...string) (*jsonschema.Schema, error) {
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	pointer := "openapi.json#"
	for _, token := range place {
		pointer += "/" + escape.Replace(token)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.compiled[pointer]; known != nil {
		return known, nil
	}
	schema, err := d.compiler.Compile(pointer)
	if err == nil {
		d.compiled[pointer] = schema
	}
	return schema, err
}

// watched serves as the server does, and compares every answer to a documented
// route with the document: thus all tests of this package test it. A benchmark
// gets the server alone.
func (h *harness) watched() http.Handler {
	if _, measured := h.t.(*testing.B); measured {
		return h.server
	}
	served.of(h.t, h.server)
	routes := gin.New()
	routes.UseRawPath = true
	for _, route := range h.server.engine.Routes() {
		if isPage(httptest.NewRequestWithContext(h.t.Context(), route.Method, route.Path, nil)) && route.Path != "/r/:token" || strings.HasPrefix(route.Path, "/openapi") {
			continue
		}
		routes.Handle(route.Method, route.Path, func(c *gin.Context) {
			seen := &seenAnswer{ResponseWriter: c.Writer}
			h.server.ServeHTTP(seen, c.Request)
			if err := served.check(route.Method, route.Path, c.Writer.Status(), c.Writer.Header(), seen.body.Bytes()); err != nil && route.Method != "HEAD" {
				h.t.Errorf("%s %s answers %d %s: %v", route.Method, c.Request.URL.RequestURI(), c.Writer.Status(), seen.body.String(), err)
			}
		})
	}
	routes.NoRoute(func(c *gin.Context) {
		c.Status(http.StatusOK) // Gin's own would be 404
		h.server.ServeHTTP(c.Writer, c.Request)
	})
	return routes
}

// seenAnswer keeps what it passes on.
type seenAnswer struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (a *seenAnswer) Write(p []byte) (int, error) {
	a.body.Write(p)
	return a.ResponseWriter.Write(p)
}

func (a *seenAnswer) WriteString(text string) (int, error) { return a.Write([]byte(text)) }

func TestTheDocumentIsOpenAPI31AndComplete(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	status, content := h.call("", "GET", "/openapi.json", nil)
	if status != http.StatusOK || content["openapi"] != "3.1.0" {
		t.Fatalf("%d %v", status, content["openapi"])
	}
	for _, route := range h.server.engine.Routes() {
		if strings.HasPrefix(route.Path, "/api/") && served.answers(route.Method, route.Path) == nil {
			t.Errorf("%s %s is not in the document", route.Method, route.Path)
		}
	}
	for kind, components := range served.content["components"].(map[string]any) {
		for name := range components.(map[string]any) {
			if name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
				t.Errorf("among the %s %q is no name", kind, name) // https://spec.openapis.org/oas/v3.1.0#components-object
			}
		}
	}
	for _, plain := range []string{"/healthz", "/readyz", "/metrics", "/r/:token", "/hooks/shopify/:source"} {
		if served.content["paths"].(map[string]any)[documentPath(plain)] == nil {
			t.Errorf("%s is not in the document", plain)
		}
	}
}

// TestTheDocumentIsCompared makes sure that an answer which is not as the
// document says is seen.
func TestTheDocumentIsCompared(t *testing.T) {
	t.Parallel()
	served.of(t, newHarness(t).server)
	plain := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	problem := http.Header{"Content-Type": {"application/problem+json"}}
	for name, c := range map[string]struct {
		method, route string
		status        int
		header        http.Header
		body          any
		good          bool
	}{
		"a vote":                   {"PUT", "/api/v1/ideas/:number/vote", 200, plain, map[string]any{"votes": 1, "voted": true}, true},
		"a vote in words":          {"PUT", "/api/v1/ideas/:number/vote", 200, plain, map[string]any{"votes": "one", "voted": true}, false},
		"a vote with more":         {"PUT", "/api/v1/ideas/:number/vote", 200, plain, map[string]any{"votes": 1, "voted": true, "by": 1}, false},
		"a vote that is created":   {"PUT", "/api/v1/ideas/:number/vote", 201, plain, map[string]any{"votes": 1, "voted": true}, false},
		"a problem":                {"PUT", "/api/v1/ideas/:number/vote", 404, problem, map[string]any{"title": "Not Found", "status": 404}, true},
		"a rare problem":           {"PUT", "/api/v1/ideas/:number/vote", 418, problem, map[string]any{"title": "Teapot", "status": 418}, true},
		"a problem as plain JSON":  {"PUT", "/api/v1/ideas/:number/vote", 404, plain, map[string]any{"title": "Not Found", "status": 404}, false},
		"a time that is none":      {"GET", "/api/v1/sales/:id", 200, plain, map[string]any{"opens_at": "soon"}, false},
		"a call that is not there": {"GET", "/api/v1/votes", 200, plain, map[string]any{}, false},
	} {
		body, err := json.Marshal(c.body)
		if err != nil {
			t.Fatal(err)
		}
		if err := served.check(c.method, c.route, c.status, c.header, body); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
