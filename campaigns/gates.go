package campaigns

import (
	"fanfare/accounts"
	"fanfare/storage"
)

// gates are what may keep any delivery of a batch from going out: few rows,
// however many deliveries.
type gates struct {
	paused    map[Scope]bool
	cancelled map[int64]bool // by post
	problems  map[int64]string
}

// readGates reads them as they stand now: no switch is thrown until the
// transaction ends.
func readGates(tx *storage.Tx, batch []Delivery) (gates, error) {
	g := gates{paused: make(map[Scope]bool), problems: make(map[int64]string)}
	if err := behindSwitches(tx); err != nil {
		return g, err
	}
	var thrown []switchRow
	if err := tx.Select("name").Where("name = 'paused' OR name LIKE 'paused %'").Find(&thrown).Error; err != nil {
		return g, err
	}
	for _, row := range thrown {
		g.paused[row.scope()] = true
	}
	var troubled []accounts.NetworkAccount
	if err := tx.Select("id", "problem").Where("problem <> ''").Find(&troubled).Error; err != nil {
		return g, err
	}
	for _, account := range troubled {
		g.problems[account.ID] = account.Problem
	}
	posts := make([]int64, len(batch))
	for i, d := range batch {
		posts[i] = d.PostID
	}
	var err error
	g.cancelled, err = cancelledPosts(tx, posts)
	return g, err
}

// of gives what may keep one delivery back.
func (g gates) of(d Delivery) gate {
	return gate{
		paused: g.paused[Scope{}] || g.paused[OfCampaign(d.CampaignID)] ||
			g.paused[OfAccount(d.AccountID)] || g.paused[OfPost(d.PostID)],
		cancelled: g.cancelled[d.PostID],
		problem:   g.problems[d.AccountID],
	}
}
