package campaigns

import (
	"context"

	"fanfare/storage"
)

// reportScope is what a report is about: a campaign, or one post of it.
type reportScope struct{ campaignID, postID int64 }

// orders gives the condition that chooses its rows of order_counts. The
// campaign stands first in that table's key.
func (r reportScope) orders() (where string, args []any) {
	if r.postID == 0 {
		return "campaign_id = ?", []any{r.campaignID}
	}
	return "campaign_id = ? AND delivery_id IN (SELECT id FROM deliveries WHERE post_id = ?)", []any{r.campaignID, r.postID}
}

// links gives the condition that chooses its rows of links and of deliveries.
func (r reportScope) links() (where string, args []any) {
	if r.postID == 0 {
		return "campaign_id = ?", []any{r.campaignID}
	}
	return "campaign_id = ? AND post_id = ?", []any{r.campaignID, r.postID}
}

// PostReport tells what came of one post: of all its deliveries, by their
// links. By "" tells its sums alone. It returns NotFound for a post that is
// not there, Invalid naming by or to.
func (s *Service) PostReport(ctx context.Context, postID int64, q ReportQuery) (Outcome, error) {
	var outcome Outcome
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		var post Post
		if err := tx.First(&post, postID).Error; err != nil {
			return err
		}
		scope := reportScope{campaignID: post.CampaignID, postID: postID}
		if outcome, err = outcomeOf(tx, scope); err != nil || q.By == "" {
			return err
		}
		return outcome.addSeries(tx, scope, q)
	})
	return outcome, err
}

// outcomeOf gives the sums of a scope.
func outcomeOf(tx *storage.Tx, scope reportScope) (Outcome, error) {
	deliveries, err := reportDeliveries(tx, scope)
	if err != nil {
		return Outcome{}, err
	}
	lateness, err := scopeLateness(tx, scope)
	if err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Counts: Counts{Revenue: []Money{}}, ByDelivery: deliveries, Lateness: lateness}
	for _, d := range deliveries {
		outcome.add(d.Counts)
	}
	return outcome, nil
}

// add adds what came of something else.
func (c *Counts) add(other Counts) {
	c.Clicks += other.Clicks
	c.Orders += other.Orders
	c.Units += other.Units
	for _, m := range other.Revenue {
		c.addRevenue(m)
	}
}
