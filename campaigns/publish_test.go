package campaigns

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// scenario is a delivery that is due in a minute, and what happens to it.
func scenario(t *testing.T, f func(t *testing.T, d *desk, clock *storagetest.Clock, id int64)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		f(t, d, clock, d.schedule(t, d.draft()).ID)
	})
}

func TestPublishAtTheInstant(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(50 * time.Second) // the lead
		d.net.script(reply{during: func() { clock.Advance(time.Second) }})
		done := make(chan error)
		go func() { done <- d.publish(t.Context(), publishJob{id}) }()
		clock.Advance(9 * time.Second)
		if row := d.delivery(t, id); row.State != Scheduled && row.State != Publishing || d.net.calls != 0 {
			t.Fatal("it went out before it was due") // though it may be claimed already
		}
		clock.Advance(time.Second + 40*time.Millisecond)
		must(t, <-done)
		row := d.wantState(t, id, Published)
		if *row.LatenessUS != 40_000 || !row.PublishedAt.Equal(row.DueAt.Add(40*time.Millisecond)) {
			t.Errorf("published %v, %d µs late; due %v", row.PublishedAt, *row.LatenessUS, row.DueAt)
		}
		if row.RemoteID == "" || row.RemoteURL == "" || row.Attempts != 1 || row.WakeAt != nil {
			t.Errorf("%+v", row)
		}
		post, err := d.Post(t.Context(), row.PostID)
		must(t, err)
		if got := post.Deliveries[0]; *got.LatenessMS != 40 || len(got.Token) != 12 || d.net.posts[0].Link != got.URL {
			t.Errorf("%+v", got)
		}
		must(t, d.publish(t.Context(), publishJob{id}))
		if d.net.calls != 1 {
			t.Error("a second job published it again")
		}
	})
}

func TestPublishTooEarlyComesAgain(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, _ *storagetest.Clock, id int64) {
		var again *rivertype.JobSnoozeError
		if err := d.publish(t.Context(), publishJob{id}); !errors.As(err, &again) || again.Duration != 50*time.Second-usual.Arm {
			t.Fatalf("a minute early: %v", err)
		}
	})
}

func TestWhatKeepsADeliveryBack(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		before func(t *testing.T, d *desk, row Delivery)
		want   State
	}{
		"paused": {func(t *testing.T, d *desk, _ Delivery) { must(t, d.Pause(t.Context(), d.actor)) }, Scheduled},
		"cancelled": {func(t *testing.T, d *desk, row Delivery) {
			_, err := d.CancelPost(t.Context(), d.actor, row.PostID)
			must(t, err)
		}, Cancelled},
		"account in trouble": {func(t *testing.T, d *desk, row Delivery) {
			must(t, d.accounts.SetProblem(t.Context(), row.AccountID, "Sign in again.", ""))
		}, Scheduled},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				clock.Advance(55 * time.Second)
				done := make(chan error)
				go func() { done <- d.publish(t.Context(), publishJob{id}) }()
				c.before(t, d, d.delivery(t, id)) // the job may be awake already
				clock.Advance(5 * time.Second)
				must(t, <-done)
				d.wantState(t, id, c.want)
				if d.net.calls != 0 {
					t.Error("the network was called")
				}
			})
			scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				clock.Advance(time.Minute - usual.Arm)
				out, ok := d.claimNow(t, id)
				if !ok {
					t.Fatal("not claimed ahead")
				}
				c.before(t, d, out.delivery)
				clock.Advance(usual.Arm)
				if ok, err := d.releaseNow(out); ok || err != nil {
					t.Fatalf("released: %v, %v", ok, err)
				}
				row := d.wantState(t, id, c.want)
				if row.Attempts != 0 || c.want == Scheduled && !row.WakeAt.Equal(row.DueAt) {
					t.Errorf("after it was held back: %+v", row)
				}
			})
		})
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.ExpiresAfter = 10 * time.Minute
		id := d.schedule(t, draft).ID
		must(t, d.Pause(t.Context(), d.actor))
		clock.Advance(12 * time.Minute)
		must(t, d.Resume(t.Context(), d.actor))
		d.run(t)
		d.wantState(t, id, Expired)
	})
}

func TestAnswersOfTheNetwork(t *testing.T) {
	t.Parallel()
	cases := map[connectors.ErrorKind]State{
		connectors.KindUnknown:   InDoubt,
		connectors.KindDuplicate: InDoubt,
		connectors.KindDelayed:   Published,
		connectors.KindRetry:     Scheduled,
		connectors.KindRefused:   Failed,
		connectors.KindAttention: Scheduled,
	}
	for kind, want := range cases {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				d.net.script(reply{err: netErr(kind)})
				clock.Advance(time.Minute)
				d.run(t)
				row := d.wantState(t, id, want)
				if d.net.calls != 1 || want != Published && row.why() != toldBy(netErr(kind)) {
					t.Errorf("%d calls, error %q", d.net.calls, row.Error)
				}
			})
		})
	}
}

func TestRetryWhenTheNetworkSaid(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		limited := netErr(connectors.KindRetry)
		limited.RetryAt = clock.Now().Add(6 * time.Minute)
		d.net.script(reply{err: limited})
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(4 * time.Minute)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.run(t)
		if d.net.calls != 1 {
			t.Fatal("it did not wait for the network's time")
		}
		clock.Advance(time.Minute)
		d.run(t)
		row := d.wantState(t, id, Published)
		if row.Attempts != 2 || *row.LatenessUS != (5*time.Minute).Microseconds() {
			t.Errorf("%d attempts, %d µs late", row.Attempts, *row.LatenessUS)
		}
	})
}

func TestReconnectedAccountCatchesUp(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindAttention)})
		clock.Advance(time.Minute)
		d.run(t)
		account, _, err := d.accounts.NetworkAccount(t.Context(), d.account)
		must(t, err)
		if account.Problem == "" {
			t.Fatal("the account shows no problem")
		}
		clock.Advance(time.Minute)
		must(t, d.sweep(t.Context(), sweepJob{}))
		if jobs := d.jobs(t); len(jobs) != 0 {
			t.Fatalf("the sweep wakes what cannot go: %v", jobs)
		}
		d.connect(t, connectors.Twitter, "mi")
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.run(t)
		d.wantState(t, id, Published)
	})
}

func TestDelayedPostGetsItsReceipt(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindDelayed), posted: true})
		d.net.findErrs = []error{netErr(connectors.KindUnknown)}
		clock.Advance(time.Minute)
		d.run(t)
		if row := d.wantState(t, id, Published); row.RemoteID != "" || *row.LatenessUS != 0 {
			t.Fatalf("%+v", row)
		}
		clock.Advance(usual.ReceiptPause)
		var again *rivertype.JobSnoozeError
		if err := d.fetchReceipt(t.Context(), receiptJob{id}); !errors.As(err, &again) {
			t.Fatalf("a look that failed: %v", err)
		}
		must(t, d.fetchReceipt(t.Context(), receiptJob{id}))
		if row := d.wantState(t, id, Published); row.RemoteID == "" {
			t.Error("no receipt")
		}
		if d.net.calls != 1 {
			t.Error("it was posted again")
		}
	})
}

func TestDelayedPostThatNeverShows(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindDelayed)})
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(usual.ReceiptPatience)
		must(t, d.fetchReceipt(t.Context(), receiptJob{id}))
		d.wantState(t, id, Published)
		if d.net.calls != 1 {
			t.Error("it was posted again")
		}
	})
}

func TestShutdownDoesNotCutACall(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		d.net.script(reply{during: stop})
		must(t, d.publish(ctx, publishJob{id}))
		d.wantState(t, id, Published)
	})
}

func TestShutdownWhileWaiting(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(55 * time.Second)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.publish(ctx, publishJob{id}) }()
		stop()
		if err := <-done; err == nil {
			t.Fatal("no error")
		}
		d.wantState(t, id, Scheduled)
	})
}

// TestShutdownOfAnArmedDelivery stops the service between the claim and the
// instant: nobody was called, and the next start is in time.
func TestShutdownOfAnArmedDelivery(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute - usual.Arm)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.publish(ctx, publishJob{id}) }()
		for d.delivery(t, id).State != Publishing {
			select {
			case err := <-done:
				t.Fatal("it ended before it was armed: ", err)
			default:
			}
		}
		stop()
		must(t, <-done)
		if row := d.wantState(t, id, Scheduled); !row.WakeAt.Equal(row.DueAt) || d.net.calls != 0 {
			t.Errorf("%d calls, %+v", d.net.calls, row)
		}
		clock.Advance(usual.Arm)
		d.run(t)
		d.wantState(t, id, Published)
	})
}

// TestExpiredWhileFrozen: the machine slept between the claim and the instant.
func TestExpiredWhileFrozen(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.ExpiresAfter = 10 * time.Second
		id := d.schedule(t, draft).ID
		clock.Advance(time.Minute - usual.Arm)
		out, _ := d.claimNow(t, id)
		clock.Advance(20 * time.Second)
		if ok, err := d.releaseNow(out); ok || err != nil {
			t.Fatalf("released: %v, %v", ok, err)
		}
		d.wantState(t, id, Expired)
	})
}

func TestFrozenProcessDoesNotCall(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		out, ok := d.claimNow(t, id)
		if !ok {
			t.Fatal("not claimed")
		}
		clock.Advance(usual.Lease - usual.Call + time.Microsecond)
		must(t, d.record(t.Context(), out, d.call(t.Context(), out)))
		d.wantState(t, id, Scheduled)
		if d.net.calls != 0 {
			t.Error("the network was called")
		}
	})
}

func TestCancelWhileTheCallIsUnderWay(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		postID := d.delivery(t, id).PostID
		d.net.script(reply{err: netErr(connectors.KindRetry), during: func() {
			post, err := d.CancelPost(t.Context(), d.actor, postID)
			if err != nil || post.CancelledAt == nil || post.Deliveries[0].State != Publishing {
				t.Errorf("cancel: %v, %+v", err, post)
			}
		}})
		d.run(t)
		d.wantState(t, id, Cancelled)
	})
}

func TestLateReceiptSettlesADoubt(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		d.net.script(reply{during: func() { // a process held up in the middle of the call
			clock.Advance(usual.Lease + usual.SweepGrace + time.Second)
			must(t, d.sweep(t.Context(), sweepJob{}))
			d.wantState(t, id, InDoubt)
		}})
		d.run(t)
		if row := d.wantState(t, id, Published); *row.LatenessUS != 0 {
			t.Errorf("%d µs late", *row.LatenessUS)
		}
	})
}

func TestJobWithoutCredentialsIsLeftToTheSweep(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.accounts = accounts.New(d.db, []byte("another secret, so that nothing can be opened"))
		var never *rivertype.JobCancelError
		if err := d.publish(t.Context(), publishJob{id}); err == nil || errors.As(err, &never) {
			t.Errorf("ahead of time: %v, want a retry", err)
		}
		clock.Advance(2 * time.Minute)
		if err := d.publish(t.Context(), publishJob{id}); !errors.As(err, &never) {
			t.Errorf("overdue: %v, want no retry", err)
		}
		d.wantState(t, id, Scheduled)
	})
}
