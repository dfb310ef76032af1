package campaigns

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
)

// quota is how many posts of an account a network takes in any span of time.
type quota struct {
	posts int
	span  time.Duration
}

// quotas are those that the networks document: X's at
// https://docs.x.com/x-api/fundamentals/rate-limits, Weibo's at
// https://open.weibo.com/wiki/Rate-limiting. Weibo's day counts all calls, and
// a post is one at least.
var quotas = map[string][]quota{
	connectors.Twitter: {{100, 15 * time.Minute}},
	connectors.Weibo:   {{30, time.Hour}, {100, 24 * time.Hour}},
}

const longestSpan = 24 * time.Hour

// peak is the fullest span of a quota.
type peak struct {
	quota
	used int
	from time.Time
}

// share is the part of the quota that is used; more than 1 is too much.
func (p peak) share() float64 { return float64(p.used) / float64(p.posts) }

// fullest finds the span that holds most of the due instants, which are in
// order. It slides: where a network's windows begin is not known beforehand.
func (q quota) fullest(dues []time.Time) peak {
	best, first := peak{quota: q}, 0
	for last, due := range dues {
		for !dues[first].Add(q.span).After(due) {
			first++
		}
		if used := last - first + 1; used > best.used {
			best.used, best.from = used, dues[first]
		}
	}
	return best
}

// nearlyFull is the share from which a quota leaves little room for repeats.
const nearlyFull = 0.8

// quotaFindings tells how near an account comes to its tightest quota.
func (b *briefing) quotaFindings(account accounts.NetworkAccount) []Finding {
	var dues []time.Time
	for _, d := range b.traffic {
		if d.AccountID == account.ID {
			dues = append(dues, d.DueAt)
		}
	}
	var peaks []peak
	for _, q := range quotas[account.Network] {
		peaks = append(peaks, q.fullest(dues))
	}
	if len(peaks) == 0 {
		return nil
	}
	worst := slices.MaxFunc(peaks, func(a, b peak) int { return cmp.Compare(a.share(), b.share()) })
	return []Finding{find(quotaCode(worst.share()), handleOf(account), fmt.Sprintf("campaign %d", b.campaign.ID), map[string]any{
		"Used": worst.used, "Limit": worst.posts, "Span": spanName(worst.span), "From": worst.from,
	})}
}

func quotaCode(share float64) string {
	switch {
	case share > 1:
		return "quota_over"
	case share > nearlyFull:
		return "quota_tight"
	}
	return "quota_ok"
}

// spanName writes a span in units that every language shares.
func spanName(span time.Duration) string {
	if span < time.Hour {
		return fmt.Sprintf("%d min", int(span.Minutes()))
	}
	return fmt.Sprintf("%d h", int(span.Hours()))
}
