package campaigns

import (
	"cmp"
	"context"
	"time"

	"fanfare/storage"
)

// Standing is how the posts of a campaign stand, however many they are.
type Standing struct {
	States   map[State]int64 // posts, each in the state that tells most about it
	Next     *time.Time      // when the next delivery is due that no switch holds; nil for none
	Accounts []int64         // that its posts go to
}

// Standing tells it of one campaign; one that is not there has no posts.
func (s *Service) Standing(ctx context.Context, campaignID int64) (standing Standing, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		states, err := countStates(tx, campaignID)
		if err != nil {
			return err
		}
		standing = Standing{States: states[campaignID]}
		var next []Delivery
		err = cmp.Or(
			tx.Select("due_at").Where("campaign_id = ? AND state = ? AND NOT "+pausedInSQL, campaignID, Scheduled).
				Order("due_at").Limit(1).Find(&next).Error,
			tx.Model(&Delivery{}).Where("campaign_id = ?", campaignID).Distinct().Order("account_id").Pluck("account_id", &standing.Accounts).Error,
		)
		if len(next) > 0 {
			standing.Next = &next[0].DueAt
		}
		return err
	})
	return standing, err
}
