package reports

// scope is what a report is about: a campaign, or one post of it.
type scope struct{ campaignID, postID int64 }

// orders gives the condition that chooses its rows of order_counts. The
// campaign stands first in that table's key.
func (in scope) orders() (where string, args []any) {
	if in.postID == 0 {
		return "campaign_id = ?", []any{in.campaignID}
	}
	return "campaign_id = ? AND delivery_id IN (SELECT id FROM deliveries WHERE post_id = ?)", []any{in.campaignID, in.postID}
}

// links gives the condition that chooses its rows of links and of deliveries.
func (in scope) links() (where string, args []any) {
	if in.postID == 0 {
		return "campaign_id = ?", []any{in.campaignID}
	}
	return "campaign_id = ? AND post_id = ?", []any{in.campaignID, in.postID}
}
