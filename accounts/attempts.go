package accounts

import (
	"maps"
	"sync"
	"time"
)

// The bounds on guessing passwords. The first is for many guesses at one
// person, the second for one guess at many, and for the work they make. The
// second ends quickly: while somebody floods the door, those who belong here
// must get through now and then.
const (
	attemptsPerEmail = 10
	emailWindow      = 15 * time.Minute
	attemptsOverall  = 600
	overallWindow    = time.Minute
)

// attempts counts failed sign-ins, in memory: a restart forgives them. An
// attempt counts from its beginning, so that many at once do not slip through
// before the first has failed.
type attempts struct {
	mu      sync.Mutex
	overall window
	byEmail map[string]window // at most attemptsOverall new ones each overallWindow
}

func newAttempts() *attempts { return &attempts{byEmail: map[string]window{}} }

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
	if a.overall.over(now, overallWindow) {
		a.overall = window{since: now}
		maps.DeleteFunc(a.byEmail, func(_ string, w window) bool { return w.over(now, emailWindow) })
	}
	own := a.byEmail[email]
	if own.over(now, emailWindow) {
		own = window{since: now}
	}
	if own.count >= attemptsPerEmail {
		return own.since.Add(emailWindow).Sub(now)
	}
	if a.overall.count >= attemptsOverall {
		return a.overall.since.Add(overallWindow).Sub(now)
	}
	own.count++
	a.overall.count++
	a.byEmail[email] = own
	return 0
}

// takeBack undoes begin for an attempt that came to no answer.
func (a *attempts) takeBack(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.overall.count = max(0, a.overall.count-1)
	if own, ok := a.byEmail[email]; ok {
		own.count = max(0, own.count-1)
		a.byEmail[email] = own
	}
}

// succeeded forgives the email its failures.
func (a *attempts) succeeded(email string) {
	a.takeBack(email)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byEmail, email)
}
