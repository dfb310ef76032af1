package web

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// actAs is what every call with a key takes beside it.
var actAs = &huma.Param{
	Name: "X-Act-As", In: "header", Description: "With an admin's key: the id of the person to act for.",
	Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"},
}

// admit notes the audience of a call, for the guard and for the document.
func (s *Server) admit(who audience, op *huma.Operation) {
	s.access[op.Method+" "+ginPath(op.Path)] = who
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
	if !who.everybody {
		op.Security = []map[string][]string{{"key": {}}}
		op.Errors = append(op.Errors, http.StatusForbidden)
	} else {
		op.Security = []map[string][]string{{}} // nothing
	}
	if who.everybody && len(who.scopes) > 0 {
		op.Security = append(op.Security, map[string][]string{"key": {}})
	}
	if strings.Contains(op.Path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if strings.HasPrefix(op.Path, "/api/") {
		op.Parameters = append(op.Parameters, &huma.Param{Ref: "#/components/parameters/actAs"})
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = s.problemResponse("Anything else that went wrong")
}

// handleCall registers a call that is read by hand, with its audience, and
// writes it into the document.
func (s *Server) handleCall(who audience, op huma.Operation, h gin.HandlerFunc) {
	s.admit(who, &op)
	s.engine.Handle(op.Method, ginPath(op.Path), h)
	for _, status := range op.Errors {
		op.Responses[strconv.Itoa(status)] = s.problemResponse(http.StatusText(status))
	}
	s.api.OpenAPI().AddOperation(&op)
}

// ginPath writes a path of the document as Gin does: {id} as :id.
func ginPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

func (s *Server) problemResponse(description string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: s.schemaOf(reflect.TypeFor[huma.ErrorModel]())},
	}}
}

func (s *Server) schemaOf(t reflect.Type) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(t, true, "")
}

// describe gives the document the types of a call that is read by hand.
func describe[I, O any](s *Server, op *huma.Operation, contentType string) {
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		contentType: {Schema: s.schemaOf(reflect.TypeFor[I]())},
	}}
	op.Responses = map[string]*huma.Response{
		strconv.Itoa(op.DefaultStatus): {Description: op.Summary, Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.schemaOf(reflect.TypeFor[O]())},
		}},
	}
}

// describePlain writes what stands beside the API into the document: the
// redirects of campaign links, and what watches over the service.
func (s *Server) describePlain() {
	text := func(kind string) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString}}}
	}
	status := map[string]*huma.MediaType{"application/json": {Schema: s.schemaOf(reflect.TypeFor[condition]())}}
	for _, op := range []*huma.Operation{
		{Method: "GET", Path: "/healthz", Summary: "Tell whether the process lives", Tags: []string{"health"},
			Responses: map[string]*huma.Response{"200": {Description: "It does", Content: status}}},
		{Method: "GET", Path: "/readyz", Summary: "Tell whether the process can serve", Tags: []string{"health"},
			Responses: map[string]*huma.Response{"200": {Description: "It can", Content: status}, "503": s.problemResponse("It cannot")}},
		{Method: "GET", Path: "/metrics", Summary: "Metrics as Prometheus reads them", Tags: []string{"health"},
			Responses: map[string]*huma.Response{"200": {Description: "The metrics", Content: text("text/plain")}}},
		{Method: "GET", Path: "/r/{token}", Summary: "Follow a campaign link, by its token or its alias", Tags: []string{"links"},
			Parameters: []*huma.Param{{Name: "token", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
			Responses: map[string]*huma.Response{
				"302": {Description: "To the store, with ref and the UTM fields", Headers: map[string]*huma.Header{
					"Location": {Required: true, Schema: &huma.Schema{Type: huma.TypeString, Format: "uri"}},
				}},
				"404": {Description: "No link of ours", Content: text("text/html")},
			}},
	} {
		op.OperationID = operationID(op.Method, strings.TrimPrefix(op.Path, "/"))
		op.Security = []map[string][]string{{}}
		s.api.OpenAPI().AddOperation(op)
	}
}
