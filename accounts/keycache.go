package accounts

import (
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// keyTTL is how long a revocation in another process may go unseen.
	keyTTL = 5 * time.Second
	// maxCachedKeys bounds the memory; only keys that exist are cached.
	maxCachedKeys = 4096
)

type keyHash [sha256.Size]byte

// keyCache keeps the actors of keys in use, so that 50,000 orders a second
// with one key cost one look-up every keyTTL. Unknown keys are not kept: a
// stranger could fill the cache with them.
type keyCache struct {
	loads singleflight.Group // one look-up of a key at a time, however many wait

	mu         sync.RWMutex
	actors     map[keyHash]cachedActor
	generation uint64 // grows with each forget
}

type cachedActor struct {
	actor  Actor
	readAt time.Time
}

// fresh is false too when the clock was set back to before the reading.
func (c cachedActor) fresh(now time.Time) bool {
	age := now.Sub(c.readAt)
	return age >= 0 && age < keyTTL
}

func newKeyCache() *keyCache { return &keyCache{actors: map[keyHash]cachedActor{}} }

func (c *keyCache) get(hash keyHash, now time.Time) (Actor, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	cached, ok := c.actors[hash]
	return cached.actor, ok && cached.fresh(now)
}

// current gives the generation, to be asked for before reading the database.
func (c *keyCache) current() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.generation
}

// put keeps what was read in a generation, unless a key was revoked since: the
// reading may have come just before it.
func (c *keyCache) put(hash keyHash, actor Actor, readAt time.Time, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if len(c.actors) >= maxCachedKeys {
		clear(c.actors) // rare, and cheaper than keeping an order of age
	}
	c.actors[hash] = cachedActor{actor: actor, readAt: readAt}
}

// forget drops a key that was revoked. Look-ups that are under way answer
// those who wait for them, and nobody after.
func (c *keyCache) forget(hash keyHash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	delete(c.actors, hash)
	c.loads.Forget(string(hash[:]))
}
