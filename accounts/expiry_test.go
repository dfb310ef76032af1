package accounts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// Each threshold is told of once, to each admin and each person of marketing,
// and again when the mail was not sent.
func TestExpiryWarnings(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		_, admin := create(t, s, "admin@example.com", accounts.Admin)
		_, marketing := create(t, s, "marketing@example.com", accounts.Marketing)
		for _, role := range []accounts.Role{accounts.Product, accounts.Moderator, accounts.Fan} {
			create(t, s, string(role)+"@example.com", role)
		}
		blocked, _ := create(t, s, "gone@example.com", accounts.Marketing)
		if _, err := s.SetBlocked(t.Context(), admin, blocked.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.CreateKey(t.Context(), admin, "store", accounts.Marketing); err != nil {
			t.Fatal(err)
		}
		ends := clock.Now().Add(10 * 24 * time.Hour)
		connect := func(remoteID, renewal string) {
			t.Helper()
			draft := accountDraft()
			draft.RemoteID, draft.Renewal, draft.ExpiresAt = remoteID, renewal, &ends
			if _, err := s.ConnectNetworkAccount(t.Context(), marketing, draft); err != nil {
				t.Fatal(err)
			}
		}
		connect("1", accounts.RenewBySignIn)
		connect("2", accounts.RenewByItself)
		wants := func(left time.Duration, want ...string) (due []accounts.ExpiryWarning) {
			t.Helper()
			clock.Set(ends.Add(-left))
			due, err := s.ExpiryWarnings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range due {
				got = append(got, fmt.Sprintf("%s %s %d", w.Account.RemoteID, w.Person.Email, w.Days))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v before the end: %s", left, diff)
			}
			return due
		}
		const day = 24 * time.Hour
		wants(7*day + time.Second)
		due := wants(7*day, "1 admin@example.com 7", "1 marketing@example.com 7")
		for range 2 { // twice is once
			if err := s.ExpiryWarned(t.Context(), due[0]); err != nil {
				t.Fatal(err)
			}
		}
		due = wants(4*day, "1 marketing@example.com 7") // tried again
		if err := s.ExpiryWarned(t.Context(), due[0]); err != nil {
			t.Fatal(err)
		}
		wants(3*day + time.Second)
		wants(3*day, "1 admin@example.com 3", "1 marketing@example.com 3")
		due = wants(day, "1 admin@example.com 1", "1 marketing@example.com 1")
		for _, w := range due {
			if err := s.ExpiryWarned(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		wants(time.Second)
		wants(0)
		wants(-day)
		wants(2 * day) // the last mail stands for the one that was never sent

		ends = ends.Add(30 * day)
		connect("1", accounts.RenewBySignIn) // begins anew
		wants(7*day, "1 admin@example.com 7", "1 marketing@example.com 7")

		list, err := s.ExpiringAccounts(t.Context(), accounts.ExpiryBanner)
		if err != nil || len(list) != 1 || list[0].RemoteID != "1" || list[0].Sealed != nil {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
