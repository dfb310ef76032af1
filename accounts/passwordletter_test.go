package accounts_test

import (
	"errors"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// postbox keeps the letters that are to be sent.
func postbox(s *accounts.Service) *[]accounts.PasswordLetter {
	var letters []accounts.PasswordLetter
	s.SendLetters(func(_ *storage.Tx, letter accounts.PasswordLetter) error {
		letters = append(letters, letter)
		return nil
	})
	return &letters
}

func TestForgotPassword(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		lei, _ := member(t, s, "lei@example.com")
		blocked, _ := member(t, s, "blocked@example.com")
		if _, err := s.SetBlocked(t.Context(), accounts.System(), blocked.ID, true); err != nil {
			t.Fatal(err)
		}
		wantKind(t, s.ForgotPassword(t.Context(), "lei@example.com"), fault.NotFound) // no mail here
		letters := postbox(s)
		wantFields(t, s.ForgotPassword(t.Context(), "lei"), fault.Invalid, "email")
		asked := clock.Now()
		for _, email := range []string{" LEI@example.com", "nobody@example.com", "blocked@example.com"} {
			if err := s.ForgotPassword(t.Context(), email); err != nil {
				t.Errorf("%s: %v", email, err)
			}
		}
		if len(*letters) != 3 { // as much work for nobody
			t.Fatalf("%d letters", len(*letters))
		}
		for i, want := range []int64{lei.ID, 0, 0} {
			if got := (*letters)[i]; got != (accounts.PasswordLetter{PersonID: want, AskedAt: asked}) {
				t.Errorf("letter %d is %+v", i, got)
			}
		}
		_, err := s.PasswordLetterLink(t.Context(), (*letters)[1])
		wantKind(t, err, fault.NotFound)

		before := passwordLink(t, s, lei.ID)
		clock.Advance(10 * time.Minute)
		link, err := s.PasswordLetterLink(t.Context(), (*letters)[0])
		if err != nil || link.Person.ID != lei.ID || !link.ExpiresAt.Equal(clock.Now().Add(time.Hour)) {
			t.Fatalf("%+v, %v", link, err)
		}
		wantActions(t, s, "person.password_letter")
		wantDead(t, s, before)
		clock.Advance(time.Hour - time.Microsecond)
		if _, err := s.CheckPasswordLink(t.Context(), link.Token); err != nil {
			t.Errorf("at the last instant: %v", err)
		}
		clock.Advance(time.Microsecond)
		wantDead(t, s, link.Token)
		_, err = s.PasswordLetterLink(t.Context(), (*letters)[0])
		wantKind(t, err, fault.NotFound) // nobody waits for it any more
	})
}

func TestLettersGoToNobodyWhoIsBlockedSince(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		letters := postbox(s)
		lei, _ := member(t, s, "lei@example.com")
		if err := s.ForgotPassword(t.Context(), "lei@example.com"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetBlocked(t.Context(), accounts.System(), lei.ID, true); err != nil {
			t.Fatal(err)
		}
		_, err := s.PasswordLetterLink(t.Context(), (*letters)[0])
		wantKind(t, err, fault.NotFound)
	})
}

// TestLettersAreLimited: the same for those whom nobody knows.
func TestLettersAreLimited(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock()
	s := newService(t, storagetest.Open(t, storage.SQLite, clock))
	member(t, s, "lei@example.com")
	postbox(s)
	for _, email := range []string{"lei@example.com", "nobody@example.com"} {
		for range 3 {
			if err := s.ForgotPassword(t.Context(), email); err != nil {
				t.Errorf("%s: %v", email, err)
			}
		}
		var limited *fault.Error
		if err := s.ForgotPassword(t.Context(), email); !errors.As(err, &limited) || limited.Kind != fault.Limited || limited.RetryAfter != time.Hour {
			t.Errorf("%s: %v", email, err)
		}
	}
	clock.Advance(time.Hour)
	if err := s.ForgotPassword(t.Context(), "lei@example.com"); err != nil {
		t.Error(err)
	}
}

func TestInvite(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		_, admin := create(t, s, "admin@example.com", accounts.Admin)
		_, fan := create(t, s, "fan@example.com", accounts.Fan)
		draft := accounts.PersonDraft{Email: "lin@example.com", Name: "Lin", Role: accounts.Product}
		_, err := s.Invite(t.Context(), fan, draft)
		wantKind(t, err, fault.Forbidden)
		link, err := s.Invite(t.Context(), admin, draft)
		if err != nil || link.Token == "" {
			t.Fatalf("without mail: %+v, %v", link, err)
		}
		wantActions(t, s, "person.password_link", "person.create")
		_, err = s.Invite(t.Context(), admin, draft)
		wantFields(t, err, fault.Conflict, "email")

		letters := postbox(s)
		draft.Email = "lei@example.com"
		link, err = s.Invite(t.Context(), admin, draft)
		want := accounts.PasswordLetter{PersonID: link.Person.ID, Invited: true, AskedAt: clock.Now()}
		if err != nil || link.Token != "" || len(*letters) != 1 || (*letters)[0] != want {
			t.Fatalf("with mail: %+v, %+v, %v", link, *letters, err)
		}
		wantActions(t, s, "person.create")
		link, err = s.PasswordLetterLink(t.Context(), want)
		if err != nil || !link.ExpiresAt.Equal(clock.Now().Add(7*24*time.Hour)) {
			t.Fatalf("%+v, %v", link, err)
		}
		if _, err := s.ChoosePassword(t.Context(), link.Token, newPassword); err != nil {
			t.Fatal(err)
		}
		wantPassword(t, s, "lei@example.com", newPassword, password)
	})
}
