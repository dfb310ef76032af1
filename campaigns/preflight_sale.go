package campaigns

import (
	"time"

	"fanfare/campaigns/orders"
	"fanfare/connectors"
)

// saleFindings compares the sale's times with the posts'.
func (b *briefing) saleFindings() (findings []Finding) {
	sale := b.sale
	args := map[string]any{"Units": sale.Units, "Opens": sale.OpensAt}
	switch {
	case sale.ClosesAt == nil:
		findings = append(findings, find("sale_open", sale.Name, "", args))
	case sale.ClosesAt.Before(b.now):
		findings = append(findings, find("sale_over", sale.Name, "", map[string]any{"Closes": *sale.ClosesAt}))
	default:
		args["Closes"] = *sale.ClosesAt
		findings = append(findings, find("sale_ok", sale.Name, "", args))
	}
	open, before := b.open(), 0
	for _, d := range open {
		if d.DueAt.Before(sale.OpensAt) {
			before++
		}
		if sale.ClosesAt != nil && d.DueAt.After(*sale.ClosesAt) {
			findings = append(findings, b.aboutPost("post_after_close", d, map[string]any{"Due": d.DueAt, "Closes": *sale.ClosesAt}))
		}
	}
	if before > 0 {
		findings = append(findings, find("posts_before_opening", "", "", map[string]any{"Before": before, "Posts": len(open), "Opens": sale.OpensAt}))
	}
	return findings
}

// saleEnd is until when the store must be there: the sale's end, or for one
// without an end a day after its opening and its last post.
func (b *briefing) saleEnd() time.Time {
	if b.sale.ClosesAt != nil {
		return *b.sale.ClosesAt
	}
	end := b.sale.OpensAt
	if last := b.lastDue(); last.After(end) {
		end = last
	}
	return end.Add(24 * time.Hour)
}

// cost sums up what the networks charge for the posts to come.
func (b *briefing) cost(networks map[string]connectors.Network) (*orders.Money, []Finding) {
	var posts, milli int64
	for _, d := range b.open() {
		if network := networks[d.Network]; network != nil {
			if price := network.Check(d.Text, "").Price; price > 0 {
				posts++
				milli += price
			}
		}
	}
	if posts == 0 {
		return nil, nil
	}
	total := orders.Money{Currency: "USD", Total: (milli + 9) / 10} // cents, rounded up
	return &total, []Finding{find("cost", "", "", map[string]any{"Network": "X", "Posts": posts, "Total": total})}
}
