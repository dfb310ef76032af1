package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// xWindow counts calls of one kind. It begins with the first of them.
type xWindow struct {
	end  time.Time
	used int
}

// in gives the window that now lies in: a new one when it is over.
func (w *xWindow) in(now time.Time, span time.Duration) *xWindow {
	if w == nil || !now.Before(w.end) {
		return &xWindow{end: now.Add(span)}
	}
	return w
}

// spend counts a call of an account, and a post of its app, and tells whether
// both limits allowed it. x.mu must be held.
func (x *X) spend(u *xUser, call Call, now time.Time) (http.Header, bool) {
	limit := x.rates[call]
	w := u.spent[call].in(now, limit.Window)
	u.spent[call] = w
	allowed := w.used < limit.Calls
	var app *xWindow
	if call == CallPublish {
		app = x.apps[u.ConsumerKey].in(now, 24*time.Hour)
		x.apps[u.ConsumerKey] = app
		allowed = allowed && app.used < x.appDay
	}
	if allowed {
		w.used++
	}
	header := rateHeader(limit, limit.Calls-w.used, w.end)
	if app != nil {
		if allowed {
			app.used++
		}
		setRate(header, "x-app-limit-24hour-", x.appDay, x.appDay-app.used, app.end)
	}
	return header, allowed
}

func rateHeader(limit XLimit, remaining int, reset time.Time) http.Header {
	h := http.Header{}
	setRate(h, "x-rate-limit-", limit.Calls, remaining, reset)
	return h
}

func setRate(h http.Header, prefix string, most, remaining int, reset time.Time) {
	h.Set(prefix+"limit", strconv.Itoa(most))
	h.Set(prefix+"remaining", strconv.Itoa(max(remaining, 0)))
	h.Set(prefix+"reset", strconv.FormatInt(reset.Unix(), 10))
}

// appPosts is the name of the app's limit among the others.
const appPosts = "app_posts_per_day"

func (x *X) limits() map[string]int {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := map[string]int{appPosts: x.appDay}
	for call, limit := range x.rates {
		all[string(call)] = limit.Calls
	}
	return all
}

func (x *X) setLimit(name string, calls int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if name == appPosts {
		x.appDay = calls
		return
	}
	limit := x.rates[Call(name)]
	limit.Calls = calls
	x.rates[Call(name)] = limit
}
