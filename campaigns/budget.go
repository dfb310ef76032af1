package campaigns

import (
	"strconv"
	"time"

	"fanfare/connectors"
)

// budget is what is left of one limit of a network in one window of time. Every
// call takes one before it begins, and never gives it back: a call whose outcome
// is unknown may have counted.
type budget struct {
	Owner     string `gorm:"primaryKey"`
	Name      string `gorm:"primaryKey"`
	Remaining int64
	Most      int64 // as the network told; 0 when it did not
	ResetsAt  time.Time
	Told      bool // the network told when it resets; else that is our guess
}

// limited is an account with the limits of its network.
type limited struct {
	accountID int64
	limits    []connectors.Limit
}

// owner names the one whose budget a limit is.
func (a limited) owner(l connectors.Limit) string {
	if l.App != "" {
		return "app " + l.App
	}
	return "account " + strconv.FormatInt(a.accountID, 10)
}

// keys gives the budget of each limit, in their order.
func (a limited) keys() []budgetKey {
	keys := make([]budgetKey, len(a.limits))
	for i, l := range a.limits {
		keys[i] = budgetKey{a.owner(l), l.Name}
	}
	return keys
}

// hold is why a call must wait, and until when.
type hold struct {
	limit string
	until time.Time
}

// most is how many calls a window has; 0 when nobody knows.
func (b budget) most(l connectors.Limit) int64 {
	if b.Most > 0 {
		return b.Most
	}
	return int64(l.Most)
}

// over tells whether the window has ended.
func (b budget) over(now time.Time) bool { return !now.Before(b.ResetsAt) }

// in gives the budget for a call at when: a window that is over gives way to a
// new one, from which the calls are missing that were under way meanwhile. It
// is not bounded while nobody knows how many calls there are.
func (b budget) in(when time.Time, l connectors.Limit, underWay int64) (current budget, bounded bool) {
	if !b.over(when) {
		return b, true
	}
	most := b.most(l)
	if most == 0 {
		return b, false
	}
	b.Remaining, b.ResetsAt, b.Told = max(most-underWay, 0), stored(l.End(when)), false
	return b, true
}

// sameEnd is how far the ends of one window may lie apart, by what is told.
const sameEnd = 2 * time.Second

// heard believes what the network says of the limit, except that it knows
// nothing of calls that are still on their way: within a window the lesser figure
// counts, for answers come out of order as well, and from a new one those under
// way are missing. An answer that was on its way when its window ended says
// nothing any more.
func (b budget) heard(s connectors.Standing, l connectors.Limit, now time.Time, underWay int64) budget {
	begun := b.ResetsAt.Add(-l.Span)
	left := int64(s.Left)
	switch {
	case !s.ResetsAt.After(now),
		b.Told && s.ResetsAt.Before(b.ResetsAt.Add(-sameEnd)),
		!b.Told && !b.over(now) && !s.ResetsAt.After(begun.Add(sameEnd)):
		return b // of a window that is over
	case b.over(now), b.Told && s.ResetsAt.After(b.ResetsAt.Add(sameEnd)):
		left -= underWay // the first that we hear of a new one
	default:
		left = min(left, b.Remaining)
	}
	if s.Most > 0 {
		b.Most = int64(s.Most)
	}
	b.Remaining, b.ResetsAt, b.Told = max(left, 0), stored(s.ResetsAt), true
	return b
}
