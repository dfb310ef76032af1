package accounts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

const newPassword = "staple battery horse"

// member makes somebody with a password.
func member(t *testing.T, s *accounts.Service, email string) (accounts.Person, accounts.Actor) {
	t.Helper()
	person, err := s.SignUp(t.Context(), accounts.PersonDraft{Email: email, Name: "Lei", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return person, accounts.Actor{PersonID: person.ID, Role: person.Role}
}

// wantSessions checks that a session of the old epoch has ended and that one of
// the new one goes on.
func wantSessions(t *testing.T, s *accounts.Service, old, renewed accounts.Person) {
	t.Helper()
	_, err := s.SessionActor(t.Context(), old.ID, old.SessionEpoch)
	wantKind(t, err, fault.Unauthenticated)
	if _, err := s.SessionActor(t.Context(), renewed.ID, renewed.SessionEpoch); err != nil {
		t.Errorf("the session that stays: %v", err)
	}
}

func wantPassword(t *testing.T, s *accounts.Service, email, right, wrong string) {
	t.Helper()
	if _, err := s.SignIn(t.Context(), email, right); err != nil {
		t.Errorf("the new password: %v", err)
	}
	_, err := s.SignIn(t.Context(), email, wrong)
	wantKind(t, err, fault.Unauthenticated)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		lei, actor := member(t, s, "lei@example.com")
		other, _ := member(t, s, "lin@example.com")
		_, key, err := s.CreateKey(t.Context(), accounts.System(), "shop", accounts.Marketing)
		if err != nil {
			t.Fatal(err)
		}
		link, err := s.PasswordLink(t.Context(), accounts.System(), lei.ID)
		if err != nil {
			t.Fatal(err)
		}

		_, err = s.ChangePassword(t.Context(), actor, "wrong password", newPassword)
		wantFields(t, err, fault.Invalid, "current_password")
		_, err = s.ChangePassword(t.Context(), actor, password, "short")
		wantFields(t, err, fault.Invalid, "password")
		_, err = s.ChangePassword(t.Context(), actor, strings.Repeat("x", 1<<20), "Lei@Example.com ")
		wantFields(t, err, fault.Invalid, "current_password", "password")
		_, err = s.ChangePassword(t.Context(), accounts.System(), password, newPassword)
		wantKind(t, err, fault.Forbidden)
		byKey := actor
		byKey.KeyID = 1
		_, err = s.ChangePassword(t.Context(), byKey, password, newPassword)
		wantKind(t, err, fault.Forbidden)
		if _, err := s.SessionActor(t.Context(), lei.ID, lei.SessionEpoch); err != nil {
			t.Errorf("what failed ended a session: %v", err)
		}

		renewed, err := s.ChangePassword(t.Context(), actor, password, newPassword)
		if err != nil {
			t.Fatal(err)
		}
		wantActions(t, s, "person.password", "person.password_link")
		wantSessions(t, s, lei, renewed)
		wantPassword(t, s, "lei@example.com", newPassword, password)
		_, err = s.CheckPasswordLink(t.Context(), link.Token)
		wantKind(t, err, fault.NotFound)
		if _, err := s.SessionActor(t.Context(), other.ID, other.SessionEpoch); err != nil {
			t.Errorf("somebody else's session: %v", err)
		}
		if _, err := s.KeyActor(t.Context(), key); err != nil {
			t.Errorf("an API key: %v", err)
		}
		if _, err := s.SetBlocked(t.Context(), accounts.System(), lei.ID, true); err != nil {
			t.Fatal(err)
		}
		_, err = s.SessionActor(t.Context(), lei.ID, renewed.SessionEpoch)
		wantKind(t, err, fault.Unauthenticated)
	})
}

// TestGuessingAtPasswordsIsLimited: whoever finds a session has no more guesses
// than at sign-in, and the right password gives them back.
func TestGuessingAtPasswordsIsLimited(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock()
	s := newService(t, storagetest.Open(t, storage.SQLite, clock))
	_, actor := member(t, s, "lei@example.com")
	for range 5 {
		_, err := s.SignIn(t.Context(), "lei@example.com", "wrong password")
		wantKind(t, err, fault.Unauthenticated)
		_, err = s.ChangePassword(t.Context(), actor, "wrong password", newPassword)
		wantKind(t, err, fault.Invalid)
	}
	_, err := s.ChangePassword(t.Context(), actor, password, newPassword)
	var limited *fault.Error
	if !errors.As(err, &limited) || limited.Kind != fault.Limited || limited.RetryAfter != 15*time.Minute {
		t.Errorf("the right password after ten wrong ones: %v", err)
	}
	_, err = s.SignIn(t.Context(), "lei@example.com", password)
	wantKind(t, err, fault.Limited)
	link, err := s.PasswordLink(t.Context(), accounts.System(), actor.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChoosePassword(t.Context(), link.Token, newPassword); err != nil {
		t.Fatal(err)
	}
	wantPassword(t, s, "lei@example.com", newPassword, password) // forgiven with the new one
}

func TestTwoChangesAtOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		_, actor := member(t, s, "lei@example.com")
		errs := together(4, func(int) error {
			_, err := s.ChangePassword(t.Context(), actor, password, newPassword)
			return err
		})
		if n := succeeded(t, errs, fault.Invalid); n != 1 {
			t.Errorf("%d changes from one password to another", n)
		}
	})
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		lei, actor := member(t, s, "lei@example.com")
		_, err := s.SetPassword(t.Context(), actor, "lei@example.com", newPassword, false)
		wantKind(t, err, fault.Forbidden)
		_, err = s.SetPassword(t.Context(), accounts.System(), "nobody@example.com", newPassword, false)
		wantKind(t, err, fault.NotFound)
		_, err = s.SetPassword(t.Context(), accounts.System(), "lei", "short", false)
		wantFields(t, err, fault.Invalid, "email", "password")
		if _, err := s.SetBlocked(t.Context(), accounts.System(), lei.ID, true); err != nil {
			t.Fatal(err)
		}
		_, err = s.SetPassword(t.Context(), accounts.System(), "lei@example.com", newPassword, false)
		wantKind(t, err, fault.Conflict)

		renewed, err := s.SetPassword(t.Context(), accounts.System(), " LEI@example.com", newPassword, true)
		if err != nil {
			t.Fatal(err)
		}
		wantActions(t, s, "person.password", "person.unblock", "person.block")
		wantSessions(t, s, lei, renewed)
		wantPassword(t, s, "lei@example.com", newPassword, password)
	})
}
