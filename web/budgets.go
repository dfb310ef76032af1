package web

import (
	"slices"
	"time"

	"fanfare/campaigns"
	"fanfare/connectors"
)

// budgetLine says how a limit stands that an account's posts count against.
type budgetLine struct {
	Key        string // of its sentence
	Left, Most int64
	ResetsAt   time.Time
	Today      bool // ResetsAt is
}

// budgetLines tells of the limits of an account of which something is used; of
// an app's only when it is near, since a day has thousands.
func budgetLines(all []campaigns.Budget, accountID int64, now time.Time) (lines []budgetLine) {
	for _, b := range all {
		if b.AccountID != accountID || b.ResetsAt == nil || !slices.Contains(b.Calls, connectors.CallPublish) {
			continue
		}
		line := budgetLine{Key: "social.posts_left", Left: b.Left(), Most: b.Most, ResetsAt: *b.ResetsAt}
		switch {
		case b.Most == 0:
			line.Key = "social.none_left"
		case b.PerApp && b.Left() > b.Most/5:
			continue
		case b.PerApp:
			line.Key = "social.app_posts_left"
		case len(b.Calls) > 1:
			line.Key = "social.calls_left"
		}
		line.Today = b.ResetsAt.In(now.Location()).Format(time.DateOnly) == now.Format(time.DateOnly)
		lines = append(lines, line)
	}
	return lines
}
