package campaigns

import (
	"context"
	"time"

	"fanfare/connectors"
	"fanfare/storage"
)

// DeliveryCounts is how a published delivery did, over time.
type DeliveryCounts struct {
	DeliveryID int64     `json:"delivery_id"`
	AccountID  int64     `json:"account_id"`
	Network    string    `json:"network"`
	Series     []CountAt `json:"series" doc:"Oldest first."`
}

// CountAt is what the network told at an instant.
type CountAt struct {
	At time.Time `json:"at"`
	connectors.PostCounts
}

// PostMetrics gives the figures of a post's deliveries as their networks told
// them, in the deliveries' order. It returns NotFound without such a post.
func (s *Service) PostMetrics(ctx context.Context, postID int64) ([]DeliveryCounts, error) {
	all := []DeliveryCounts{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := tx.Select("id").First(&Post{}, postID).Error; err != nil {
			return err
		}
		var deliveries []Delivery
		if err := tx.Where("post_id = ?", postID).Order("id").Find(&deliveries).Error; err != nil {
			return err
		}
		ids := make([]int64, len(deliveries))
		for i, d := range deliveries {
			ids[i] = d.ID
		}
		var counts []postCount
		if err := tx.Where(among(tx, "delivery_id", ids)).Order("at").Find(&counts).Error; err != nil {
			return err
		}
		series := make(map[int64][]CountAt)
		for _, c := range counts {
			series[c.DeliveryID] = append(series[c.DeliveryID], CountAt{c.At.UTC(), c.PostCounts})
		}
		for _, d := range deliveries {
			if list := series[d.ID]; len(list) > 0 {
				all = append(all, DeliveryCounts{DeliveryID: d.ID, AccountID: d.AccountID, Network: d.Network, Series: list})
			}
		}
		return nil
	})
	return all, err
}
