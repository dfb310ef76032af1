package campaigns

import (
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/storage/storagetest"
)

func TestDoubtThatIsFound(t *testing.T) {
	t.Parallel()
	for _, kind := range []connectors.ErrorKind{connectors.KindUnknown, connectors.KindDuplicate} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				d.net.script(reply{err: netErr(kind), posted: true})
				d.net.lag = 5 * time.Second // the first look is too early
				clock.Advance(time.Minute + 300*time.Millisecond)
				d.run(t)
				for _, pause := range []time.Duration{2 * time.Second, 8 * time.Second} {
					d.wantState(t, id, InDoubt)
					clock.Advance(pause)
					d.run(t)
				}
				row := d.wantState(t, id, Published)
				if *row.LatenessUS != 300_000 || row.RemoteID == "" || row.Error != "" {
					t.Errorf("%+v, %d µs late", row, *row.LatenessUS)
				}
				if d.net.finds != 2 || len(d.net.posts) != 1 {
					t.Errorf("%d looks, %d posts", d.net.finds, len(d.net.posts))
				}
			})
		})
	}
}

func TestDoubtThatIsAbsentGoesOnceMore(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindUnknown)})
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(2 * time.Second)
		d.run(t)
		clock.Advance(8 * time.Second)
		d.run(t)
		if d.net.calls != 1 {
			t.Fatal("posted again before it was surely absent")
		}
		clock.Advance(20 * time.Second)
		d.run(t)
		row := d.wantState(t, id, Published)
		if row.Attempts != 2 || *row.LatenessUS != (30*time.Second).Microseconds() || d.net.finds != 3 {
			t.Errorf("%d attempts, %d µs late, %d looks", row.Attempts, *row.LatenessUS, d.net.finds)
		}
	})
}

func TestAbsentAfterCancelStaysAway(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindUnknown)})
		clock.Advance(time.Minute)
		d.run(t)
		_, err := d.CancelPost(t.Context(), d.actor, d.delivery(t, id).PostID)
		must(t, err)
		for range 3 {
			clock.Advance(30 * time.Second)
			d.run(t)
		}
		d.wantState(t, id, Cancelled)
		if d.net.calls != 1 {
			t.Error("it went out after it was cancelled")
		}
	})
}

func TestLooksThatFailAskAPerson(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindUnknown)})
		for range 100 {
			d.net.findErrs = append(d.net.findErrs, netErr(connectors.KindUnknown))
		}
		clock.Advance(time.Minute)
		for range 20 * 60 {
			d.run(t)
			if d.delivery(t, id).WakeAt == nil {
				break
			}
			clock.Set(*d.delivery(t, id).WakeAt)
		}
		row := d.wantState(t, id, InDoubt)
		if row.WakeAt != nil || d.net.finds > 10 || d.net.calls != 1 {
			t.Errorf("wakes at %v after %d looks and %d calls", row.WakeAt, d.net.finds, d.net.calls)
		}
		clock.Advance(24 * time.Hour)
		must(t, d.sweep(t.Context(), sweepJob{}))
		if len(d.jobs(t)) != 0 {
			t.Error("the sweep does not leave it to a person")
		}
	})
}

func TestTwoLooksAtOnce(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindUnknown)})
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(2 * time.Second)
		out, err := d.prepare(t.Context(), id)
		must(t, err)
		_, started, err := d.beginLook(t.Context(), out)
		if err != nil || started.IsZero() {
			t.Fatalf("first: %v, %v", started, err)
		}
		if _, started, err = d.beginLook(t.Context(), out); err != nil || !started.IsZero() {
			t.Errorf("second: %v, %v", started, err)
		}
	})
}
