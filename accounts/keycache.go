package accounts

import (
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"fanfare/fault"
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
	limits     map[int64]*rate.Limiter // by key id: they outlive what is read of the key
	generation uint64                  // grows with each forget
}

type cachedActor struct {
	actor         Actor
	readAt, until time.Time
	limit         *rate.Limiter // nil without one
}

// fresh is false too when the clock was set back to before the reading.
func (c cachedActor) fresh(now time.Time) bool {
	return !now.Before(c.readAt) && now.Before(c.until)
}

// admit gives the actor, or Limited when the key is used too often.
func (c cachedActor) admit(now time.Time) (Actor, error) {
	if c.limit == nil || c.limit.AllowN(now, 1) {
		return c.actor, nil
	}
	return Actor{}, &fault.Error{
		Kind: fault.Limited, Key: "accounts.key_limited", RetryAfter: time.Second,
		Message: "This API key is used more often than its rate allows. Nothing was done; please try again.",
	}
}

func newKeyCache() *keyCache {
	return &keyCache{actors: map[keyHash]cachedActor{}, limits: map[int64]*rate.Limiter{}}
}

// limitOf gives the token bucket of a key, which holds what it may use up in a
// second; nil for a key without a rate. Each process has its own.
func (c *keyCache) limitOf(key Key) *rate.Limiter {
	if key.Rate == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limits[key.ID] == nil {
		c.limits[key.ID] = rate.NewLimiter(rate.Limit(key.Rate), key.Rate)
	}
	return c.limits[key.ID]
}

func (c *keyCache) get(hash keyHash, now time.Time) (cachedActor, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	cached, ok := c.actors[hash]
	return cached, ok && cached.fresh(now)
}

// current gives the generation, to be asked for before reading the database.
func (c *keyCache) current() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.generation
}

// put keeps what was read in a generation, unless a key was revoked since: the
// reading may have come just before it.
func (c *keyCache) put(hash keyHash, cached cachedActor, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if len(c.actors) >= maxCachedKeys {
		clear(c.actors) // rare, and cheaper than keeping an order of age
		clear(c.limits)
	}
	c.actors[hash] = cached
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
