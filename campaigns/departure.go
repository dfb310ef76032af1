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
	goes    bool
	err     error
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
