package campaigns

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"fanfare/fault"
)

// parseOrder reads one order as JSON. Fields that an order does not have are
// refused, so that a misspelt one is not lost in silence. The error is
// Invalid.
func parseOrder(line []byte) (Order, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var order *Order
	if err := decoder.Decode(&order); err != nil {
		return Order{}, badLine(parseDetail(order, err))
	}
	if order == nil {
		return Order{}, badLine("The line is null instead of an order.")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Order{}, badLine("Something follows the order on the same line.")
	}
	return *order, nil
}

// BrokenTime gives the name of the time that JSON could not give an order: what
// could be read of it tells.
func (o *Order) BrokenTime() string {
	if last := len(o.Touches) - 1; last >= 0 && o.Touches[last].At.IsZero() {
		return fmt.Sprintf("touches[%d].at", last)
	}
	return "placed_at"
}

func parseDetail(order *Order, err error) string {
	var wrongType *json.UnmarshalTypeError
	var wrongTime *time.ParseError
	if errors.As(err, &wrongType) {
		if wrongType.Field == "" {
			return fmt.Sprintf("The line is a JSON %s instead of an order.", wrongType.Value)
		}
		return fmt.Sprintf("The field %s cannot be a JSON %s.", wrongType.Field, wrongType.Value)
	}
	if errors.As(err, &wrongTime) && order != nil {
		return order.BrokenTime() + " must be a time such as 2012-08-16T12:00:00Z (RFC 3339)."
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fmt.Sprintf("An order has no field %s.", field)
	}
	return "The line is not valid JSON."
}

func badLine(message string) error { return fault.New(fault.Invalid, "order.bad_line", message) }

// lineDetail puts all that is wrong with a line into one.
func lineDetail(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "The order was not taken."
	}
	if len(f.Fields) == 0 {
		return f.Message
	}
	details := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		details[i] = field.Location + ": " + field.Message
	}
	return strings.Join(details, " ")
}
