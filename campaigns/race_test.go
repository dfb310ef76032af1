package campaigns

import (
	"sync"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestManyJobsForOneDelivery(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				if err := d.publish(t.Context(), publishJob{id}); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		if row := d.wantState(t, id, Published); row.Attempts != 1 || d.net.calls != 1 {
			t.Errorf("%d attempts, %d calls", row.Attempts, d.net.calls)
		}
	})
}

func TestCancelRacesPublish(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		for range 10 {
			delivery := d.schedule(t, d.draft())
			clock.Advance(time.Minute)
			var both sync.WaitGroup
			both.Go(func() {
				if err := d.publish(t.Context(), publishJob{delivery.ID}); err != nil {
					t.Error(err)
				}
			})
			post, err := d.CancelPost(t.Context(), d.actor, delivery.PostID)
			both.Wait()
			told := err == nil && post.Deliveries[0].State == Cancelled
			row, out := d.delivery(t, delivery.ID), d.net.holds(delivery.URL)
			if told && out > 0 || (row.State == Cancelled) == (out == 1) {
				t.Fatalf("cancelled: %v (%v), now %s and out %d times", told, err, row.State, out)
			}
		}
	})
}

// A cancellation that commits while a worker sends the delivery back to
// scheduled does not see it there: the next claim must.
func TestClaimSeesACancelledPost(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		must(t, d.db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Exec("UPDATE posts SET cancelled_at = ?", tx.Now).Error
		}))
		clock.Advance(time.Minute)
		d.run(t)
		d.wantState(t, id, Cancelled)
	})
}

func TestAnOldLookSaysNothing(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindUnknown)})
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(time.Minute)
		out, err := d.prepare(t.Context(), id)
		must(t, err)
		first, started, err := d.beginLook(t.Context(), out)
		must(t, err)
		clock.Advance(usual.LookLease)
		if _, _, err := d.beginLook(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		out.delivery = first
		must(t, d.recordLook(t.Context(), out, look{at: started}))
		d.wantState(t, id, InDoubt)
	})
}
