package campaigns

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/storage"
)

// quota is how many posts a network takes in any span of time, or, where its
// windows go by a clock, in each of those.
type quota struct {
	posts  int
	window connectors.Limit
	shared bool // with the other accounts of the app
}

// longestSpan is that of the networks' windows.
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
// order. It slides where a network's windows begin with their first call.
func (q quota) fullest(dues []time.Time) peak {
	best, first := peak{quota: q}, 0
	for last, due := range dues {
		for !q.together(dues[first], due) {
			first++
		}
		if used := last - first + 1; used > best.used {
			best.used, best.from = used, dues[first]
		}
	}
	return best
}

// together tells whether two instants, the earlier one first, can lie in one window.
func (q quota) together(one, other time.Time) bool {
	if q.window.Zone != nil {
		return q.window.End(one).Equal(q.window.End(other))
	}
	return one.Add(q.window.Span).After(other)
}

// quotas are the limits that the account's network has for posts: what it told
// of them goes before what it documents.
func (s *Service) quotas(ctx context.Context, account accounts.NetworkAccount) ([]quota, error) {
	network, known := s.networks[account.Network]
	if !known {
		return nil, nil
	}
	_, credentials, err := s.accounts.NetworkAccount(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	who := limited{account.ID, network.Limits(credentials)}
	told := make(map[budgetKey]budget)
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var owners []string
		for _, key := range who.keys() {
			owners = append(owners, key.owner)
		}
		var rows []budget
		err := tx.Where("owner IN ?", owners).Find(&rows).Error
		for _, row := range rows {
			told[budgetKey{row.Owner, row.Name}] = row
		}
		return err
	})
	var all []quota
	for i, l := range who.limits {
		if most := told[who.keys()[i]].most(l); most > 0 && l.Takes(connectors.CallPublish) {
			all = append(all, quota{int(most), l, l.App != ""})
		}
	}
	return all, err
}

// nearlyFull is the share from which a quota leaves little room for repeats.
const nearlyFull = 0.8

// quotaFindings tells how near an account comes to its tightest quota. Credentials
// that cannot be opened have a finding of their own.
func (s *Service) quotaFindings(ctx context.Context, b briefing, account accounts.NetworkAccount) []Finding {
	all, err := s.quotas(ctx, account)
	if err != nil || len(all) == 0 {
		return nil
	}
	var peaks []peak
	for _, q := range all {
		var dues []time.Time
		for _, d := range b.traffic {
			// Of an app we know the accounts of this campaign, and take theirs for one app.
			if d.AccountID == account.ID || q.shared && d.Network == account.Network {
				dues = append(dues, d.DueAt)
			}
		}
		peaks = append(peaks, q.fullest(dues))
	}
	worst := slices.MaxFunc(peaks, func(a, b peak) int { return cmp.Compare(a.share(), b.share()) })
	return []Finding{find(quotaCode(worst.share()), handleOf(account), fmt.Sprintf("campaign %d", b.campaign.ID), map[string]any{
		"Used": worst.used, "Limit": worst.posts, "Span": spanName(worst.window.Span), "From": worst.from,
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
