package campaigns

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/storage/storagetest"
)

// departures is a dispatcher with a script instead of a database.
type departures struct {
	*dispatcher
	clock *storagetest.Clock

	mu    sync.Mutex
	looks []int // deliveries of each look
	stay  map[int64]bool
	fail  error // of the next looks
	back  []int64
	order []int64 // as they went
}

func newDepartures(free int) *departures {
	d := &departures{clock: storagetest.NewClock(), stay: make(map[int64]bool)}
	d.dispatcher = newDispatcher(d.clock, free, d.lookAtAll, func(claimed []outgoing, _ []Delivery) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, out := range claimed {
			d.back = append(d.back, out.delivery.ID)
		}
		return nil
	})
	return d
}

func (d *departures) lookAtAll(claimed []outgoing) ([]Delivery, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks = append(d.looks, len(claimed))
	next := make([]Delivery, len(claimed))
	for i, out := range claimed {
		if next[i] = out.delivery; d.stay[out.delivery.ID] {
			next[i].State = Cancelled
		}
	}
	return next, d.fail
}

// send has a delivery wait for its instant, and gives what comes of it.
func (d *departures) send(ctx context.Context, delivery Delivery, instant time.Time) <-chan error {
	delivery.State = Publishing
	settled := make(chan error, 1)
	d.dispatcher.mu.Lock()
	before := len(d.waiting) + len(d.due)
	d.dispatcher.mu.Unlock()
	go func() {
		wave, err := d.await(ctx, outgoing{delivery: delivery}, instant)
		if wave != nil {
			d.mu.Lock()
			d.order = append(d.order, delivery.ID)
			d.mu.Unlock()
		}
		settled <- err
	}()
	if instant.After(d.clock.Now()) {
		d.until(func() bool { return len(d.waiting)+len(d.due) > before })
	}
	return settled
}

// until returns once something has come about in the lines.
func (d *departures) until(so func() bool) {
	for {
		d.dispatcher.mu.Lock()
		yes := so()
		d.dispatcher.mu.Unlock()
		if yes {
			return
		}
		runtime.Gosched()
	}
}

// went gives the deliveries in the order in which they went.
func (d *departures) went() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.order)
}

func TestCallsFollowTheDueInstants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := newDepartures(0)
		type due struct{ at, priority int }
		var want []Delivery
		for i := range rapid.IntRange(1, 30).Draw(rt, "deliveries") {
			drawn := due{rapid.IntRange(0, 4).Draw(rt, "due"), rapid.IntRange(-1, 1).Draw(rt, "priority")}
			want = append(want, Delivery{ID: int64(i + 1), DueAt: noon.Add(time.Duration(drawn.at) * time.Second), Priority: drawn.priority})
		}
		var settled []<-chan error
		for _, delivery := range want {
			// One that is tried again has an instant of its own.
			settled = append(settled, d.send(t.Context(), delivery, noon.Add(time.Duration(rapid.IntRange(1, 3).Draw(rt, "instant"))*time.Second)))
		}
		d.clock.Set(noon.Add(3 * time.Second))
		d.until(func() bool { return len(d.due) == len(want) })
		slices.SortFunc(want, func(a, b Delivery) int {
			return byDue(&departure{out: outgoing{delivery: a}}, &departure{out: outgoing{delivery: b}})
		})
		for i := range want {
			d.done() // a call is free
			d.until(func() bool { return len(d.went()) == i+1 })
		}
		for _, s := range settled {
			must(t, <-s)
		}
		if got := d.went(); !slices.EqualFunc(got, want, func(id int64, w Delivery) bool { return id == w.ID }) {
			rt.Errorf("went %v, want %v", got, want)
		}
	})
}

// A clock that is set while deliveries wait makes none early, and none wait for
// longer than until its instant has come again.
func TestTheClockIsSetWhileTheyWait(t *testing.T) {
	t.Parallel()
	d := newDepartures(1)
	first := d.send(t.Context(), Delivery{ID: 1, DueAt: noon}, noon.Add(time.Minute))
	second := d.send(t.Context(), Delivery{ID: 2, DueAt: noon}, noon.Add(time.Minute))
	d.clock.Set(noon.Add(-time.Hour))
	d.clock.Set(noon.Add(time.Minute - time.Microsecond))
	if got := d.went(); len(got) > 0 {
		t.Fatalf("%v went early", got)
	}
	d.clock.Set(noon.Add(24 * time.Hour))
	must(t, <-first)
	d.clock.Set(noon.Add(time.Second)) // before the second has its turn
	d.done()
	d.until(func() bool { return len(d.waiting) == 1 })
	if got := d.went(); len(got) > 1 {
		t.Fatalf("%v went early", got)
	}
	d.clock.Set(noon.Add(time.Minute))
	must(t, <-second)
	d.done()
}

func TestALookHoldsForAMoment(t *testing.T) {
	t.Parallel()
	d := newDepartures(1)
	var settled []<-chan error
	for id := range int64(3) {
		settled = append(settled, d.send(t.Context(), Delivery{ID: id + 1, DueAt: noon}, noon.Add(time.Second)))
	}
	d.clock.Advance(time.Second)
	must(t, <-settled[0])
	d.clock.Advance(lookHolds - time.Microsecond)
	d.done()
	must(t, <-settled[1])
	d.mu.Lock()
	d.stay[3] = true // paused, now that two are out
	d.mu.Unlock()
	d.clock.Advance(time.Microsecond)
	d.done()
	must(t, <-settled[2])
	if !slices.Equal(d.looks, []int{3, 1}) || !slices.Equal(d.back, []int64{3}) || !slices.Equal(d.order, []int64{1, 2}) {
		t.Errorf("looks at %v, %v went, %v held back", d.looks, d.order, d.back)
	}
}

func TestWhereNobodyCanLookNothingGoes(t *testing.T) {
	t.Parallel()
	d := newDepartures(1)
	d.fail = errors.New("no database")
	if err := <-d.send(t.Context(), Delivery{ID: 1}, noon); !errors.Is(err, d.fail) {
		t.Fatal(err)
	}
	d.fail = nil
	must(t, <-d.send(t.Context(), Delivery{ID: 2}, noon))
	if !slices.Equal(d.order, []int64{2}) || len(d.back) > 0 {
		t.Errorf("%v went, %v held back", d.order, d.back)
	}
	d.done()
}

func TestCallsAreNotLostWithWhoLeaves(t *testing.T) {
	t.Parallel()
	d := newDepartures(1)
	must(t, <-d.send(t.Context(), Delivery{ID: 1}, noon))
	ctx, leave := context.WithCancel(t.Context())
	inTurn := d.send(ctx, Delivery{ID: 2}, noon)
	ahead := d.send(ctx, Delivery{ID: 3}, noon.Add(time.Minute))
	d.until(func() bool { return len(d.due) == 1 && len(d.waiting) == 1 })
	leave()
	for _, left := range []<-chan error{inTurn, ahead} {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	d.until(func() bool { return !d.running }) // nobody is left to wait for
	d.done()
	must(t, <-d.send(t.Context(), Delivery{ID: 4}, noon))
	d.done()
}

func TestReceiptsMakeWayForTheFirstMoments(t *testing.T) {
	t.Parallel()
	d := newDepartures(0)
	d.makeWay() // nothing is due
	for range 2 {
		out := d.send(t.Context(), Delivery{ID: 1}, d.clock.Now().Add(time.Second))
		d.clock.Advance(time.Second)
		d.until(func() bool { return d.rush != nil })
		d.clock.Advance(firstMoments - time.Microsecond)
		made := make(chan bool)
		go func() {
			d.makeWay()
			close(made)
		}()
		select {
		case <-made:
			t.Error("a receipt was in the way")
		default:
		}
		d.done() // the last of those due goes
		<-made
		must(t, <-out)
	}
	_ = d.send(t.Context(), Delivery{ID: 2}, d.clock.Now().Add(time.Second))
	d.clock.Advance(time.Second)
	d.until(func() bool { return d.rush != nil })
	d.clock.Advance(firstMoments)
	d.makeWay() // though one still waits for its turn
	d.done()
}

// Before a crowd is released garbage is collected, once; a few do not need it.
func TestGarbageIsCollectedBeforeACrowdGoes(t *testing.T) {
	t.Parallel()
	for _, many := range []int{crowd - 1, crowd} {
		d := newDepartures(0)
		var collected atomic.Int32
		d.collect = func() { collected.Add(1) }
		instant := d.clock.Now().Add(2 * tidyBefore)
		ctx, leave := context.WithCancel(t.Context())
		var settled []<-chan error
		for i := range many {
			settled = append(settled, d.send(ctx, Delivery{ID: int64(i + 1), DueAt: instant}, instant))
		}
		d.until(func() bool { return d.wake != nil && d.dispatcher.until.Equal(instant.Add(-tidyBefore)) })
		d.clock.Advance(tidyBefore)
		d.until(func() bool { return d.wake != nil && d.dispatcher.until.Equal(instant) })
		if got := collected.Load(); got != int32(many/crowd) {
			t.Errorf("%d wait: collected %d times", many, got)
		}
		leave()
		for _, s := range settled {
			<-s
		}
	}
}
