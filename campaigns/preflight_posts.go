package campaigns

import (
	"fmt"
	"time"

	"fanfare/connectors"
)

// overdueGrace is how late a post may be before somebody should look: the
// sweep has taken up by then what a killed process left.
const overdueGrace = time.Minute

// postFindings tells what has gone wrong already, and whether there is
// anything to come.
func (b *briefing) postFindings() (findings []Finding) {
	for _, d := range b.deliveries {
		if code := postCode(d, b.paused.hold(d), b.now); code != "" {
			findings = append(findings, b.aboutPost(code, d, map[string]any{"Account": b.handle(d.AccountID), "Due": d.DueAt, "Reason": d.Problem()}))
		}
	}
	switch open := b.open(); {
	case len(b.deliveries) == 0:
		findings = append(findings, find("posts_none", "", fmt.Sprintf("campaign %d", b.campaign.ID), nil))
	case len(open) == 0:
		findings = append(findings, find("posts_over", "", "", nil))
	case len(findings) == 0:
		findings = append(findings, find("posts_due", "", "", map[string]any{"Posts": len(open), "First": *b.firstDue(), "Last": b.lastDue()}))
	}
	return findings
}

// postCode tells what is wrong with a delivery's time or state, "" for nothing.
func postCode(d Delivery, paused bool, now time.Time) string {
	switch {
	case d.State == Failed:
		return "post_failed"
	case d.State == Expired:
		return "post_expired"
	case d.State == InDoubt:
		return "post_in_doubt"
	case d.State != Scheduled:
		return ""
	case d.ExpiresAt != nil && d.ExpiresAt.Before(now):
		return "post_too_late"
	case d.DueAt.Before(now.Add(-overdueGrace)) && !paused:
		return "post_overdue"
	}
	return ""
}

func (b *briefing) aboutPost(code string, d Delivery, args map[string]any) Finding {
	return find(code, b.words(d), fmt.Sprintf("post %d", d.PostID), args)
}

// pauseFindings names the switches behind which something of the campaign stands.
func (b *briefing) pauseFindings() (findings []Finding) {
	told := make(map[Scope]bool)
	for _, d := range b.open() {
		for scope, code := range map[Scope]string{
			{}: "paused_all", OfCampaign(d.CampaignID): "paused_campaign", OfAccount(d.AccountID): "paused_account", OfPost(d.PostID): "paused_post",
		} {
			if !b.paused[scope] || told[scope] {
				continue
			}
			told[scope] = true
			about := map[string]string{"paused_account": b.handle(d.AccountID), "paused_post": b.words(d)}[code]
			findings = append(findings, find(code, about, scope.String(), nil))
		}
	}
	return findings
}

// textFindings counts every text once more as its network does, and compares
// it with the others of its account: rules and links change after scheduling.
func (b *briefing) textFindings(networks map[string]connectors.Network) (findings []Finding) {
	open := b.open()
	first := make(map[string]bool)
	for _, d := range open {
		if network := networks[d.Network]; network != nil {
			if check := network.Check(d.Text, b.linkHost(d.AccountID)); !check.Valid {
				findings = append(findings, b.aboutPost("text_refused", d, map[string]any{"Account": b.handle(d.AccountID), "Reasons": check.Problems}))
			}
		}
		key := fmt.Sprint(d.AccountID, d.TextKey)
		if first[key] {
			findings = append(findings, b.aboutPost("text_twin", d, map[string]any{"Account": b.handle(d.AccountID)}))
		}
		first[key] = true
	}
	if len(findings) == 0 && len(open) > 0 {
		findings = append(findings, find("texts_ok", "", "", map[string]any{"Texts": len(open)}))
	}
	return findings
}

func (b *briefing) linkHost(accountID int64) string {
	for _, account := range b.accounts {
		if account.ID == accountID {
			return linkHost(account)
		}
	}
	return ""
}
