package campaigns

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestReschedule(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"later": time.Hour, "earlier": -30 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
				d := openDesk(t, db)
				draft := d.draft()
				draft.ExpiresAfter = 10 * time.Minute
				row := d.schedule(t, draft)
				due := row.DueAt.Add(by)
				post, err := d.Reschedule(t.Context(), d.actor, row.PostID, Rescheduling{DueAt: due})
				must(t, err)
				got := post.Deliveries[0]
				if !post.DueAt.Equal(due) || !got.DueAt.Equal(due) || !got.ExpiresAt.Equal(due.Add(10*time.Minute)) {
					t.Errorf("%+v", post)
				}
				clock.Set(due.Add(-time.Second))
				d.run(t)
				d.wantState(t, row.ID, Scheduled)
				clock.Set(due)
				d.run(t)
				if row := d.wantState(t, row.ID, Published); *row.LatenessUS != 0 || d.net.calls != 1 {
					t.Errorf("%d µs late, %d calls", *row.LatenessUS, d.net.calls)
				}
			})
		})
	}
}

func TestRescheduleWinsAgainstAJobThatIsAwake(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(55 * time.Second)
		out, err := d.prepare(t.Context(), id)
		must(t, err)
		_, err = d.Reschedule(t.Context(), d.actor, out.delivery.PostID, Rescheduling{DueAt: out.delivery.DueAt.Add(time.Hour)})
		must(t, err)
		clock.Advance(5 * time.Second)
		if _, ok, err := d.claim(out); ok || err != nil {
			t.Errorf("the old instant was claimed: %v, %v", ok, err)
		}
		d.wantState(t, id, Scheduled)
	})
}

// In the last second a worker has claimed the delivery ahead and waits for its
// instant.
func TestRescheduleWinsAgainstAClaimAhead(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(59500 * time.Millisecond)
		done := make(chan error)
		go func() { done <- d.publish(t.Context(), publishJob{id}) }()
		var row Delivery
		for row = d.delivery(t, id); row.State != Publishing; row = d.delivery(t, id) {
			runtime.Gosched() // until it is claimed: the clock stands still
		}
		due, after := row.DueAt.Add(time.Hour), time.Minute
		_, err := d.Reschedule(t.Context(), d.actor, row.PostID, Rescheduling{DueAt: due, ExpiresAfter: &after})
		must(t, err)
		clock.Advance(500 * time.Millisecond)
		must(t, <-done)
		got := d.wantState(t, id, Scheduled)
		if !got.DueAt.Equal(due) || !got.WakeAt.Equal(due) || got.ExpiresAt == nil || !got.ExpiresAt.Equal(due.Add(after)) ||
			got.Attempts != 0 || d.net.calls != 0 {
			t.Errorf("%+v after %d calls", got, d.net.calls)
		}
		clock.Set(due)
		d.run(t)
		if row := d.wantState(t, id, Published); *row.LatenessUS != 0 || d.net.calls != 1 {
			t.Errorf("%d µs late, %d calls", *row.LatenessUS, d.net.calls)
		}
	})
}

// The worker that has claimed the delivery is killed after the move and before
// the old instant. Nobody can tell from the row that it did not call, so the post
// is looked for; and as it is not there, it goes when it is due by now, though it
// would have expired in the meantime.
func TestRescheduleOutlivesTheWorker(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"by an hour": time.Hour, "by a second": time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
				d := openDesk(t, db)
				draft := d.draft()
				draft.ExpiresAfter = time.Minute
				id := d.schedule(t, draft).ID
				row, _ := d.movedAndKilled(t, clock, id, by)
				due := row.DueAt.Add(by)
				clock.Set(*d.wantState(t, id, InDoubt).WakeAt)
				for range usual.Looks {
					d.run(t)
					if d.net.calls != 0 && clock.Now().Before(due) {
						t.Fatalf("it went out at %v, due %v", clock.Now(), due)
					}
					clock.Advance(20 * time.Second)
				}
				got := d.delivery(t, id)
				if !got.DueAt.Equal(due) || !got.ExpiresAt.Equal(due.Add(10*time.Minute)) || d.net.finds != len(usual.Looks) {
					t.Fatalf("%+v after %d looks", got, d.net.finds)
				}
				if clock.Now().Before(due) {
					d.wantState(t, id, Scheduled)
					clock.Set(due)
					d.run(t)
				}
				got = d.wantState(t, id, Published)
				if late := *got.LatenessUS; d.net.calls != 1 || by == time.Hour && late != 0 {
					t.Errorf("%d calls, %d µs late", d.net.calls, late)
				}
			})
		})
	}
}

// The worker looked before the move was committed, called, and was killed then:
// the post is out, and stays out once.
func TestRescheduleThatCameTooLate(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		row, called := d.movedAndKilled(t, clock, id, time.Hour)
		d.net.posts = append(d.net.posts, fakePost{called.post, row.DueAt})
		clock.Set(*d.wantState(t, id, InDoubt).WakeAt)
		d.run(t)
		got := d.wantState(t, id, Published)
		if *got.LatenessUS != 0 || !got.DueAt.Equal(row.DueAt) || d.net.calls != 0 {
			t.Errorf("%+v after %d calls", got, d.net.calls)
		}
	})
}

// movedAndKilled has a delivery claimed in its last second, its post moved by so
// much and given ten minutes, and the worker killed. It gives the delivery as it
// was claimed; now it is in doubt.
func (d *desk) movedAndKilled(t *testing.T, clock *storagetest.Clock, id int64, by time.Duration) (row Delivery, claimed outgoing) {
	t.Helper()
	row = d.delivery(t, id)
	clock.Set(row.DueAt.Add(-usual.Arm / 2))
	claimed, ok := d.claimNow(t, id)
	if !ok {
		t.Fatal("not claimed")
	}
	after := 10 * time.Minute
	_, err := d.Reschedule(t.Context(), d.actor, row.PostID, Rescheduling{DueAt: row.DueAt.Add(by), ExpiresAfter: &after})
	must(t, err)
	d.forget(t, d.jobs(t)...)
	clock.Set(row.DueAt.Add(usual.Lease + usual.SweepGrace + time.Second))
	must(t, d.sweep(t.Context(), sweepJob{}))
	return row, claimed
}

// However a move and the instant fall together, the post is out once, and at
// the time that its delivery tells.
func TestRescheduleRacesPublish(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		for range 10 {
			row := d.schedule(t, d.draft())
			clock.Set(row.DueAt.Add(-time.Millisecond))
			var both sync.WaitGroup
			both.Go(func() { _ = d.publish(t.Context(), publishJob{row.ID}) }) // which may be told to come back
			both.Go(func() { clock.Set(row.DueAt) })
			due := row.DueAt.Add(time.Hour)
			_, err := d.Reschedule(t.Context(), d.actor, row.PostID, Rescheduling{DueAt: due})
			both.Wait()
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Fatal(err)
			}
			got := d.delivery(t, row.ID)
			if out := d.net.holds(row.URL); (out == 1) != (got.State == Published) || (got.State == Scheduled) != got.DueAt.Equal(due) {
				t.Fatalf("out %d times, %s, due %v; moved: %v", out, got.State, got.DueAt, err)
			}
			clock.Set(due)
			d.run(t)
			if out := d.net.holds(row.URL); out != 1 {
				t.Fatalf("out %d times in the end", out)
			}
		}
	})
}

func TestRescheduleWhatHasBegun(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.Accounts = []int64{d.account, d.other}
		first := d.schedule(t, draft)
		clock.Advance(time.Minute)
		if _, ok := d.claimNow(t, first.ID); !ok {
			t.Fatal("not claimed")
		}
		later := clock.Now().Add(time.Hour)
		if _, err := d.Reschedule(t.Context(), d.actor, first.PostID, Rescheduling{DueAt: later}); !fault.Is(err, fault.Conflict) {
			t.Errorf("one of two under way: %v", err)
		}
		if post, err := d.Post(t.Context(), first.PostID); err != nil || !post.DueAt.Equal(draft.DueAt) || !post.Deliveries[1].DueAt.Equal(draft.DueAt) {
			t.Errorf("a refused change left its mark: %+v, %v", post, err)
		}
		if _, err := d.Reschedule(t.Context(), d.actor, 999, Rescheduling{DueAt: later}); !fault.Is(err, fault.NotFound) {
			t.Errorf("no post: %v", err)
		}
		second := d.schedule(t, d.draft())
		_, err := d.Reschedule(t.Context(), d.actor, second.PostID, Rescheduling{DueAt: clock.Now().Add(-time.Hour)})
		if fields := shoptest.InvalidFields(t, err); len(fields) != 1 || fields[0] != "due_at" {
			t.Errorf("in the past: %v", fields)
		}
	})
}

func TestRescheduleChangesTheExpiry(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		row := d.schedule(t, d.draft())
		due := clock.Now().Add(time.Hour)
		for _, after := range []time.Duration{10 * time.Minute, 0, -time.Second} {
			post, err := d.Reschedule(t.Context(), d.actor, row.PostID, Rescheduling{DueAt: due, ExpiresAfter: &after})
			if after < 0 {
				if fields := shoptest.InvalidFields(t, err); len(fields) != 1 || fields[0] != "expires_after" {
					t.Errorf("before it is due: %v", fields)
				}
				continue
			}
			must(t, err)
			if got := post.Deliveries[0].ExpiresAt; post.ExpiresAfter != after || (got == nil) != (after == 0) || got != nil && !got.Equal(due.Add(after)) {
				t.Errorf("after %s: %s, %v", after, post.ExpiresAfter, got)
			}
		}
	})
}
