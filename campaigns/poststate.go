package campaigns

import (
	"fmt"
	"slices"
	"strings"

	"fanfare/storage"
)

// tellingStates are the states from the one that tells most about a post down:
// what needs a person goes before what is under way, and that before what is
// over.
var tellingStates = []State{InDoubt, Failed, Publishing, Scheduled, Expired, Published, Cancelled}

// State is the one state that tells most about a post. A post without
// deliveries counts as cancelled.
func (p Post) State() State {
	state := Cancelled
	for _, d := range p.Deliveries {
		state = moreTelling(state, d.State)
	}
	return state
}

func moreTelling(a, b State) State {
	if slices.Index(tellingStates, b) < slices.Index(tellingStates, a) {
		return b
	}
	return a
}

// tellingInSQL numbers the state of a delivery by its place in tellingStates.
var tellingInSQL = func() string {
	var cases strings.Builder
	for i, state := range tellingStates {
		fmt.Fprintf(&cases, " WHEN '%s' THEN %d", state, i)
	}
	return "CASE state" + cases.String() + " END"
}()

// countStates counts the posts of campaigns by the state that tells most about
// each, by campaign.
func countStates(tx *storage.Tx, campaignIDs ...int64) (map[int64]map[State]int64, error) {
	var rows []struct{ CampaignID, Telling, Posts int64 }
	err := tx.Raw(`SELECT campaign_id, telling, COUNT(*) AS posts
FROM (SELECT campaign_id, post_id, MIN(`+tellingInSQL+`) AS telling FROM deliveries WHERE campaign_id IN ? GROUP BY campaign_id, post_id) AS told
GROUP BY campaign_id, telling`, campaignIDs).Scan(&rows).Error
	counts := make(map[int64]map[State]int64, len(campaignIDs))
	for _, id := range campaignIDs {
		counts[id] = make(map[State]int64)
	}
	for _, row := range rows {
		counts[row.CampaignID][tellingStates[row.Telling]] = row.Posts
	}
	return counts, err
}
