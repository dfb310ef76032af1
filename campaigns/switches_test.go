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

func TestPauseOfOneScope(t *testing.T) {
	t.Parallel()
	scopes := map[string]func(Delivery) (own, foreign Scope){
		"campaign": func(d Delivery) (Scope, Scope) { return OfCampaign(d.CampaignID), OfCampaign(d.CampaignID + 1) },
		"account":  func(d Delivery) (Scope, Scope) { return OfAccount(d.AccountID), OfAccount(d.AccountID + 1) },
		"post":     func(d Delivery) (Scope, Scope) { return OfPost(d.PostID), OfPost(d.PostID + 1) },
	}
	for name, of := range scopes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				ctx := t.Context()
				sale, err := d.CreateSale(ctx, d.actor, d.saleDraft())
				must(t, err)
				_, err = d.CreateCampaign(ctx, d.actor, sale.ID, "Another")
				must(t, err)
				other := d.draft()
				other.Accounts = []int64{d.other}
				d.schedule(t, other)
				own, foreign := of(d.delivery(t, id))

				must(t, d.PauseScope(ctx, d.actor, own))
				clock.Advance(2 * time.Minute)
				d.run(t)
				d.wantState(t, id, Scheduled)
				must(t, d.sweep(ctx, sweepJob{}))
				d.run(t)
				d.wantState(t, id, Scheduled)
				must(t, d.PauseScope(ctx, d.actor, foreign))
				must(t, d.ResumeScope(ctx, d.actor, foreign))
				d.run(t)
				d.wantState(t, id, Scheduled)
				if since, err := d.PausedScope(ctx, own); err != nil || since == nil {
					t.Errorf("paused since %v, %v", since, err)
				}
				if since, err := d.Paused(ctx); err != nil || since != nil {
					t.Errorf("all is paused since %v, %v", since, err)
				}

				must(t, d.Pause(ctx, d.actor))
				must(t, d.ResumeScope(ctx, d.actor, own))
				d.run(t)
				d.wantState(t, id, Scheduled) // the other switch
				must(t, d.Resume(ctx, d.actor))
				d.run(t)
				d.wantState(t, id, Published)
			})
		})
	}
}

func TestPauseOfNothing(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		d := openDesk(t, db)
		for _, scope := range []Scope{OfCampaign(99), OfAccount(99), OfPost(99)} {
			for _, err := range []error{d.PauseScope(t.Context(), d.actor, scope), d.ResumeScope(t.Context(), d.actor, scope)} {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", scope, err)
				}
			}
		}
	})
}

// A switch waits for claims that began before it, and those after it see it:
// when Pause has returned, nothing is claimed any more.
func TestPauseWaitsForClaims(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		if d.db.Dialect() != storage.Postgres {
			t.Skip("SQLite has one writer")
		}
		clock.Advance(time.Minute)
		paused := make(chan error, 1)
		before := false
		must(t, d.db.Write(t.Context(), func(tx *storage.Tx) error {
			row, err := lockDelivery(tx, id)
			if err != nil {
				return err
			}
			if err := tx.LockShared(t.Context(), storage.SwitchLock); err != nil {
				return err
			}
			if _, err := readGates(tx, []Delivery{row}); err != nil { // not paused
				return err
			}
			go func() { paused <- d.Pause(t.Context(), d.actor) }()
			if before, err = returnedBeforeLock(t, d.db, paused); err != nil {
				return err
			}
			_, err = d.save(tx, row, row.claimed(tx.Now, usual))
			return err
		}))
		if before {
			t.Fatal("Pause returned while a claim that had not seen it was open")
		}
		must(t, <-paused)
		d.wantState(t, id, Publishing)
		later := d.schedule(t, d.draft()).ID
		clock.Advance(time.Minute)
		if _, ok := d.claimNow(t, later); ok {
			t.Error("claimed after Pause had returned")
		}
	})
}

// returnedBeforeLock tells whether Pause returned, instead of waiting for the
// lock between claims and switches.
func returnedBeforeLock(t *testing.T, db *storage.DB, paused <-chan error) (bool, error) {
	t.Helper()
	const waiting = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	for {
		select {
		case err := <-paused:
			return true, err
		default:
		}
		var count int
		if err := db.Pool().QueryRow(t.Context(), waiting).Scan(&count); err != nil || count > 0 {
			return false, err
		}
	}
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
