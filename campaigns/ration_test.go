package campaigns

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/shoptest"
	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// limitTo gives the account on net so many posts in a quarter of an hour.
func (d *desk) limitTo(posts int) {
	d.net.limits = []connectors.Limit{{Name: "posts", Calls: publishOnly, Most: posts, Span: 15 * time.Minute}}
}

func TestTheRestWaitsForItsPriority(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(2)
		var ids []int64
		for _, priority := range []int{0, -1, 5, 0} {
			draft := d.draft()
			draft.Priority = priority
			ids = append(ids, d.schedule(t, draft).ID)
		}
		clock.Advance(time.Minute)
		// The last ones of the line come first, and alone.
		for _, id := range []int64{ids[1], ids[3], ids[0], ids[2]} {
			if err := d.publish(t.Context(), publishJob{id}); err != nil && d.delivery(t, id).HeldBy == "" {
				t.Fatal(err)
			}
		}
		d.wantState(t, ids[2], Published)
		d.wantState(t, ids[0], Published)
		for _, id := range []int64{ids[1], ids[3]} {
			row := d.wantState(t, id, Scheduled)
			if row.HeldBy != "posts" || row.Attempts != 0 || !row.WakeAt.Equal(clock.Now().Add(15*time.Minute+usual.Arm)) {
				t.Errorf("held by %q until %v, %d attempts", row.HeldBy, row.WakeAt, row.Attempts)
			}
			post, err := d.Post(t.Context(), row.PostID)
			must(t, err)
			if until := post.Deliveries[0].HeldUntil; until == nil || !until.Equal(*row.WakeAt) {
				t.Errorf("the page says until %v", until)
			}
		}
		clock.Advance(15 * time.Minute)
		d.run(t)
		clock.Advance(time.Minute)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.run(t)
		for _, id := range ids {
			if row := d.wantState(t, id, Published); row.HeldBy != "" || row.Attempts != 1 {
				t.Errorf("%+v", row)
			}
		}
		if d.net.calls != 4 {
			t.Errorf("%d calls", d.net.calls)
		}
	})
}

func TestWhatWouldBeLateExpires(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(1)
		first := d.schedule(t, d.draft()).ID
		draft := d.draft()
		draft.ExpiresAfter = 10 * time.Minute
		second := d.schedule(t, draft).ID
		clock.Advance(time.Minute)
		d.run(t)
		d.wantState(t, first, Published)
		if row := d.wantState(t, second, Expired); row.HeldBy != "posts" || row.Error == "" || row.WakeAt != nil {
			t.Errorf("%+v", row)
		}
		if d.net.calls != 1 {
			t.Errorf("%d calls", d.net.calls)
		}
	})
}

// What cannot go takes no place in the line.
func TestThePausedDoNotHoldTheOthersBack(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(1)
		draft := d.draft()
		draft.Priority = MaxPriority
		paused := d.schedule(t, draft)
		must(t, d.PauseScope(t.Context(), d.actor, OfPost(paused.PostID)))
		free := d.schedule(t, d.draft()).ID
		clock.Advance(time.Minute)
		d.run(t)
		d.wantState(t, paused.ID, Scheduled)
		d.wantState(t, free, Published)
	})
}

// A refusal that says until when has all of the account wait together.
func TestARefusalHoldsTheOthers(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(100)
		first, second := d.schedule(t, d.draft()).ID, d.schedule(t, d.draft()).ID
		clock.Advance(time.Minute)
		until := clock.Now().Add(7 * time.Minute)
		limited := netErr(connectors.KindRetry)
		limited.RetryAt, limited.Limits = until, []connectors.Standing{{Limit: "posts", Most: 100, ResetsAt: until}}
		d.net.script(reply{err: limited})
		must(t, d.publish(t.Context(), publishJob{first}))
		if err := d.publish(t.Context(), publishJob{second}); err == nil {
			t.Error("the second job has nothing to come back for")
		}
		for id, wake := range map[int64]time.Time{first: until, second: until.Add(usual.Arm)} {
			if row := d.wantState(t, id, Scheduled); row.HeldBy != "posts" || !row.WakeAt.Equal(wake) {
				t.Errorf("held by %q until %v, want %v", row.HeldBy, row.WakeAt, wake)
			}
		}
		if d.net.calls != 1 {
			t.Errorf("%d calls", d.net.calls)
		}
	})
}

// A call that began before the reset may count after it.
func TestCallsUnderWayCountInTheNewWindow(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(2)
		var ids []int64
		for _, due := range []time.Duration{1, 15, 16, 16} {
			draft := d.draft()
			draft.DueAt = clock.Now().Add(due*time.Minute + 50*time.Second)
			ids = append(ids, d.schedule(t, draft).ID)
		}
		clock.Advance(110 * time.Second)
		d.run(t) // the window begins
		clock.Advance(14 * time.Minute)
		if _, ok := d.claimNow(t, ids[1]); !ok {
			t.Fatal("not claimed")
		}
		clock.Advance(time.Minute) // and is over
		d.run(t)
		d.wantState(t, ids[2], Published)
		d.wantState(t, ids[3], Scheduled)
	})
}

// Two processes on one PostgreSQL share a budget, and so do the accounts of one app.
func TestTwoProcessesShareABudget(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		third := d.connect(t, connectors.Twitter, "mi-hk")
		d.net.limits = []connectors.Limit{{Name: "posts_app", Calls: publishOnly, Most: 7, Span: time.Hour, App: "a1"}}
		jobs, err := scheduler.New(db, nil)
		must(t, err)
		other, err := New(Options{
			DB: db, Jobs: jobs, Accounts: accounts.New(db, testSecret), Links: openLinks(t, db, "https://fan.example"), PublicURL: "https://fan.example",
			Networks: []connectors.Network{d.net, d.weibo},
		})
		must(t, err)
		var ids []int64
		for i := range 10 {
			draft := d.draft()
			draft.Accounts = []int64{[]int64{d.account, third}[i%2]}
			ids = append(ids, d.schedule(t, draft).ID)
		}
		clock.Advance(time.Minute)
		var workers sync.WaitGroup
		for i, id := range append(ids, ids...) {
			workers.Go(func() {
				_ = []*Service{d.Service, other}[i%2].publish(t.Context(), publishJob{id})
			})
		}
		workers.Wait()
		states := make(map[State]int)
		for _, id := range ids {
			states[d.delivery(t, id).State]++
		}
		if d.net.calls != 7 || states[Published] != 7 || states[Scheduled] != 3 {
			t.Errorf("%d calls, %v", d.net.calls, states)
		}
	})
}

func TestALookWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		calls := []connectors.Call{connectors.CallPublish, connectors.CallFind}
		d.net.limits = []connectors.Limit{{Name: "calls", Calls: calls, Most: 1, Span: 5 * time.Minute}}
		d.net.script(reply{err: netErr(connectors.KindUnknown), posted: true})
		id := d.schedule(t, d.draft()).ID
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(time.Minute)
		d.run(t)
		row := d.wantState(t, id, InDoubt)
		if d.net.finds != 0 || row.WakeAt == nil || !row.WakeAt.Equal(clock.Now().Add(4*time.Minute)) {
			t.Errorf("%d looks; the next at %v", d.net.finds, row.WakeAt)
		}
		clock.Advance(4 * time.Minute)
		d.run(t)
		d.wantState(t, id, Published)
	})
}

func TestPriorityIsChecked(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		d := openDesk(t, db)
		for _, priority := range []int{-10, 10} {
			draft := d.draft()
			draft.Priority = priority
			_, err := d.SchedulePost(t.Context(), d.actor, draft)
			if fields := shoptest.InvalidFields(t, err); fmt.Sprint(fields) != "[priority]" {
				t.Errorf("%d: %v", priority, fields)
			}
		}
	})
}

// A claim that is taken back at the instant made no call: the pause costs none.
func TestWhatIsTakenBackCostsNoCall(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(1)
		id := d.schedule(t, d.draft()).ID
		clock.Advance(time.Minute - usual.Arm)
		out, ok := d.claimNow(t, id)
		if !ok {
			t.Fatal("not claimed")
		}
		must(t, d.Pause(t.Context(), d.actor))
		clock.Advance(usual.Arm)
		if ok, err := d.releaseNow(out); ok || err != nil {
			t.Fatalf("released: %v, %v", ok, err)
		}
		must(t, d.Resume(t.Context(), d.actor))
		d.run(t)
		d.wantState(t, id, Published)
	})
}

// Posts for the full hour are claimed before it, and count after it.
func TestAClaimAheadCountsInItsOwnWindow(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.net.limits = []connectors.Limit{{Name: "posts", Calls: publishOnly, Most: 1, Span: time.Hour, Zone: time.UTC}}
		hour := clock.Now().Truncate(time.Hour).Add(time.Hour)
		var ids []int64
		for _, after := range []time.Duration{-time.Minute, 0, time.Minute} {
			draft := d.draft()
			draft.DueAt = hour.Add(after)
			ids = append(ids, d.schedule(t, draft).ID)
		}
		clock.Set(hour.Add(-time.Minute))
		d.run(t)
		d.wantState(t, ids[0], Published) // the last of its hour
		clock.Set(hour.Add(-usual.Arm))
		out, ok := d.claimNow(t, ids[1])
		if !ok {
			t.Fatal("not claimed for the new hour")
		}
		clock.Set(hour)
		must(t, d.record(t.Context(), out, d.call(t.Context(), out)))
		clock.Set(hour.Add(time.Minute))
		d.run(t)
		d.wantState(t, ids[1], Published)
		if row := d.wantState(t, ids[2], Scheduled); !row.WakeAt.Equal(hour.Add(time.Hour + usual.Arm)) {
			t.Errorf("waits until %v", row.WakeAt)
		}
	})
}
