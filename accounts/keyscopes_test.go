package accounts_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestAKeyCanBeConfined(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		key, text, err := s.CreateKeyWith(t.Context(), accounts.System(), accounts.KeyDraft{
			Name: "Shop", Role: accounts.Marketing, Rate: 5,
			Scopes: accounts.Scopes{accounts.ScopeReports, accounts.ScopeOrders, accounts.ScopeReports},
		})
		want := accounts.Scopes{accounts.ScopeOrders, accounts.ScopeReports}
		if err != nil || !cmp.Equal(key.Scopes, want) {
			t.Fatalf("%+v, %v", key, err)
		}
		listed, err := s.Keys(t.Context())
		if diff := cmp.Diff([]accounts.Key{key}, listed); err != nil || diff != "" {
			t.Error(err, diff)
		}
		actor, err := s.KeyActor(t.Context(), text)
		if err != nil || actor.Store != "" || !cmp.Equal(actor.Scopes, want) {
			t.Fatalf("%+v, %v", actor, err)
		}
		for scope, allowed := range map[accounts.Scope]bool{accounts.ScopeOrders: true, accounts.ScopeReports: true, accounts.ScopePosts: false} {
			if err := actor.InScope(scope); (err == nil) != allowed || err != nil && !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", scope, err)
			}
		}
		wantKind(t, actor.InScope(), fault.Forbidden)
		if err := (accounts.Actor{}).InScope(); err != nil {
			t.Errorf("an actor without scopes is confined: %v", err)
		}
	})
}

func TestAKeyOfAStoreIsForItsOrdersAlone(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		draft := accounts.KeyDraft{Name: "Shop", Role: accounts.Admin, Store: "hk"}
		key, text, err := s.CreateKeyWith(t.Context(), accounts.System(), draft)
		if want := (accounts.Scopes{accounts.ScopeOrders}); err != nil || !cmp.Equal(key.Scopes, want) {
			t.Fatalf("%+v, %v", key, err)
		}
		actor, err := s.KeyActor(t.Context(), text)
		if err != nil || actor.Store != "hk" || !actor.MaySee("hk") || actor.MaySee("cn") {
			t.Fatalf("%+v, %v", actor, err)
		}
		if err := actor.RequireStore("hk"); err != nil {
			t.Error(err)
		}
		wantFields(t, actor.RequireStore("cn"), fault.Forbidden, "store")
		draft.Scopes = accounts.Scopes{accounts.ScopeOrders, accounts.ScopeReports}
		_, _, err = s.CreateKeyWith(t.Context(), accounts.System(), draft)
		wantFields(t, err, fault.Invalid, "scopes")
		for _, scopes := range []accounts.Scopes{nil, draft.Scopes} { // keys as they once were made
			actor.Scopes = scopes
			for scope, allowed := range map[accounts.Scope]bool{accounts.ScopeOrders: true, accounts.ScopeReports: false, accounts.ScopeIdeas: false} {
				if err := actor.InScope(scope); (err == nil) != allowed {
					t.Errorf("%v: %s: %v", scopes, scope, err)
				}
			}
			wantKind(t, actor.InScope(), fault.Forbidden)
		}
	})
}

func TestConfinedKeysAreChecked(t *testing.T) {
	t.Parallel()
	s := newService(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	for _, draft := range []accounts.KeyDraft{
		{Scopes: accounts.Scopes{"root"}, Store: "a\nb", Rate: -1},
		{Scopes: accounts.Scopes{"orders reports"}, Store: string(make([]byte, 101)), Rate: 100_001},
	} {
		draft.Name, draft.Role = "Shop", accounts.Marketing
		_, _, err := s.CreateKeyWith(t.Context(), accounts.System(), draft)
		wantFields(t, err, fault.Invalid, "scopes", "store", "rate")
	}
	_, _, err := s.CreateKeyWith(t.Context(), accounts.Actor{Role: accounts.Marketing}, accounts.KeyDraft{})
	wantKind(t, err, fault.Forbidden)
}

func TestAKeyHasItsRate(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		_, text, err := s.CreateKeyWith(t.Context(), accounts.System(), accounts.KeyDraft{Name: "Shop", Role: accounts.Marketing, Rate: 3})
		if err != nil {
			t.Fatal(err)
		}
		for n, wait := range []time.Duration{0, 0, 0, 0, 334 * time.Millisecond, 0, 10 * time.Second, 0, 0, 0} {
			clock.Advance(wait)
			_, err := s.KeyActor(t.Context(), text)
			limited := n == 3 || n == 5 || n == 9
			var f *fault.Error
			if limited && (!errors.As(err, &f) || f.Kind != fault.Limited || f.RetryAfter != time.Second) || !limited && err != nil {
				t.Errorf("call %d: %v, want limited %v", n, err, limited)
			}
		}
	})
}

func TestAKeyIsRotatedWithoutAGap(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		here, elsewhere := newService(t, db), newService(t, db)
		key, first := createKey(t, here, "shop", accounts.Marketing)
		works := func(text string, want bool) {
			t.Helper()
			for _, s := range []*accounts.Service{here, elsewhere} {
				actor, err := s.KeyActor(t.Context(), text)
				if want && (err != nil || actor.KeyID != key.ID) || !want && !fault.Is(err, fault.Unauthenticated) {
					t.Errorf("%+v, %v; want %v", actor, err, want)
				}
			}
		}
		works(first, true)
		rotated, second, err := here.RotateKey(t.Context(), accounts.System(), key.ID, time.Hour)
		if err != nil || rotated.ID != key.ID || rotated.Role != key.Role || second == first || rotated.Hint != second[43:] || !rotated.OldEndsAt.Equal(clock.Now().Add(time.Hour)) {
			t.Fatalf("%+v, %v", rotated, err)
		}
		works(first, true)
		works(second, true)
		clock.Advance(time.Hour - time.Second)
		works(first, true)
		clock.Advance(time.Second) // to the instant, though both have it in memory
		works(first, false)
		works(second, true)

		_, third, err := here.RotateKey(t.Context(), accounts.System(), key.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		_, fourth, err := here.RotateKey(t.Context(), accounts.System(), key.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(5 * time.Second)
		works(second, false)
		works(third, false)
		works(fourth, true)
		wantActions(t, here, "key.rotate", "key.rotate", "key.rotate", "key.create")
		if err := here.RevokeKey(t.Context(), accounts.System(), key.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err = here.RotateKey(t.Context(), accounts.System(), key.ID, time.Hour)
		wantKind(t, err, fault.Conflict)
		_, _, err = here.RotateKey(t.Context(), accounts.System(), key.ID, 31*24*time.Hour)
		wantFields(t, err, fault.Invalid, "grace")
		_, _, err = here.RotateKey(t.Context(), accounts.System(), 999, time.Hour)
		wantKind(t, err, fault.NotFound)
		_, _, err = here.RotateKey(t.Context(), accounts.Actor{Role: accounts.Marketing}, key.ID, time.Hour)
		wantKind(t, err, fault.Forbidden)
	})
}

func TestARevokedKeyEndsItsOldSecretToo(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		key, old := createKey(t, s, "shop", accounts.Marketing)
		_, fresh, err := s.RotateKey(t.Context(), accounts.System(), key.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{old, fresh} {
			if _, err := s.KeyActor(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.RevokeKey(t.Context(), accounts.System(), key.ID); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{old, fresh} {
			_, err := s.KeyActor(t.Context(), text)
			wantKind(t, err, fault.Unauthenticated)
		}
	})
}
