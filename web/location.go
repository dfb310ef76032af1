package web

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// locationDoc is how the document explains the location of an error.
const locationDoc = "Which field is wrong: as the body spells it, such as due_at, media[1].alt or credentials.access_token; " +
	"with query., path. or header. before it where it stands there; body for the body as a whole."

// locateErrors has Huma's own checks and ours name a field in one way.
func locateErrors(ctx huma.Context, _ string, answer any) (any, error) {
	if problem, ok := answer.(*huma.ErrorModel); ok {
		address := ctx.URL()
		locate(problem, ctx.Param, address.Query())
	}
	return answer, nil
}

// locate says of each field where it stands. Huma does so for fields of the body
// too, which are called by their names alone here, and names no field that is
// missing. What a service finds wrong it knows by name: where the address has
// that name, it came from there.
func locate(problem *huma.ErrorModel, inPath func(name string) string, query url.Values) {
	problem.Detail = plainWords(problem.Detail)
	for _, e := range problem.Errors {
		var missing string
		if n, _ := fmt.Sscanf(e.Message, validation.MsgExpectedRequiredProperty, &missing); n == 1 {
			e.Location, e.Value, e.Message = e.Location+"."+missing, nil, isMissing // the value was all that is there, secrets too
		}
		e.Message = plainWords(e.Message)
		name, inBody := strings.CutPrefix(e.Location, "body.")
		switch {
		case inBody:
			e.Location = name
		case inPath(name) != "":
			e.Location = "path." + name
		case query.Has(name):
			e.Location = "query." + name
		}
	}
}
