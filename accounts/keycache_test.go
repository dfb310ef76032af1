package accounts

import (
	"context"
	"testing"
	"time"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestKeyCache(t *testing.T) {
	t.Parallel()
	c := newKeyCache()
	hash := keyHash{1}
	read := func(id int64) cachedActor {
		return cachedActor{actor: Actor{KeyID: id}, readAt: noon, until: noon.Add(keyTTL)}
	}
	c.put(hash, read(7), c.current())
	for after, want := range map[time.Duration]bool{0: true, keyTTL - 1: true, keyTTL: false, -1: false} {
		if cached, ok := c.get(hash, noon.Add(after)); ok != want || want && cached.actor.KeyID != 7 {
			t.Errorf("after %v: %+v, %v", after, cached, ok)
		}
	}
	reading := c.current()
	c.forget(hash)
	if _, ok := c.get(hash, noon); ok {
		t.Error("forgotten, and still there")
	}
	c.put(hash, read(7), reading)
	if _, ok := c.get(hash, noon); ok {
		t.Error("a reading from before the revocation was kept")
	}
	var newest keyHash
	for i := range 3 * maxCachedKeys {
		newest = keyHash{byte(i), byte(i >> 8)}
		c.put(newest, read(int64(i)), c.current())
	}
	if len(c.actors) > maxCachedKeys {
		t.Errorf("%d keys in the cache", len(c.actors))
	}
	if cached, ok := c.get(newest, noon); !ok || cached.actor.KeyID != 3*maxCachedKeys-1 {
		t.Errorf("the newest is not there: %+v", cached)
	}
}

func TestKeyUsesAreWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock()
	s := New(storagetest.Open(t, storage.SQLite, clock), make([]byte, 32))
	_, text, err := s.CreateKey(t.Context(), System(), "shop", Marketing)
	if err != nil {
		t.Fatal(err)
	}
	use := func() {
		if _, err := s.KeyActor(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	use()
	clock.Advance(keyTTL)
	use()
	second := clock.Now()
	clock.Advance(keyUsesEvery - keyTTL)
	s.keyUses.writers.Wait()
	keys, err := s.Keys(t.Context())
	if err != nil || keys[0].LastUsedAt == nil || !keys[0].LastUsedAt.Equal(second) {
		t.Errorf("after a minute: %+v, %v; want %v", keys, err, second)
	}
	use()
	if !s.keyUses.scheduled {
		t.Error("no writer for the next minute")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestKeyUsesThatCannotBeWrittenAreKept(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock()
	s := New(storagetest.Open(t, storage.SQLite, clock), make([]byte, 32))
	key, _, err := s.CreateKey(t.Context(), System(), "shop", Marketing)
	if err != nil {
		t.Fatal(err)
	}
	s.keyUses.note(key.ID, clock.Now())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(cancelled); err == nil {
		t.Error("written, in no time")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.Keys(t.Context()); err != nil || keys[0].LastUsedAt == nil {
		t.Errorf("%+v, %v", keys, err)
	}
}
