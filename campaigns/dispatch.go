package campaigns

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"fanfare/storage"
)

const (
	// mostCalls is how many calls to one network are under way at a time: enough
	// for thousands of posts to leave within seconds though each answer takes some
	// tenths of one, and few enough not to drown in connections.
	mostCalls = 512
	// mostSending is how many of them are on their way out: what is sent all at
	// once arrives in any order. sendPatience is for a slow one, from its beginning:
	// then it neither counts among them nor do those wait that were due later, so
	// that a network that takes no connection holds nobody up for long.
	mostSending  = 64
	sendPatience = 100 * time.Millisecond
	// mostLooked is how many deliveries share one look at what may keep them
	// back, and lookHolds how long it holds: by then a call has begun, or it is
	// looked again.
	mostLooked = 2000
	lookHolds  = 25 * time.Millisecond
	// firstMoments is how long after an instant receipts make way for what is due:
	// a receipt can wait, and a post that waits for it is late.
	firstMoments = 250 * time.Millisecond
	// A crowd that waits fills the memory with the stacks of its goroutines. To collect
	// garbage among those of ten thousand takes 60 ms of two processors: done so long
	// before their instant, it does not begin in the midst of their release.
	crowd      = 1000
	tidyBefore = 500 * time.Millisecond
)

// dispatcher lets the claimed deliveries of one network go: never before their
// instant, in due order, and so many calls at a time. Due order is that in which
// requests are written to their connections. One goroutine and one timer
// wait for all of them, and one look tells of many whether they still may go.
type dispatcher struct {
	clock storage.Clock
	// look gives the next states of claimed deliveries: who is still publishing
	// may go. takeBack stores those of the others.
	look     func(claimed []outgoing) (next []Delivery, err error)
	takeBack func(claimed []outgoing, next []Delivery) error
	patience time.Duration // with a call that is not sent
	collect  func()        // garbage

	mu      sync.Mutex
	free    int          // calls that may begin
	sending int          // and of these, requests that may be sent
	waiting []*departure // for their instant, in order
	due     []*departure // in due order
	wave    *wave        // of the call that began last
	tidied  time.Time    // the instant before which garbage was collected
	running bool
	until   time.Time // run sleeps, if wake is not nil
	wake    context.CancelFunc

	rush     context.Context // until due is empty again; nil when it is
	rushed   context.CancelFunc
	calmFrom time.Time // receipts need not wait any more
}

func newDispatcher(
	clock storage.Clock, free int,
	look func(claimed []outgoing) ([]Delivery, error), takeBack func(claimed []outgoing, next []Delivery) error,
) *dispatcher {
	return &dispatcher{clock: clock, free: free, sending: mostSending, wave: firstWave(), look: look, takeBack: takeBack, patience: sendPatience, collect: runtime.GC}
}

// await returns at the instant or later. With a wave, the call is to be made, now,
// and ended with sent and done; without, the claim is taken back, or there is an
// error and nothing is known but that no call was made.
func (d *dispatcher) await(ctx context.Context, out outgoing, instant time.Time) (*wave, error) {
	mine := &departure{out: out, instant: instant, settled: make(chan struct{})}
	d.mu.Lock()
	d.waiting = insert(d.waiting, mine, byInstant)
	if d.wake == nil || instant.Before(d.until) {
		d.stir()
	}
	d.mu.Unlock()
	select {
	case <-mine.settled:
	case <-ctx.Done():
		if d.leave(mine) {
			return nil, ctx.Err()
		}
		<-mine.settled // it goes at this moment, or is being taken back
	}
	return mine.wave, mine.err
}

// leave takes a departure out of the line, if it still stands in it.
func (d *dispatcher) leave(mine *departure) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, line := range []*[]*departure{&d.waiting, &d.due} {
		if i := slices.Index(*line, mine); i >= 0 {
			*line = slices.Delete(*line, i, i+1)
			d.stir()
			return true
		}
	}
	return false
}

// sent tells that a call's request is on the wire. It comes before done, once.
func (d *dispatcher) sent(w *wave) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.sent()
	d.sending++
	d.goOn()
}

// done ends a call.
func (d *dispatcher) done() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free++
	d.goOn()
}

// goOn has the call of the first in line begin.
func (d *dispatcher) goOn() {
	if d.letGo(d.clock.Now()); len(d.due) > 0 {
		d.stir()
	}
}

// open tells whether a call may begin.
func (d *dispatcher) open() bool { return d.free > 0 && d.sending > 0 }

// stir has run look at the lines again.
func (d *dispatcher) stir() {
	switch {
	case !d.running:
		d.running = true
		go d.run()
	case d.wake != nil:
		d.wake()
		d.wake = nil
	}
}

// run sees to the lines until they are empty.
func (d *dispatcher) run() {
	for {
		unsure, rest, ok := d.next()
		switch {
		case !ok:
			return
		case len(unsure) > 0:
			d.lookAt(unsure)
		default:
			rest()
		}
	}
}

// next lets go what may, and tells what run is to do then: look at the first in
// line, rest, or end.
func (d *dispatcher) next() (unsure []*departure, rest func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.ripen(now)
	d.letGo(now)
	switch {
	case len(d.due) > 0 && d.open():
		return slices.Clone(d.due[:min(len(d.due), mostLooked)]), nil, true
	case len(d.due) == 0 && len(d.waiting) == 0:
		d.running = false
		return nil, nil, false
	}
	until := now.Add(time.Hour) // or until a call is done
	if len(d.waiting) > 0 {
		until = d.waiting[0].instant
	}
	switch tidy := until.Add(-tidyBefore); {
	case now.Before(tidy):
		until = tidy
	case len(d.waiting) >= crowd && !d.tidied.Equal(until):
		d.tidied = until
		return nil, d.collect, true
	}
	ctx, wake := context.WithCancel(context.Background())
	d.until, d.wake = until, wake
	return nil, func() {
		defer wake()
		_ = d.clock.WaitUntil(ctx, until) // or somebody came who cannot wait so long
		d.mu.Lock()
		defer d.mu.Unlock()
		d.wake = nil
	}, true
}

// ripen moves over those whose instant has come.
func (d *dispatcher) ripen(now time.Time) {
	n := 0
	for ; n < len(d.waiting) && !d.waiting[n].instant.After(now); n++ {
		d.due = insert(d.due, d.waiting[n], byDue)
	}
	d.waiting = slices.Delete(d.waiting, 0, n)
	if len(d.due) > 0 && d.rush == nil {
		d.rush, d.rushed = context.WithCancel(context.Background())
		d.calmFrom = now.Add(firstMoments)
	}
}

// letGo has the calls of the first in line begin, as far as a look holds and calls are free.
func (d *dispatcher) letGo(now time.Time) {
	for d.open() && len(d.due) > 0 {
		first := d.due[0]
		if first.instant.After(now) { // the clock was set back
			d.waiting = insert(d.waiting, first, byInstant)
			d.stir()
		} else {
			if age := now.Sub(first.looked); age < 0 || age >= lookHolds {
				return
			}
			d.free--
			d.sending--
			d.wave = d.wave.join(first.out.delivery.DueAt)
			first.wave = d.wave
			close(first.settled)
		}
		d.due[0] = nil
		d.due = d.due[1:]
	}
	if len(d.due) == 0 && d.rush != nil {
		d.rushed()
		d.rush = nil
	}
}

// lookAt looks once for many whether they still may go.
func (d *dispatcher) lookAt(unsure []*departure) {
	claimed := make([]outgoing, len(unsure))
	for i, u := range unsure {
		claimed[i] = u.out
	}
	next, err := d.look(claimed)
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	stay := make(map[*departure]Delivery)
	for i, u := range unsure {
		switch {
		case err != nil:
			stay[u] = u.out.delivery
		case next[i].State == Publishing:
			u.looked = now
		default:
			stay[u] = next[i]
		}
	}
	if len(stay) > 0 {
		d.holdBack(stay, err)
	}
}

// holdBack takes those out of the line who may not go, or of whom that is not
// known. Storing it is not for the others to wait for.
func (d *dispatcher) holdBack(stay map[*departure]Delivery, err error) {
	var back []*departure
	var claimed []outgoing
	var next []Delivery
	d.due = slices.DeleteFunc(d.due, func(one *departure) bool {
		to, stays := stay[one]
		if stays {
			back, claimed, next = append(back, one), append(claimed, one.out), append(next, to)
		}
		return stays
	})
	go func() {
		if err == nil {
			err = d.takeBack(claimed, next)
		}
		for _, one := range back {
			one.err = err
			close(one.settled)
		}
	}()
}

// makeWay returns when nothing is due, or the first moments of it are over.
func (d *dispatcher) makeWay() {
	d.mu.Lock()
	rush, until := d.rush, d.calmFrom
	d.mu.Unlock()
	if rush != nil {
		_ = d.clock.WaitUntil(rush, until) // either will do
	}
}
