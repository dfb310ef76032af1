package orders

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"fanfare/fault"
	"fanfare/storage"
)

// OrderRow is an order as it is listed. Its customer is always empty: only a
// keyed hash is kept.
type OrderRow struct {
	ID int64 `json:"id"`
	Order
	Attributed    bool   `json:"attributed"`
	CampaignID    int64  `json:"campaign_id,omitempty"`
	PostID        int64  `json:"post_id,omitempty"`
	DeliveryID    int64  `json:"delivery_id,omitempty"`
	Reason        string `json:"reason,omitempty"`
	Cancelled     bool   `json:"cancelled,omitempty"`
	RefundedUnits int64  `json:"refunded_units,omitempty" doc:"How many were given back, no more than there were."`
	RefundedTotal int64  `json:"refunded_total,omitempty" doc:"In minor units of the currency, no more than the total."`
}

// OrderDetail is an order with the visits it came with and what was taken back.
type OrderDetail struct {
	OrderRow
	ReceivedAt  time.Time         `json:"received_at"`
	Touches     []OrderTouch      `json:"touches" doc:"None for an order that came with its token alone."`
	Adjustments []OrderAdjustment `json:"adjustments" doc:"In the order in which they came."`
}

// OrderTouch is a visit, where it leads and whether it has a part in its order,
// by the terms that hold now.
type OrderTouch struct {
	Touch
	CampaignID int64  `json:"campaign_id,omitempty"`
	PostID     int64  `json:"post_id,omitempty"`
	DeliveryID int64  `json:"delivery_id,omitempty"`
	Reason     string `json:"reason,omitempty" enum:"no_token,bad_token,unknown_link" doc:"Why it leads nowhere."`
	Counts     bool   `json:"counts"`
}

// OrderAdjustment is a cancellation or a refund as it was sent, or the end of a
// cancellation.
type OrderAdjustment struct {
	Kind  string    `json:"kind" enum:"cancel,refund,reopen" doc:"Reopened are orders of which the store says that they are placed again."`
	At    time.Time `json:"at"`
	Units int64     `json:"units,omitempty"`
	Total int64     `json:"total,omitempty" doc:"In minor units; more than the order has where all of it was given back."`
}

// Filter says which orders a list is to have; "" is any.
type Filter struct {
	Store   string
	OrderID string // in whichever store
}

// Whole tells whether it gave back all that the order had left.
func (a OrderAdjustment) Whole() bool { return a.Units == MaxUnits && a.Total == MaxTotal }

// List lists orders, newest first. It returns Invalid for a limit or a cursor
// that makes no sense.
func (s *Service) List(ctx context.Context, wanted Filter, limit int, cursor string) (storage.Page[OrderRow], error) {
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
		query := tx.Order("id DESC").Limit(size + 1)
		if before > 0 {
			query = query.Where("id < ?", before)
		}
		if wanted.Store != "" {
			query = query.Where("store = ?", wanted.Store)
		}
		switch {
		case !Printable(wanted.OrderID):
			return nil // no order has such an id
		case wanted.OrderID != "":
			stores, err := storesOf(tx)
			if err != nil {
				return err
			}
			query = query.Where("store IN ? AND order_id = ?", stores, wanted.OrderID)
		}
		kept, err := readOrders(ctx, tx, query)
		for _, k := range kept {
			rows = append(rows, k.OrderRow)
		}
		return err
	})
	if err != nil {
		return storage.Page[OrderRow]{}, err
	}
	return storage.NewPage(rows, size, func(last OrderRow) string { return storage.EncodeIDCursor(last.ID) }), nil
}

// storesOf lists the stores that have sent orders. It jumps from one to the next in
// the index of their orders, however many these are.
func storesOf(tx *storage.Tx) (names []string, err error) {
	err = tx.Raw(`WITH RECURSIVE stores (name) AS (SELECT MIN(store) FROM orders
UNION ALL SELECT (SELECT MIN(store) FROM orders WHERE store > name) FROM stores WHERE name IS NOT NULL)
SELECT name FROM stores WHERE name IS NOT NULL`).Scan(&names).Error
	return names, err
}

// Order gives one order whole. It returns NotFound when it is not here, though
// what takes it back may be.
func (s *Service) Order(ctx context.Context, store, orderID string) (OrderDetail, error) {
	if !Printable(store) || !Printable(orderID) {
		return OrderDetail{}, noOrder()
	}
	return s.oneOrder(ctx, "store = ? AND order_id = ?", store, orderID)
}

// OrderByID is Order by the number that lists give.
func (s *Service) OrderByID(ctx context.Context, id int64) (OrderDetail, error) {
	return s.oneOrder(ctx, "id = ?", id)
}

func (s *Service) oneOrder(ctx context.Context, which string, args ...any) (OrderDetail, error) {
	var kept []OrderDetail
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		var err error
		if kept, err = readOrders(ctx, tx, tx.Where(which, args...)); err != nil {
			return err
		}
		if len(kept) == 0 {
			return noOrder()
		}
		return s.detail(ctx, tx, &kept[0])
	})
	if err != nil {
		return OrderDetail{}, err
	}
	return kept[0], nil
}

func noOrder() error {
	return fault.New(fault.NotFound, "order.not_found", "There is no order of this id.")
}

// detail adds what belongs to an order to what a list tells of it.
func (s *Service) detail(ctx context.Context, tx *storage.Tx, o *OrderDetail) error {
	p := &pendingOrder{order: o.Order}
	if err := s.readTouches(ctx, tx, []*pendingOrder{p}); err != nil {
		return err
	}
	o.Touches = []OrderTouch{}
	for _, t := range p.touches {
		o.Touches = append(o.Touches, OrderTouch{t.Touch, t.link.CampaignID, t.link.PostID, t.link.DeliveryID, t.reason, t.counts})
	}
	o.Adjustments = []OrderAdjustment{}
	err := tx.Table("order_adjustments").Where("store = ? AND order_id = ?", o.Store, o.OrderID).Order("id").Find(&o.Adjustments).Error
	for i := range o.Adjustments {
		o.Adjustments[i].At = o.Adjustments[i].At.UTC()
	}
	return err
}

// Known tells whether an order of this id is here.
func (s *Service) Known(ctx context.Context, store, orderID string) (known bool, err error) {
	if !Printable(store) || !Printable(orderID) {
		return false, nil // no order has such an id
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw("SELECT EXISTS (SELECT 1 FROM orders WHERE store = ? AND order_id = ?)", store, orderID).Scan(&known).Error
	})
	return known, err
}

// Cancelled tells which of a store's orders are cancelled now.
func Cancelled(ctx context.Context, tx *storage.Tx, store string, orderIDs []string) (map[string]bool, error) {
	keys := make([]*pendingOrder, len(orderIDs))
	for i, id := range orderIDs {
		keys[i] = &pendingOrder{order: Order{Store: store, OrderID: id}}
	}
	adjustments, err := adjustmentsOf(ctx, tx, keys)
	cancelled := map[string]bool{}
	for key, of := range adjustments {
		cancelled[key.orderID] = isCancelled(of)
	}
	return cancelled, err
}

// readOrders gives the orders of a query without what belongs to each alone.
func readOrders(ctx context.Context, tx *storage.Tx, query *gorm.DB) ([]OrderDetail, error) {
	var found []struct {
		OrderRow
		PlacedMicros, ReceivedMicros int64
	}
	err := query.Table("orders").Select(`id, store, order_id, token, kind, units, total,
currency, placed_at AS placed_micros, received_at AS received_micros, reason = '' AS attributed, COALESCE(campaign_id, 0) AS campaign_id,
COALESCE(post_id, 0) AS post_id, COALESCE(delivery_id, 0) AS delivery_id, reason`).Find(&found).Error
	if err != nil {
		return nil, err
	}
	kept, keys := make([]OrderDetail, len(found)), make([]*pendingOrder, len(found))
	for i, f := range found {
		kept[i] = OrderDetail{OrderRow: f.OrderRow, ReceivedAt: time.UnixMicro(f.ReceivedMicros).UTC()}
		kept[i].PlacedAt = time.UnixMicro(f.PlacedMicros).UTC()
		keys[i] = &pendingOrder{order: f.Order}
	}
	adjustments, err := adjustmentsOf(ctx, tx, keys)
	for i := range kept {
		kept[i].takeBack(adjustments[keys[i].key()])
	}
	return kept, err
}

// takeBack notes what the adjustments of an order make of it.
func (o *OrderRow) takeBack(adjustments []keptAdjustment) {
	o.Cancelled = isCancelled(adjustments)
	refunds := slices.DeleteFunc(slices.Clone(adjustments), func(a keptAdjustment) bool { return a.Kind != Refund })
	left := net(o.Units, o.Total, refunds)
	o.RefundedUnits, o.RefundedTotal = o.Units-left.units, o.Total-left.total
}
