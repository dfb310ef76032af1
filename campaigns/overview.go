package campaigns

import (
	"cmp"
	"context"
	"time"

	"fanfare/storage"
)

// hour is the longest span in which orders are counted, in seconds.
const hour = 3600

// Overview is a campaign with its sale, how many of its posts are in each
// state, and its orders, net of cancellations.
type Overview struct {
	Campaign
	Sale   Sale
	States map[State]int64
	Orders int64
}

// Overviews lists campaigns with how they stand, newest first.
func (s *Service) Overviews(ctx context.Context, limit int, cursor string) (storage.Page[Overview], error) {
	page, err := s.Campaigns(ctx, limit, cursor)
	if err != nil {
		return storage.Page[Overview]{}, err
	}
	out := storage.Page[Overview]{Items: make([]Overview, len(page.Items)), NextCursor: page.NextCursor}
	for i, campaign := range page.Items {
		out.Items[i] = Overview{Campaign: campaign}
	}
	return out, s.db.Read(ctx, func(tx *storage.Tx) error { return fillOverviews(tx, out.Items) })
}

// fillOverviews adds to campaigns what is in other tables: three statements,
// however many campaigns.
func fillOverviews(tx *storage.Tx, overviews []Overview) error {
	if len(overviews) == 0 {
		return nil
	}
	var ids, saleIDs []int64
	byID := make(map[int64]*Overview, len(overviews))
	for i := range overviews {
		ids, saleIDs = append(ids, overviews[i].ID), append(saleIDs, overviews[i].SaleID)
		byID[overviews[i].ID] = &overviews[i]
	}
	var sales []Sale
	var orders []struct{ CampaignID, Orders int64 }
	states, err := countStates(tx, ids...)
	err = cmp.Or(
		err,
		tx.Where("id IN ?", saleIDs).Find(&sales).Error,
		tx.Raw("SELECT campaign_id, CAST(SUM(orders) AS BIGINT) AS orders FROM order_counts WHERE campaign_id IN ? AND span = ? GROUP BY campaign_id", ids, hour).Scan(&orders).Error,
	)
	if err != nil {
		return err
	}
	saleByID := make(map[int64]Sale, len(sales))
	for _, sale := range sales {
		saleByID[sale.ID] = sale
	}
	for _, o := range byID {
		o.Sale, o.States = saleByID[o.SaleID], states[o.ID]
	}
	for _, row := range orders {
		byID[row.CampaignID].Orders = row.Orders
	}
	return nil
}

// SalesBetween lists the sales that open in [from, to), by that time.
func (s *Service) SalesBetween(ctx context.Context, from, to time.Time) (sales []Sale, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Where("opens_at >= ? AND opens_at < ?", stored(from), stored(to)).Order("opens_at, id").Find(&sales).Error
	})
	return sales, err
}
