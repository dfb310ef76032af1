package campaigns

import (
	"errors"
	"testing"
	"time"

	"fanfare/connectors"
)

// usual is what production runs on.
var usual = DefaultTiming()

var noon = time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)

// inDoubt is a delivery whose one call began at noon and came into doubt a
// second later.
func inDoubt() Delivery {
	d := Delivery{ID: 1, State: Scheduled, DueAt: noon}
	return d.claimed(noon, usual).doubtful(noon.Add(time.Second), connectors.KindUnknown, reason{"a.why", "why"}, usual)
}

func TestLooked(t *testing.T) {
	t.Parallel()
	duplicate, third := inDoubt(), inDoubt()
	duplicate.Doubt = string(connectors.KindDuplicate)
	third.Doubts = maxDoubts
	limited := &connectors.Error{Kind: connectors.KindRetry, RetryAt: noon.Add(9 * time.Minute)}
	cases := map[string]struct {
		d    Delivery
		look look // at is set below
		at   time.Duration
		want State
		wake time.Duration // after the doubt; -1 is never
	}{
		"first look, absent":        {inDoubt(), look{}, 2 * time.Second, InDoubt, 10 * time.Second},
		"second look, absent":       {inDoubt(), look{}, 10 * time.Second, InDoubt, 30 * time.Second},
		"last look, absent":         {inDoubt(), look{}, 30 * time.Second, Scheduled, 30 * time.Second},
		"duplicate, absent":         {duplicate, look{}, 30 * time.Second, InDoubt, -1},
		"absent for the third time": {third, look{}, 30 * time.Second, Failed, -1},
		"found":                     {inDoubt(), look{found: true}, 2 * time.Second, Published, -1},
		"failed at once":            {inDoubt(), look{err: errors.New("no")}, 2 * time.Second, InDoubt, 7 * time.Second},
		"failed after a minute":     {inDoubt(), look{err: errors.New("no")}, time.Minute, InDoubt, 3 * time.Minute},
		"failed after 5 minutes":    {inDoubt(), look{err: errors.New("no")}, 5 * time.Minute, InDoubt, 9 * time.Minute},
		"failed for too long":       {inDoubt(), look{err: errors.New("no")}, 10 * time.Minute, InDoubt, -1},
		"rate limited":              {inDoubt(), look{err: limited}, 2 * time.Second, InDoubt, 9*time.Minute - time.Second},
	}
	for name, c := range cases {
		doubted := *c.d.DoubtedAt
		c.look.at = doubted.Add(c.at)
		got := c.d.looked(c.look, c.look.at, usual)
		if got.State != c.want {
			t.Errorf("%s: %s, want %s", name, got.State, c.want)
		}
		switch {
		case c.wake < 0 && got.WakeAt != nil:
			t.Errorf("%s: wakes at %v, want never", name, got.WakeAt)
		case c.wake >= 0 && (got.WakeAt == nil || !got.WakeAt.Equal(doubted.Add(c.wake))):
			t.Errorf("%s: wakes at %v, want %v", name, got.WakeAt, doubted.Add(c.wake))
		}
		if got.WakeAt == nil && got.State != Published && got.Error == "" {
			t.Errorf("%s: nobody is told why", name)
		}
	}
}

func TestFoundAt(t *testing.T) {
	t.Parallel()
	d := inDoubt()
	for created, want := range map[time.Time]time.Time{
		{}:                         noon, // not told
		noon.Add(-time.Second):     noon, // whole seconds, or a clock behind ours
		noon.Add(time.Second):      noon,
		noon.Add(40 * time.Second): noon.Add(40 * time.Second), // by a later call
	} {
		if got := d.foundAt(connectors.Receipt{CreatedAt: created}); !got.Equal(want) {
			t.Errorf("created %v: %v, want %v", created, got, want)
		}
	}
}

func TestCalledAtStaysWithTheFirstDoubt(t *testing.T) {
	t.Parallel()
	d := Delivery{State: Scheduled, DueAt: noon}
	d = d.claimed(noon, usual).again(noon.Add(time.Minute), reason{})
	d = d.claimed(noon.Add(time.Minute), usual)
	if !d.CalledAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("after a call that surely did nothing: %v", d.CalledAt)
	}
	d = d.doubtful(noon.Add(time.Minute), connectors.KindUnknown, reason{}, usual).again(noon.Add(2*time.Minute), reason{})
	d = d.claimed(noon.Add(2*time.Minute), usual)
	if !d.CalledAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("after a call in doubt: %v", d.CalledAt)
	}
}

func TestPublishedIsNeverEarly(t *testing.T) {
	t.Parallel()
	d := Delivery{DueAt: noon}.published(noon.Add(-time.Hour), connectors.Receipt{})
	if *d.LatenessUS != 0 || !d.PublishedAt.Equal(noon) {
		t.Errorf("%d µs, %v", *d.LatenessUS, d.PublishedAt)
	}
}

func TestAgainEndsWithTheTime(t *testing.T) {
	t.Parallel()
	d := Delivery{State: Publishing, DueAt: noon, ExpiresAt: at(noon.Add(time.Minute))}
	if got := d.again(noon.Add(time.Minute), reason{"a.why", "why"}); got.State != Scheduled {
		t.Errorf("at the last instant: %s", got.State)
	}
	if got := d.again(noon.Add(time.Minute+time.Microsecond), reason{"a.why", "why"}); got.State != Expired || got.WakeAt != nil || got.why() != (reason{"a.why", "why"}) {
		t.Errorf("after it: %+v", got)
	}
}

func TestRetryAt(t *testing.T) {
	t.Parallel()
	told := &connectors.Error{RetryAt: noon.Add(time.Hour)}
	if got := retryAt(told, noon, 1, usual); !got.Equal(told.RetryAt) {
		t.Errorf("told: %v", got)
	}
	for attempts, want := range map[int]time.Duration{1: 10 * time.Second, 3: 40 * time.Second, 5: 2 * time.Minute, 1000: 2 * time.Minute} {
		// A time that has passed tells nothing.
		if got := retryAt(&connectors.Error{RetryAt: noon}, noon, attempts, usual); !got.Equal(noon.Add(want)) {
			t.Errorf("attempt %d: %v, want %v later", attempts, got, want)
		}
	}
}
