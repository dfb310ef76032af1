package web

import (
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"
)

// Huma's own checks speak as ours do. It reads these once, as schemas are made.
func init() {
	validation.MsgUnexpectedProperty = "There is no such field."
	validation.MsgExpectedRFC3339DateTime = wrongTime
	validation.MsgExpectedBoolean = "This must be true or false."
	validation.MsgExpectedNumber = "This must be a number."
	validation.MsgExpectedInteger = wrongInteger
	validation.MsgExpectedString = "This must be text."
	validation.MsgExpectedArray = "This must be a list."
	validation.MsgExpectedObject = "This must be a JSON object."
	validation.MsgExpectedOneOf = `This must be one of "%s".`
	validation.MsgExpectedMinimumNumber = "This must be %v at least."
	validation.MsgExpectedMaximumNumber = "This must be %v at the most."
	validation.MsgExpectedMinLength = "This must have %d characters at least."
	validation.MsgExpectedMaxLength = "This must have %d characters at the most."
	validation.MsgExpectedMinItems = "This list must have %d entries at least."
	validation.MsgExpectedMaxItems = "This list must have %d entries at the most."
}

const (
	wrongTime    = "Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z."
	wrongInteger = "This must be a whole number."
	isMissing    = "This field is missing."
)

// plainWords says what Huma has no words to set for.
func plainWords(message string) string {
	switch {
	case message == "validation failed":
		return "Some fields need your attention."
	case message == "request body is required":
		return "The body is missing."
	case strings.HasPrefix(message, "required ") && strings.HasSuffix(message, " is missing"): // of an address or a header
		return isMissing
	case message == "invalid integer":
		return wrongInteger
	case strings.HasPrefix(message, "invalid date/time"):
		return wrongTime + " In an address, + is written %2B."
	}
	return message
}
