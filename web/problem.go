package web

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/fault"
)

// problemOf makes RFC 9457 problem details, in English, as the API promises.
func problemOf(status int, f *fault.Error) *huma.ErrorModel {
	model := &huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: f.Message}
	for _, field := range f.Fields {
		model.Errors = append(model.Errors, &huma.ErrorDetail{
			Location: field.Location, Message: field.Message, Value: shownValue(field.Value),
		})
	}
	return model
}

// discreet is a transformer of Huma's answers. Where something is missing or
// too much in an object, Huma quotes the whole object, and the whole body where
// it is no JSON: secrets too, which must not come back, nor get into the logs
// of whoever calls.
func discreet(_ huma.Context, _ string, answer any) (any, error) {
	model, ok := answer.(*huma.ErrorModel)
	if !ok {
		return answer, nil
	}
	for _, detail := range model.Errors {
		if detail.Location == "body" || secretFields[detail.Location] {
			detail.Value = nil
		}
		detail.Value = shownValue(detail.Value)
	}
	return model, nil
}

// secretFields are inputs that are never quoted.
var secretFields = map[string]bool{"body.credentials": true, "body.password": true, "body.secret": true}

// mostShown is how many bytes of a wrong text are quoted.
const mostShown = 200

// shownValue is as much of a wrong value as is quoted: nothing of an object,
// and the beginning of a long text.
func shownValue(value any) any {
	switch v := value.(type) {
	case map[string]any, []any:
		return nil
	case string:
		if len(v) > mostShown {
			return strings.ToValidUTF8(v[:mostShown], "") + "…"
		}
	}
	return value
}
