package campaigns

import (
	"cmp"
	"slices"
	"time"
)

// departure is a claimed delivery on its way to its call.
type departure struct {
	out     outgoing
	instant time.Time
	looked  time.Time     // when it was last seen that it may go
	settled chan struct{} // closed once what follows may be read
	wave    *wave         // of its call; nil when it does not go
	err     error
}

// wave is the calls of one due instant, as far as they began one after another.
// Their requests go out in any order, but after those of the wave before. The
// dispatcher's lock guards it.
type wave struct {
	dueAt  time.Time
	former <-chan struct{} // over of the wave before
	over   chan struct{}   // closed once all its requests are on the wire, or have had their time for it
	unsent int
	ended  bool // no more calls join it
}

// firstWave is one that is over, for others to follow.
func firstWave() *wave {
	w := &wave{over: make(chan struct{}), ended: true}
	close(w.over)
	return w
}

// join gives the wave of a call that begins now: this one, or the next.
func (w *wave) join(dueAt time.Time) *wave {
	if w.ended || !w.dueAt.Equal(dueAt) {
		w.end()
		w = &wave{dueAt: dueAt, former: w.over, over: make(chan struct{})}
	}
	w.unsent++
	return w
}

func (w *wave) end() {
	if !w.ended && w.unsent == 0 {
		close(w.over)
	}
	w.ended = true
}

func (w *wave) sent() {
	w.unsent--
	if w.ended && w.unsent == 0 {
		close(w.over)
	}
}

// insert puts one in its place; mostly that is the end.
func insert(line []*departure, one *departure, order func(a, b *departure) int) []*departure {
	if len(line) == 0 || order(line[len(line)-1], one) <= 0 {
		return append(line, one)
	}
	place, _ := slices.BinarySearchFunc(line, one, order)
	return slices.Insert(line, place, one)
}

func byInstant(a, b *departure) int {
	return cmp.Or(a.instant.Compare(b.instant), byDue(a, b))
}

// byDue is the order of calls: what was due first goes first, and of that what
// has the higher priority.
func byDue(a, b *departure) int {
	one, other := &a.out.delivery, &b.out.delivery
	return cmp.Or(one.DueAt.Compare(other.DueAt), cmp.Compare(other.Priority, one.Priority), cmp.Compare(one.ID, other.ID))
}
