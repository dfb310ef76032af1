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

func TestSignIn(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		lei, err := s.SignUp(t.Context(), accounts.PersonDraft{Email: "lei@example.com", Name: "Lei", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		create(t, s, "nopassword@example.com", accounts.Admin)
		_, _, err = s.CreateKey(t.Context(), accounts.System(), "shop", accounts.Admin)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.SignIn(t.Context(), " LEI@example.com", password); err != nil || got.ID != lei.ID {
			t.Errorf("%+v, %v", got, err)
		}
		for _, c := range [][2]string{
			{"lei@example.com", "Correct horse battery"},
			{"lei@example.com", ""},
			{"lei@example.com", strings.Repeat("x", 1<<20)},
			{"nobody@example.com", password},
			{"nopassword@example.com", ""},
			{"nopassword@example.com", password},
			{"", ""}, // the email of every service person
			{"", password},
			{strings.Repeat("x", 1<<20), password},
			{"\x00", password},
			{"\xff", password},
		} {
			_, err := s.SignIn(t.Context(), c[0], c[1])
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%.30q with %.30q: %v", c[0], c[1], err)
			}
		}
		if _, err := s.SetBlocked(t.Context(), accounts.System(), lei.ID, true); err != nil {
			t.Fatal(err)
		}
		_, err = s.SignIn(t.Context(), "lei@example.com", password)
		wantKind(t, err, fault.Unauthenticated)
	})
}

func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock()
	s := newService(t, storagetest.Open(t, storage.SQLite, clock))
	if _, err := s.SignUp(t.Context(), accounts.PersonDraft{Email: "lei@example.com", Name: "Lei", Password: password}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		_, err := s.SignIn(t.Context(), "lei@example.com", "wrong password")
		wantKind(t, err, fault.Unauthenticated)
	}
	clock.Advance(5 * time.Minute)
	_, err := s.SignIn(t.Context(), "Lei@example.com ", password)
	var limited *fault.Error
	if !errors.As(err, &limited) || limited.Kind != fault.Limited || limited.RetryAfter != 10*time.Minute {
		t.Errorf("the right password after ten wrong ones: %v", err)
	}
	clock.Advance(10 * time.Minute)
	if _, err := s.SignIn(t.Context(), "lei@example.com", password); err != nil {
		t.Errorf("after RetryAfter: %v", err)
	}
}
