package accounts_test

import (
	"context"
	"crypto/sha256"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func createKey(t testing.TB, s *accounts.Service, name string, role accounts.Role) (accounts.Key, string) {
	t.Helper()
	key, text, err := s.CreateKey(context.Background(), accounts.System(), name, role)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

func TestKeys(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		key, text := createKey(t, s, " Shop ", accounts.Marketing)
		if !regexp.MustCompile(`^fan_[A-Za-z0-9_-]{43}$`).MatchString(text) {
			t.Errorf("key %q", text)
		}
		hash := sha256.Sum256([]byte(text))
		want := accounts.Key{
			ID: key.ID, PersonID: key.PersonID, Name: "Shop", Role: accounts.Marketing,
			Hash: hash[:], Hint: text[43:], CreatedAt: clock.Now(),
		}
		if diff := cmp.Diff(want, key); diff != "" {
			t.Error(diff)
		}
		other, _ := createKey(t, s, "Forum", accounts.Moderator)
		listed, err := s.Keys(t.Context())
		if diff := cmp.Diff([]accounts.Key{other, want}, listed); err != nil || diff != "" {
			t.Error(err, diff)
		}
		actor, err := s.KeyActor(t.Context(), text)
		wantActor := accounts.Actor{PersonID: key.PersonID, Role: accounts.Marketing, Name: "Shop", Locale: "en", TimeZone: "UTC", KeyID: key.ID}
		if diff := cmp.Diff(wantActor, actor); err != nil || diff != "" {
			t.Error(err, diff)
		}
		person, err := s.Person(t.Context(), key.PersonID)
		if err != nil || !person.Service || person.Email != "" {
			t.Errorf("%+v, %v", person, err)
		}
		wantActions(t, s, "key.create", "key.create")
		for _, bad := range []string{"", "fan_", text + "x", text[:46], strings.ToUpper(text), "fan_" + strings.Repeat("x", 43), "fan_" + strings.Repeat("\x00", 43)} {
			_, err := s.KeyActor(t.Context(), bad)
			wantKind(t, err, fault.Unauthenticated)
		}
	})
}

func TestKeyDraftsAreChecked(t *testing.T) {
	t.Parallel()
	s := newService(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	_, _, err := s.CreateKey(t.Context(), accounts.System(), " ", "root")
	wantFields(t, err, fault.Invalid, "name", "role")
	_, _, err = s.CreateKey(t.Context(), accounts.System(), strings.Repeat("x", 81), accounts.Fan)
	wantFields(t, err, fault.Invalid, "name")
	if keys, err := s.Keys(t.Context()); err != nil || keys == nil || len(keys) != 0 {
		t.Errorf("%v, %v; want an empty list", keys, err)
	}
}

func TestRevokedKeys(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		here, elsewhere := newService(t, db), newService(t, db)
		key, text := createKey(t, here, "shop", accounts.Marketing)
		for _, s := range []*accounts.Service{here, elsewhere} {
			if _, err := s.KeyActor(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(time.Second)
		if err := here.RevokeKey(t.Context(), accounts.System(), key.ID); err != nil {
			t.Fatal(err)
		}
		_, err := here.KeyActor(t.Context(), text)
		wantKind(t, err, fault.Unauthenticated) // at once
		clock.Advance(4 * time.Second)
		_, err = elsewhere.KeyActor(t.Context(), text)
		wantKind(t, err, fault.Unauthenticated) // after five seconds

		clock.Advance(time.Hour)
		if err := here.RevokeKey(t.Context(), accounts.System(), key.ID); err != nil {
			t.Errorf("once more: %v", err)
		}
		keys, err := here.Keys(t.Context())
		if err != nil || len(keys) != 1 || keys[0].RevokedAt == nil || !keys[0].RevokedAt.Equal(key.CreatedAt.Add(time.Second)) {
			t.Errorf("%+v, %v: the first revocation counts", keys, err)
		}
		wantActions(t, here, "key.revoke", "key.create")
		wantKind(t, here.RevokeKey(t.Context(), accounts.System(), key.ID+1), fault.NotFound)
	})
}

func TestUnknownKeysAreNotRemembered(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	s := newService(t, db)
	key, text := createKey(t, s, "shop", accounts.Marketing)
	revoke := func(at any) {
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Model(&key).Update("revoked_at", at).Error
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	revoke(key.CreatedAt)
	_, err := s.KeyActor(t.Context(), text)
	wantKind(t, err, fault.Unauthenticated)
	revoke(nil)
	if _, err := s.KeyActor(t.Context(), text); err != nil {
		t.Errorf("the refusal was kept: %v", err)
	}
}

func TestBlockedServicePersons(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	s := newService(t, db)
	key, text := createKey(t, s, "shop", accounts.Marketing)
	err := db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Model(&accounts.Person{ID: key.PersonID}).Update("blocked_at", tx.Now).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.KeyActor(t.Context(), text)
	wantKind(t, err, fault.Unauthenticated)
}

func TestKeyActorForMany(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		key, text := createKey(t, s, "shop", accounts.Marketing)
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				for range 20 {
					if actor, err := s.KeyActor(t.Context(), text); err != nil || actor.KeyID != key.ID {
						t.Errorf("%+v, %v", actor, err)
					}
					clock.Advance(time.Second)
				}
			})
		}
		wait.Wait()
	})
}

func TestTheLastUseOfAKeyIsKept(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := accounts.New(db, secret)
		_, text := createKey(t, s, "shop", accounts.Marketing)
		unused, _ := createKey(t, s, "unused", accounts.Marketing)
		clock.Advance(time.Second)
		if _, err := s.KeyActor(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		usedAt := clock.Now()
		if keys, err := s.Keys(t.Context()); err != nil || keys[1].LastUsedAt != nil {
			t.Errorf("written on the request's path: %+v, %v", keys, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		keys, err := s.Keys(t.Context())
		if err != nil || keys[0].ID != unused.ID || keys[0].LastUsedAt != nil || keys[1].LastUsedAt == nil || !keys[1].LastUsedAt.Equal(usedAt) {
			t.Errorf("%+v, %v", keys, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("closed twice: %v", err)
		}
	})
}

func BenchmarkKeyActor(b *testing.B) {
	s := accounts.New(storagetest.Open(b, storage.SQLite, storage.SystemClock{}), secret)
	_, text := createKey(b, s, "shop", accounts.Marketing)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.KeyActor(context.Background(), text); err != nil {
				b.Error(err)
			}
		}
	})
	if err := s.Close(context.Background()); err != nil {
		b.Error(err)
	}
}
