package campaigns

import (
	"testing"
	"time"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		ctx := t.Context()
		paused := func() *time.Time {
			since, err := d.Paused(ctx)
			must(t, err)
			return since
		}
		if paused() != nil {
			t.Fatal("paused from the start")
		}
		must(t, d.Resume(ctx, d.actor)) // nothing to do
		began := clock.Now()
		must(t, d.Pause(ctx, d.actor))
		clock.Advance(time.Minute)
		must(t, d.Pause(ctx, d.actor))
		if since := paused(); since == nil || !since.Equal(began) {
			t.Errorf("paused since %v, want %v", since, began)
		}
		d.run(t)
		d.wantState(t, id, Scheduled)
		must(t, d.Resume(ctx, d.actor))
		if paused() != nil {
			t.Error("still paused")
		}
		d.run(t)
		d.wantState(t, id, Published)
		trail, err := d.accounts.AuditTrail(ctx, 2, "")
		must(t, err)
		if trail.Items[0].Action != "resume" || trail.Items[1].Action != "pause" {
			t.Errorf("%+v", trail.Items)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.Accounts = []int64{d.account, d.other}
		first := d.schedule(t, draft)
		for range 2 { // twice is once
			post, err := d.CancelPost(t.Context(), d.actor, first.PostID)
			must(t, err)
			if post.CancelledAt == nil || post.Deliveries[0].State != Cancelled || post.Deliveries[1].State != Cancelled {
				t.Errorf("%+v", post)
			}
		}
		second := d.schedule(t, d.draft())
		clock.Advance(time.Minute)
		d.run(t)
		if _, err := d.CancelPost(t.Context(), d.actor, second.PostID); !fault.Is(err, fault.Conflict) {
			t.Errorf("all out: %v", err)
		}
		if post, err := d.Post(t.Context(), second.PostID); err != nil || post.CancelledAt != nil {
			t.Errorf("a refused cancel left its mark: %+v, %v", post, err)
		}
		if _, err := d.CancelPost(t.Context(), d.actor, 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("no post: %v", err)
		}
		if d.net.holds(first.URL) != 0 {
			t.Error("the cancelled post went out")
		}
	})
}
