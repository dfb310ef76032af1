package accounts_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// together runs f n times at once.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = f(i) })
	}
	wait.Wait()
	return errs
}

// succeeded counts who did, and checks the kind of the others' errors.
func succeeded(t *testing.T, errs []error, others fault.Kind) (n int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		wantKind(t, err, others)
	}
	return n
}

func passwordLink(t *testing.T, s *accounts.Service, id int64) string {
	t.Helper()
	link, err := s.PasswordLink(t.Context(), accounts.System(), id)
	if err != nil || len(link.Token) < 20 || link.Person.ID != id {
		t.Fatal(link, err)
	}
	return link.Token
}

func wantDead(t *testing.T, s *accounts.Service, token string) {
	t.Helper()
	_, err := s.CheckPasswordLink(t.Context(), token)
	wantKind(t, err, fault.NotFound)
	_, err = s.ChoosePassword(t.Context(), token, newPassword)
	wantKind(t, err, fault.NotFound)
}

func TestPasswordLink(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		lei, actor := member(t, s, "lei@example.com")
		lin, _ := member(t, s, "lin@example.com")
		older, others := passwordLink(t, s, lei.ID), passwordLink(t, s, lin.ID)
		token := passwordLink(t, s, lei.ID)
		wantActions(t, s, "person.password_link")
		for _, bad := range []string{older, "", "x", "\x00\xff' OR 1=1", strings.ToLower(token)} {
			wantDead(t, s, bad)
		}
		setup, err := s.SetupToken(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		wantDead(t, s, setup) // of another purpose
		wantKind(t, s.CheckSetupToken(t.Context(), token), fault.NotFound)
		wantHashed(t, db, token)

		for range 2 { // looking spends nothing
			if person, err := s.CheckPasswordLink(t.Context(), token); err != nil || person.ID != lei.ID {
				t.Errorf("%+v, %v", person, err)
			}
		}
		_, err = s.ChoosePassword(t.Context(), token, "lei@example.com")
		wantFields(t, err, fault.Invalid, "password") // nor does what fails
		renewed, err := s.ChoosePassword(t.Context(), token, newPassword)
		if err != nil {
			t.Fatal(err)
		}
		wantActions(t, s, "person.password")
		wantSessions(t, s, lei, renewed)
		wantPassword(t, s, "lei@example.com", newPassword, password)
		wantDead(t, s, token)
		if _, err := s.CheckPasswordLink(t.Context(), others); err != nil {
			t.Errorf("somebody else's link: %v", err)
		}
		_, err = s.PasswordLink(t.Context(), actor, lin.ID)
		wantKind(t, err, fault.Forbidden)
	})
}

// wantHashed fails when the token itself is kept.
func wantHashed(t *testing.T, db *storage.DB, token string) {
	t.Helper()
	var kept int64
	err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Table("one_time_links").Where("hash = ?", []byte(token)).Count(&kept).Error
	})
	if kept != 0 || err != nil {
		t.Errorf("the token is kept as it is, %v", err)
	}
}

func TestPasswordLinksForWhomAndHowLong(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		lei, _ := member(t, s, "lei@example.com")
		_, admin := create(t, s, "admin@example.com", accounts.Admin)
		key, _, err := s.CreateKey(t.Context(), accounts.System(), "shop", accounts.Admin)
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[int64]fault.Kind{admin.PersonID: fault.Forbidden, key.PersonID: fault.NotFound, 999: fault.NotFound} {
			_, err := s.PasswordLink(t.Context(), admin, id)
			wantKind(t, err, want)
		}
		token := passwordLink(t, s, lei.ID)
		if _, err := s.SetBlocked(t.Context(), admin, lei.ID, true); err != nil {
			t.Fatal(err)
		}
		wantDead(t, s, token)
		_, err = s.PasswordLink(t.Context(), admin, lei.ID)
		wantKind(t, err, fault.Conflict)
		if _, err := s.SetBlocked(t.Context(), admin, lei.ID, false); err != nil {
			t.Fatal(err)
		}
		clock.Advance(7*24*time.Hour - time.Microsecond)
		if _, err := s.CheckPasswordLink(t.Context(), token); err != nil {
			t.Errorf("at the last instant: %v", err)
		}
		clock.Advance(time.Microsecond)
		wantDead(t, s, token)
	})
}

func TestAPasswordLinkIsGoodOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		lei, _ := member(t, s, "lei@example.com")
		token := passwordLink(t, s, lei.ID)
		errs := together(4, func(int) error {
			_, err := s.ChoosePassword(t.Context(), token, newPassword)
			return err
		})
		if n := succeeded(t, errs, fault.NotFound); n != 1 {
			t.Errorf("%d passwords by one link", n)
		}
		tokens := make([]string, 4)
		for i, err := range together(len(tokens), func(i int) error {
			link, err := s.PasswordLink(t.Context(), accounts.System(), lei.ID)
			tokens[i] = link.Token
			return err
		}) {
			if err != nil {
				t.Errorf("link %d: %v", i, err)
			}
		}
		errs = together(len(tokens), func(i int) error { _, err := s.CheckPasswordLink(t.Context(), tokens[i]); return err })
		if n := succeeded(t, errs, fault.NotFound); n != 1 {
			t.Errorf("%d of the links made at once work", n)
		}
	})
}
