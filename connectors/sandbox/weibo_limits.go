package sandbox

import "time"

// chinaTime is what Weibo counts its days in and writes its times in.
var chinaTime = time.FixedZone("CST", 8*60*60)

// tally counts within a window of the clock.
type tally struct {
	start time.Time
	used  int
}

// in gives what is used in the window that started at start.
func (t *tally) in(start time.Time) int {
	if !t.start.Equal(start) {
		*t = tally{start: start}
	}
	return t.used
}

// take counts one more and tells whether limit still allows it.
func (t *tally) take(start time.Time, limit int) bool {
	if t.in(start) >= limit {
		return false
	}
	t.used++
	return true
}

func hourOf(t time.Time) time.Time { return t.Truncate(time.Hour) }

func dayOf(t time.Time) time.Time {
	t = t.In(chinaTime)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, chinaTime)
}

// The names of the limits.
const (
	postsPerHour = "posts_per_hour"
	callsPerDay  = "calls_per_day"
)

func (w *Weibo) limits() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]int{postsPerHour: w.options.PostsPerHour, callsPerDay: w.options.CallsPerDay}
}

func (w *Weibo) setLimit(name string, calls int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name == postsPerHour {
		w.options.PostsPerHour = calls
	} else {
		w.options.CallsPerDay = calls
	}
}
