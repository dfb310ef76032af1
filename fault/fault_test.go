package fault

import (
	"errors"
	"testing"
)

func TestErrorsForTheLog(t *testing.T) {
	t.Parallel()
	var wrong Fields
	wrong.Add("due_at", "", "This is past.", nil, nil)
	for want, err := range map[string]error{
		"This file cannot be used: no such file":                   &Error{Message: "This file cannot be used.", Err: errors.New("no such file")},
		"This file cannot be used.":                                New(Invalid, "", "This file cannot be used."),
		"Some fields need your attention. [due_at: This is past.]": wrong.Err(),
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
