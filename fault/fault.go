// Package fault holds the one error type that crosses package borders: what
// kind of failure it is, what to tell the person who caused it, and which
// fields of their input are wrong. The cause stays inside Err, for the log
// alone.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is what a caller can do about a failure.
type Kind string

// The kinds, each with the reaction it asks for.
const (
	Invalid         Kind = "invalid"         // mend the input
	Unauthenticated Kind = "unauthenticated" // sign in, or send a key
	Forbidden       Kind = "forbidden"       // ask somebody whose role allows it
	NotFound        Kind = "not_found"       // look elsewhere
	TooLarge        Kind = "too_large"       // send less at once
	Conflict        Kind = "conflict"        // something else is there already
	Limited         Kind = "limited"         // come back after RetryAfter
	Unavailable     Kind = "unavailable"     // try again later: nothing was done
	Internal        Kind = "internal"        // our mistake
)

// Args fill the {{.Name}} places of a translated message.
type Args map[string]any

// Field is one wrong value of the input.
type Field struct {
	Location string // name of the field as the API spells it, such as "due_at"
	Key      string // key of the translation in web/locales; may be empty
	Message  string // in English, a whole sentence
	Args     Args   // for the translation
	Value    any    // what was sent; nil for secrets
}

// Error is the error that packages return to one another.
type Error struct {
	Kind       Kind
	Key        string // key of the translation in web/locales; may be empty
	Message    string // in English, a whole sentence for the person who asked
	Args       Args   // for the translation
	Fields     []Field
	RetryAfter time.Duration // with Limited and Unavailable; 0 when unknown
	Err        error         // the cause: logged, never shown
}

// Error gives the message, the fields and the cause, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Location, f.Message)
	}
	if e.Err != nil {
		return strings.TrimSuffix(b.String(), ".") + ": " + e.Err.Error()
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind with the key and the English text of its message.
func New(kind Kind, key, message string) *Error {
	return &Error{Kind: kind, Key: key, Message: message}
}

// Wrap makes an Internal error around a cause; nil stays nil and an *Error
// stays as it is, so that it can stand at every return.
func Wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return &Error{
		Kind: Internal, Key: "fault.internal",
		Message: "Something went wrong on our side. Nothing was lost; please try again.",
		Err:     fmt.Errorf("%s: %w", doing, err),
	}
}

// KindOf gives the kind of err: Internal for an error that is no *Error, ""
// for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is tells whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Fields collects what is wrong with an input, so that a person sees all of
// it at once.
type Fields []Field

// Add notes one wrong field.
func (f *Fields) Add(location, key, message string, value any, args Args) {
	*f = append(*f, Field{Location: location, Key: key, Message: message, Value: value, Args: args})
}

// Err gives an Invalid error with the fields, or nil when there are none.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{
		Kind: Invalid, Key: "fault.invalid",
		Message: "Some fields need your attention.", Fields: f,
	}
}
