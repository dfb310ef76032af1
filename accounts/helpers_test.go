package accounts_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	_ "time/tzdata" // main brings it along in the program
	"unicode/utf8"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

var secret = bytes.Repeat([]byte{7}, 32)

const password = "correct horse battery"

func newService(t *testing.T, db *storage.DB) *accounts.Service {
	t.Helper()
	s := accounts.New(db, secret)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func create(t *testing.T, s *accounts.Service, email string, role accounts.Role) (accounts.Person, accounts.Actor) {
	t.Helper()
	person, err := s.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: email, Name: "Lei", Role: role})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := s.Actor(t.Context(), person.ID)
	if err != nil {
		t.Fatal(err)
	}
	return person, actor
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if !fault.Is(err, want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// wantFields checks that err is of a kind and names just these fields, with
// words for each.
func wantFields(t *testing.T, err error, kind fault.Kind, locations ...string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != kind || len(e.Fields) != len(locations) {
		t.Errorf("got %v, want %s naming %q", err, kind, locations)
		return
	}
	for i, field := range e.Fields {
		if field.Location != locations[i] || field.Key == "" || field.Message == "" {
			t.Errorf("field %d is %+v, want %s with its words", i, field, locations[i])
		}
	}
}

// wantActions checks the end of the audit trail, newest first.
func wantActions(t *testing.T, s *accounts.Service, want ...string) {
	t.Helper()
	trail, err := s.AuditTrail(t.Context(), 100, "")
	if err != nil || len(trail.Items) < len(want) {
		t.Fatalf("%d audit events, %v", len(trail.Items), err)
	}
	for i, action := range want {
		if e := trail.Items[i]; e.Action != action || !utf8.ValidString(e.Subject) || e.Subject == "" {
			t.Errorf("event %d is %+v, want %s", i, e, action)
		}
	}
}
