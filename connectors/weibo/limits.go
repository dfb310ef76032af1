package weibo

import (
	"time"

	"fanfare/connectors"
)

// The windows, by name.
const (
	postsHour = "posts"
	callsDay  = "calls"
	callsHour = "calls_hour" // of this server's address: known by Weibo's refusals alone
)

// settling is how many of the day's calls are kept for looking posts up. A
// doubt takes three looks at the most.
const settling = 30

// Limits implements connectors.Network. The figures are the stricter ones of
// https://open.weibo.com/wiki/Rate-limiting and of the apps' own pages there:
// 30 posts an hour of a user, 100 calls a day of a user and app.
func (n *Network) Limits(raw connectors.Credentials) []connectors.Limit {
	if _, bad := parseCredentials(raw); bad != nil {
		return nil
	}
	return limits
}

var allCalls = []connectors.Call{connectors.CallPublish, connectors.CallFind, connectors.CallCounts, connectors.CallVerify}

var limits = []connectors.Limit{
	{Name: postsHour, Calls: []connectors.Call{connectors.CallPublish}, Most: 30, Span: time.Hour, Zone: chinaTime},
	{Name: callsDay, Calls: allCalls, Most: 100, Span: 24 * time.Hour, Zone: chinaTime, Reserve: settling},
	{Name: callsHour, Calls: allCalls, Span: time.Hour, Zone: chinaTime},
}

// chinaTime is what Weibo's days are counted in; it has no summer time.
var chinaTime = time.FixedZone("CST", 8*60*60)

// windowEnd gives the start of the next window, the zero time without a name.
// Weibo sends no header with the true instant, so this is the latest that it
// can be if its windows are aligned to the clock.
func (n *Network) windowEnd(name string) time.Time {
	for _, l := range limits {
		if l.Name == name {
			return l.End(n.now())
		}
	}
	return time.Time{}
}

// spent tells of the window that a refusal says is used up: Weibo tells nothing
// else of its limits.
func (n *Network) spent(r ruling) []connectors.Standing {
	if r.window == "" {
		return nil
	}
	return []connectors.Standing{{Limit: r.window, ResetsAt: n.windowEnd(r.window)}}
}
