package accounts_test

import (
	"sync"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

var firstAdmin = accounts.PersonDraft{Email: "admin@example.com", Name: "Admin", Role: accounts.Fan, Password: password}

func wantNeedsAdmin(t *testing.T, s *accounts.Service, want bool) {
	t.Helper()
	if got, err := s.NeedsAdmin(t.Context()); got != want || err != nil {
		t.Errorf("needs an admin: %v, %v; want %v", got, err, want)
	}
}

func setupToken(t *testing.T, s *accounts.Service) string {
	t.Helper()
	token, err := s.SetupToken(t.Context(), time.Hour)
	if err != nil || len(token) < 20 {
		t.Fatal(token, err)
	}
	return token
}

func TestSetup(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		create(t, s, "fan@example.com", accounts.Fan)
		create(t, s, "nopassword@example.com", accounts.Admin)
		if _, _, err := s.CreateKey(t.Context(), accounts.System(), "shop", accounts.Admin); err != nil {
			t.Fatal(err)
		}
		wantNeedsAdmin(t, s, true) // none of them could sign in to administer

		token := setupToken(t, s)
		if err := s.CheckSetupToken(t.Context(), token); err != nil {
			t.Error(err)
		}
		incomplete := firstAdmin
		incomplete.Password = ""
		_, err := s.Setup(t.Context(), token, incomplete)
		wantFields(t, err, fault.Invalid, "password")

		admin, err := s.Setup(t.Context(), token, firstAdmin)
		if err != nil || admin.Role != accounts.Admin {
			t.Fatalf("%+v, %v", admin, err)
		}
		wantNeedsAdmin(t, s, false)
		wantActions(t, s, "setup.admin", "setup.link")
		if _, err := s.SignIn(t.Context(), firstAdmin.Email, password); err != nil {
			t.Error(err)
		}
		wantKind(t, s.CheckSetupToken(t.Context(), token), fault.NotFound)
		_, err = s.Setup(t.Context(), token, firstAdmin)
		wantKind(t, err, fault.NotFound)
		_, err = s.SetupToken(t.Context(), time.Hour)
		wantKind(t, err, fault.Conflict)
	})
}

func TestSetupTokensEnd(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		older := setupToken(t, s)
		token := setupToken(t, s)
		for name, bad := range map[string]string{"replaced": older, "empty": "", "unknown": "x", "hostile": "\x00\xff' OR 1=1"} {
			_, err := s.Setup(t.Context(), bad, firstAdmin)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		clock.Advance(time.Hour - time.Microsecond)
		if err := s.CheckSetupToken(t.Context(), token); err != nil {
			t.Errorf("at the last instant: %v", err)
		}
		clock.Advance(time.Microsecond)
		wantKind(t, s.CheckSetupToken(t.Context(), token), fault.NotFound)
		_, err := s.Setup(t.Context(), token, firstAdmin)
		wantKind(t, err, fault.NotFound)
		wantNeedsAdmin(t, s, true)
	})
}

func TestAnAdminEndsTheSetup(t *testing.T) {
	t.Parallel()
	s := newService(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	token := setupToken(t, s)
	byHand := accounts.PersonDraft{Email: "hand@example.com", Name: "By hand", Role: accounts.Admin, Password: password}
	if _, err := s.CreatePerson(t.Context(), accounts.System(), byHand); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.CheckSetupToken(t.Context(), token), fault.NotFound)
	_, err := s.Setup(t.Context(), token, firstAdmin)
	wantKind(t, err, fault.NotFound)
}

func TestSetupHappensOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		token := setupToken(t, s)
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			draft := firstAdmin
			draft.Email = string(rune('a'+i)) + "@example.com"
			wait.Go(func() { _, errs[i] = s.Setup(t.Context(), token, draft) })
		}
		wait.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
			} else {
				wantKind(t, err, fault.NotFound)
			}
		}
		people, err := s.People(t.Context(), accounts.Everybody, 0, "")
		if made != 1 || len(people.Items) != 1 || err != nil {
			t.Errorf("%d setups succeeded and made %d people, %v", made, len(people.Items), err)
		}
	})
}
