package storage

import (
	"context"
	"time"
)

// Clock tells the time and waits for it. The system's clock serves the
// program; tests set their own.
type Clock interface {
	// Now gives the time in UTC, cut to microseconds: what both databases keep.
	Now() time.Time
	// WaitUntil returns nil at t or later, or ctx's error as soon as it ends.
	WaitUntil(ctx context.Context, t time.Time) error
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// WaitUntil implements Clock. It looks at the wall clock again at least once a
// second, so a clock that jumps while it waits delays the return by no more.
func (c SystemClock) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		left := t.Sub(c.Now())
		if left <= 0 {
			return ctx.Err()
		}
		timer := time.NewTimer(min(left, time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}
