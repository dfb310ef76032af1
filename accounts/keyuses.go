package accounts

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"fanfare/storage"
)

// keyUsesEvery is how long the use of a key may wait to be written down.
const keyUsesEvery = time.Minute

// keyUses writes down when keys were last used: beside the requests, and at
// most once in keyUsesEvery however busy a key is.
type keyUses struct {
	db      *storage.DB
	writers sync.WaitGroup
	ending  context.Context // ends the wait of the writers
	end     context.CancelFunc

	mu        sync.Mutex
	latest    map[int64]time.Time // by key id: not written yet
	scheduled bool                // a writer waits for its minute
}

func newKeyUses(db *storage.DB) *keyUses {
	u := &keyUses{db: db, latest: map[int64]time.Time{}}
	u.ending, u.end = context.WithCancel(context.Background())
	return u
}

// note remembers a use, and starts a writer unless there is one.
func (u *keyUses) note(keyID int64, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.latest[keyID] = at
	if u.scheduled || u.ending.Err() != nil {
		return
	}
	u.scheduled = true
	u.writers.Go(func() {
		_ = u.db.Clock().WaitUntil(u.ending, at.Add(keyUsesEvery))
		// What fails is kept for the next writer; on closing, for close.
		_ = u.flush(u.ending)
	})
}

func (u *keyUses) close(ctx context.Context) error {
	u.mu.Lock()
	u.end() // under the lock: no writer starts once the wait for them begins
	u.mu.Unlock()
	u.writers.Wait()
	return u.flush(ctx)
}

// flush writes what was noted, in order of id so that two processes on
// PostgreSQL cannot lock each other out.
func (u *keyUses) flush(ctx context.Context) error {
	u.mu.Lock()
	uses := u.latest
	u.latest, u.scheduled = map[int64]time.Time{}, false
	u.mu.Unlock()
	if len(uses) == 0 {
		return nil
	}
	err := u.db.Write(ctx, func(tx *storage.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(uses)) {
			if err := tx.Model(&Key{}).Where("id = ?", id).Update("last_used_at", uses[id]).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		u.putBack(uses)
	}
	return err
}

// putBack keeps uses that could not be written, save where newer ones came.
func (u *keyUses) putBack(uses map[int64]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(uses, u.latest)
	u.latest = uses
}
