package orders

import (
	"context"
	"time"

	"fanfare/storage"
)

// OrderRow is an order as the desk lists it. Its customer is always empty:
// only a keyed hash is kept.
type OrderRow struct {
	ID int64 `json:"id"`
	Order
	Attributed bool   `json:"attributed"`
	CampaignID int64  `json:"campaign_id,omitempty"`
	PostID     int64  `json:"post_id,omitempty"`
	DeliveryID int64  `json:"delivery_id,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// List lists the orders of a store, newest first; "" is all stores. It returns
// Invalid for a limit or a cursor that makes no sense.
func (s *Service) List(ctx context.Context, store string, limit int, cursor string) (storage.Page[OrderRow], error) {
	size, err := storage.PageSize(limit)
	if err != nil {
		return storage.Page[OrderRow]{}, err
	}
	before, err := storage.DecodeIDCursor(cursor)
	if err != nil {
		return storage.Page[OrderRow]{}, err
	}
	var rows []OrderRow
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		rows, err = listOrders(tx, store, before, size+1)
		return err
	})
	if err != nil {
		return storage.Page[OrderRow]{}, err
	}
	return storage.NewPage(rows, size, func(last OrderRow) string { return storage.EncodeIDCursor(last.ID) }), nil
}

// Known tells whether an order of this id is here.
func (s *Service) Known(ctx context.Context, store, orderID string) (known bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw("SELECT EXISTS (SELECT 1 FROM orders WHERE store = ? AND order_id = ?)", store, orderID).Scan(&known).Error
	})
	return known, err
}

// listOrders gives orders with ids below before, or the newest when it is 0.
func listOrders(tx *storage.Tx, store string, before int64, limit int) ([]OrderRow, error) {
	query := tx.Table("orders").Order("id DESC").Limit(limit).Select(`id, store, order_id, token, kind, units, total,
currency, placed_at AS placed_micros, reason = '' AS attributed, COALESCE(campaign_id, 0) AS campaign_id,
COALESCE(post_id, 0) AS post_id, COALESCE(delivery_id, 0) AS delivery_id, reason`)
	if before > 0 {
		query = query.Where("id < ?", before)
	}
	if store != "" {
		query = query.Where("store = ?", store)
	}
	var found []struct {
		OrderRow
		PlacedMicros int64
	}
	err := query.Find(&found).Error
	rows := make([]OrderRow, len(found))
	for i, f := range found {
		rows[i] = f.OrderRow
		rows[i].PlacedAt = time.UnixMicro(f.PlacedMicros).UTC()
	}
	return rows, err
}
