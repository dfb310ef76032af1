package accounts

import (
	"maps"
	"sync"
	"time"
)

// bounds limit what strangers may try. The first two are for many tries at one
// person, the others for one try at many, and for the work they make. The
// overall window ends quickly: while somebody floods the door, those who belong
// here must get through now and then.
type bounds struct {
	perEmail      int
	emailWindow   time.Duration
	overall       int
	overallWindow time.Duration
}

var (
	guesses = bounds{perEmail: 10, emailWindow: 15 * time.Minute, overall: 600, overallWindow: time.Minute} // of passwords
	letters = bounds{perEmail: 3, emailWindow: time.Hour, overall: 60, overallWindow: time.Minute}          // that strangers ask for
)

// attempts counts tries, in memory: a restart forgives them. An attempt counts
// from its beginning, so that many at once do not slip through before the
// first has failed.
type attempts struct {
	bounds
	mu      sync.Mutex
	total   window
	byEmail map[string]window // at most bounds.overall new ones each overallWindow
}

func newAttempts(b bounds) *attempts { return &attempts{bounds: b, byEmail: map[string]window{}} }

// window counts from its first attempt on, and is over when it is as old as it
// is long.
type window struct {
	since time.Time
	count int
}

// over is true too when the clock was set back to before the window began.
func (w window) over(now time.Time, length time.Duration) bool {
	age := now.Sub(w.since)
	return age < 0 || age >= length
}

// begin counts an attempt and gives 0, or gives how long to wait.
func (a *attempts) begin(email string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.total.over(now, a.overallWindow) {
		a.total = window{since: now}
		maps.DeleteFunc(a.byEmail, func(_ string, w window) bool { return w.over(now, a.emailWindow) })
	}
	own := a.byEmail[email]
	if own.over(now, a.emailWindow) {
		own = window{since: now}
	}
	if own.count >= a.perEmail {
		return own.since.Add(a.emailWindow).Sub(now)
	}
	if a.total.count >= a.overall {
		return a.total.since.Add(a.overallWindow).Sub(now)
	}
	own.count++
	a.total.count++
	a.byEmail[email] = own
	return 0
}

// takeBack undoes begin for an attempt that came to no answer.
func (a *attempts) takeBack(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.count = max(0, a.total.count-1)
	if own, ok := a.byEmail[email]; ok {
		own.count = max(0, own.count-1)
		a.byEmail[email] = own
	}
}

// succeeded forgives the email its failures.
func (a *attempts) succeeded(email string) {
	a.takeBack(email)
	a.forgive(email)
}

// forgive lets an email begin anew.
func (a *attempts) forgive(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byEmail, email)
}
