package storagetest

import (
	"context"
	"sync"
	"time"
)

// Clock stands still until the test moves it.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	moved chan struct{} // closed and made anew at each move
}

// NewClock gives a clock at noon on the day of the Mi 2's launch.
func NewClock() *Clock {
	return &Clock{now: time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC), moved: make(chan struct{})}
}

// Now implements storage.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d and wakes who waits.
func (c *Clock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

// Set moves the clock to t, backwards too, and wakes who waits.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t.UTC().Truncate(time.Microsecond)
	close(c.moved)
	c.moved = make(chan struct{})
}

// WaitUntil implements storage.Clock.
func (c *Clock) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		now, moved := c.now, c.moved
		c.mu.Unlock()
		if !now.Before(t) {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}
