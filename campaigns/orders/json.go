package orders

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"fanfare/fault"
)

// orderJSON refuses fields that an order does not have, so that a misspelt one
// is not lost in silence.
var orderJSON = json.JoinOptions(json.RejectUnknownMembers(true))

// Read reads all of in, which is one order as JSON. The error is Invalid
// and names the field, or "body" where the whole is no order. Where in itself
// failed, that is its cause.
func Read(in io.Reader) (Order, error) {
	var body *struct {
		Order
		Total *int64 `json:"total"` // of all fields, one left out would pass as its zero
	}
	err := json.UnmarshalRead(in, &body, orderJSON)
	if err == nil && body == nil {
		return Order{}, wrongOrder("body", "order.json_kind", "This is no JSON object.", nil)
	}
	if err != nil {
		return Order{}, unreadOrder(err)
	}
	order := body.Order
	order.Total = noTotal
	if body.Total != nil {
		order.Total = *body.Total
	}
	return order, nil
}

// ReadTakenBack reads a cancellation or a refund as Read reads an order.
func ReadTakenBack(body []byte) (Adjustment, error) {
	var sent SentAdjustment
	if err := json.Unmarshal(body, &sent, orderJSON); err != nil {
		return Adjustment{}, unreadOrder(err)
	}
	return sent.Of(sent.Store, sent.OrderID, sent.Kind), nil
}

// unreadOrder leaves the decoder's error out of its own: that quotes what was
// sent, perhaps a customer's address.
func unreadOrder(err error) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return wrongOrder("body", "order.json_ends", "This ends before the JSON object does.", nil)
	case errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName):
		return wrongOrder(location(syntax.JSONPointer), "order.json_twice", "This field is there twice.", nil)
	case errors.As(err, &syntax):
		return wrongOrder("body", "order.json_syntax", "This is not valid JSON.", nil)
	case !errors.As(err, &meaning):
		return &fault.Error{Kind: fault.Invalid, Key: "order.json_unread", Message: "The order could not be read to its end.", Err: err}
	case meaning.JSONPointer == "":
		return wrongOrder("body", "order.json_kind", "This is no JSON object.", nil)
	}
	field := location(meaning.JSONPointer)
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return wrongOrder(field, "api.unknown_field", "There is no such field.", nil)
	case meaning.JSONKind == '"' && (field == "placed_at" || field == "at" || strings.HasSuffix(field, ".at")):
		return wrongOrder(field, "api.wrong_time", "Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z.", sent(meaning))
	case meaning.GoType != nil && meaning.GoType.Kind() == reflect.Int64:
		return wrongOrder(field, "order.json_integer", "This must be a whole number.", sent(meaning))
	case meaning.GoType != nil && meaning.GoType.Kind() == reflect.String:
		return wrongOrder(field, "order.json_text", "This must be text.", nil)
	}
	return wrongOrder(field, "api.wrong_type", "This value has the wrong type.", nil)
}

func wrongOrder(location, key, message string, value any) error {
	var wrong fault.Fields
	wrong.Add(location, key, message, value, nil)
	return wrong.Err()
}

// sent is the number or the time that could not be read: neither holds anything
// private.
func sent(wrong *json.SemanticError) any {
	var moment *time.ParseError
	switch {
	case errors.As(wrong, &moment):
		return strings.Trim(moment.Value, `"`)
	case wrong.JSONKind == '0':
		return wrong.JSONValue
	}
	return nil
}

// location writes a JSON pointer as our errors name fields: touches[0].at.
func location(at jsontext.Pointer) string {
	var text strings.Builder
	for token := range at.Tokens() {
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "":
			text.WriteString("[" + token + "]")
		case text.Len() > 0:
			text.WriteString("." + token)
		default:
			text.WriteString(token)
		}
	}
	return text.String()
}

// Detail puts all that is wrong with an order into one line.
func Detail(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "The order was not taken."
	}
	if len(f.Fields) == 0 {
		return f.Message
	}
	details := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		details[i] = field.Message
		if field.Location != "body" {
			details[i] = shortened(field.Location) + ": " + field.Message
		}
	}
	return strings.Join(details, " ")
}

// shortened cuts the name of a field, which whoever sent it has chosen.
func shortened(location string) string {
	const most = 60
	if len(location) <= most {
		return location
	}
	return strings.ToValidUTF8(location[:most], "") + "…"
}
