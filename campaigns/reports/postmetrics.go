package reports

import (
	"context"
	"time"

	"fanfare/campaigns"
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
	At                    time.Time `json:"at"`
	connectors.PostCounts `gorm:"embedded"`
}

// PostMetrics gives the figures of a post's deliveries as their networks told
// them, in the deliveries' order. It returns NotFound without such a post.
func (s *Service) PostMetrics(ctx context.Context, postID int64) ([]DeliveryCounts, error) {
	all := []DeliveryCounts{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := tx.Select("id").First(&campaigns.Post{}, postID).Error; err != nil {
			return err
		}
		var deliveries []campaigns.Delivery
		if err := tx.Where("post_id = ?", postID).Order("id").Find(&deliveries).Error; err != nil {
			return err
		}
		var counts []struct {
			DeliveryID int64
			CountAt    `gorm:"embedded"`
		}
		err := tx.Table("post_counts").Where("delivery_id IN (SELECT id FROM deliveries WHERE post_id = ?)", postID).Order("at").Find(&counts).Error
		if err != nil {
			return err
		}
		series := make(map[int64][]CountAt)
		for _, c := range counts {
			c.At = c.At.UTC()
			series[c.DeliveryID] = append(series[c.DeliveryID], c.CountAt)
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
