package twitter

import (
	"net/http"
	"strconv"
	"time"

	"fanfare/connectors"
)

// limited are the kinds of call that X limits apart, by the name of their
// windows, with what is documented: for v2 at
// https://docs.x.com/x-api/fundamentals/rate-limits, for v1.1 at
// https://developer.x.com/en/docs/twitter-api/v1/rate-limits. Where sources
// differ these are the stricter figures.
var limited = []struct {
	call     connectors.Call
	name     string
	v2, v1   int // an account's in a window
	v1Span   time.Duration
	v2AppDay int // an app's in 24 h
}{
	{connectors.CallPublish, "posts", 100, 300, 3 * time.Hour, 10_000},
	{connectors.CallFind, "reads", 900, 900, window, 0},
	{connectors.CallCounts, "counts", 900, 900, window, 0},
	{connectors.CallVerify, "checks", 75, 75, window, 0},
	{connectors.CallUpload, "uploads", 500, 500, window, 0}, // through v2 from v1.1 as well
	{connectors.CallRenew, "renewals", 0, 0, window, 0},     // X documents none, and may tell of one
}

const (
	window = 15 * time.Minute
	day    = 24 * time.Hour
)

// The windows of a kind of call: the short one, and those of a day, which some
// plans have and X tells of in its answers.
const (
	userDay = "_day"
	appDay  = "_app_day"
)

// Limits implements connectors.Network.
func (n *Network) Limits(raw connectors.Credentials) []connectors.Limit {
	c, bad := parseCredentials(raw)
	if bad != nil {
		return nil
	}
	app := connectors.AppFingerprint(connectors.Twitter, c.app())
	var limits []connectors.Limit
	for _, l := range limited {
		calls := []connectors.Call{l.call}
		short := connectors.Limit{Name: l.name, Calls: calls, Most: l.v2, Span: window}
		ofApp := connectors.Limit{Name: l.name + appDay, Calls: calls, Most: l.v2AppDay, Span: day, App: app}
		if c.API == v11 {
			short.Most, short.Span, ofApp.Most = l.v1, l.v1Span, 0
		}
		limits = append(limits, short, connectors.Limit{Name: l.name + userDay, Calls: calls, Span: day}, ofApp)
	}
	return limits
}

// app is what X knows the app by.
func (c *credentials) app() string {
	if c.oauth2() {
		return c.ClientID
	}
	return c.ConsumerKey
}

// standings reads how the limits of a call stand out of an answer.
func (a answer) standings(call connectors.Call) []connectors.Standing {
	return standings(a.header, a.status, call)
}

// standings: X tells them as it likes; where it refuses without a figure,
// nothing is left.
func standings(h http.Header, status int, call connectors.Call) []connectors.Standing {
	var told []connectors.Standing
	for _, l := range limited {
		if l.call != call {
			continue
		}
		for _, w := range []struct{ name, header string }{
			{l.name, "x-rate-limit-"}, {l.name + userDay, "x-user-limit-24hour-"}, {l.name + appDay, "x-app-limit-24hour-"},
		} {
			left, err := strconv.ParseUint(h.Get(w.header+"remaining"), 10, 31)
			reset := unix(h.Get(w.header + "reset"))
			switch {
			case reset.IsZero() || err != nil && status != http.StatusTooManyRequests:
				continue
			case err != nil:
				left = 0
			}
			most, _ := strconv.ParseUint(h.Get(w.header+"limit"), 10, 31) // 0 is not told
			told = append(told, connectors.Standing{
				Limit: w.name, Most: int(most), Left: int(left),
				ResetsAt: reset.Add(time.Second), // it is told in whole seconds, perhaps cut off
			})
		}
	}
	return told
}
