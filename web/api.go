package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"fanfare/accounts"
	"fanfare/fault"
)

// apiRoutes registers every call of the JSON API. Huma reads the types of the
// handlers to check what comes in and to write /openapi.json.
func (s *Server) apiRoutes() {
	config := huma.DefaultConfig("Fanfare", s.Version)
	config.Info.Description = "Errors are RFC 9457 problem details. Times are RFC 3339. Money is integer minor units with an ISO 4217 code. " +
		"An admin's key may act for a person with the header X-Act-As: PERSON_ID."
	config.DocsPath, config.SchemasPath = "", "" // the documentation page would load scripts from elsewhere
	config.CreateHooks = nil                     // no $schema field in every answer
	config.Transformers = []huma.Transformer{discreet, locateErrors}
	config.Servers = []*huma.Server{{URL: s.PublicURL}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key."},
	}
	config.Components.Parameters = map[string]*huma.Param{"actAs": actAs}
	s.api = humagin.New(s.engine, config)
	for _, path := range []string{"/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml"} {
		s.access["GET "+path] = everybody
	}
	s.peopleAPI()
	s.keysAPI()
	s.accountsAPI()
	s.salesAPI()
	s.campaignsAPI()
	s.reportsAPI()
	s.postsAPI()
	s.mediaAPI()
	s.ordersAPI()
	s.sourcesAPI()
	s.webhooksAPI()
	s.hookRoutes()
	s.ideasAPI()
	s.api.OpenAPI().Components.Schemas.Map()["ErrorDetail"].Properties["location"].Description = locationDoc
	s.describePlain()
}

// call describes one API call: its method and path, as OpenAPI writes it, the
// status of success, and one line of what it does.
func call(method, path string, status int, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: path, DefaultStatus: status, Summary: summary,
		OperationID: operationID(method, path),
		Tags:        []string{strings.Split(strings.TrimPrefix(path, "/api/v1/"), "/")[0]},
	}
}

// operationID makes "post-campaigns-id-posts" of POST /api/v1/campaigns/{id}/posts.
func operationID(method, path string) string {
	clean := strings.NewReplacer("/api/v1/", "", "{", "", "}", "", "/", "-", "_", "-").Replace(path)
	return strings.ToLower(method) + "-" + clean
}

// operate registers a call with its audience. do gets who asks; nil only where
// everybody may.
func operate[I, O any](s *Server, who audience, op huma.Operation, do func(ctx context.Context, actor *accounts.Actor, in *I) (*O, error)) {
	s.admit(who, &op)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, actorOf(ctx), in)
		return out, s.apiError(op, err)
	})
}

// apiError turns what a service returned into what Huma answers.
func (s *Server) apiError(op huma.Operation, err error) error {
	f, ok := asFault(fault.Wrap(err, op.OperationID))
	if !ok {
		return nil
	}
	status := statusOf[f.Kind]
	s.logFault(op.Method, op.Path, status, f)
	var answer error = problemOf(status, f)
	if f.RetryAfter > 0 {
		answer = huma.ErrorWithHeaders(answer, http.Header{"Retry-After": {retryAfter(f)}})
	}
	return answer
}

// ByID is the path of every call about one thing.
type ByID struct {
	ID int64 `path:"id"`
}

// answer is a response with a JSON body.
type answer[T any] struct{ Body T }

func answerWith[T any](body T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{body}, nil
}
