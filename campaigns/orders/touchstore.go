package orders

import (
	"context"
	"time"

	"fanfare/campaigns/links"
	"fanfare/storage"
)

// touchRow is a touch as it is kept with its order.
type touchRow struct {
	Store, OrderID                 string
	N                              int64
	Token                          string
	At                             time.Time
	CampaignID, PostID, DeliveryID *int64
	Counts                         bool
}

// TableName is GORM's hook.
func (touchRow) TableName() string { return "order_touches" }

// touch gives all but the reason of a touch that leads nowhere, which its token
// tells again.
func (r touchRow) touch() touch {
	t := touch{Touch: Touch{r.Token, r.At.UTC()}, counts: r.Counts}
	if r.CampaignID != nil {
		t.link = links.Place{CampaignID: *r.CampaignID, PostID: *r.PostID, DeliveryID: *r.DeliveryID}
	}
	return t
}

// judgeTouched finds out where those orders belong that came with touches, by
// the terms that hold in this transaction: whoever changes terms waits for it.
func judgeTouched(ctx context.Context, tx *storage.Tx, batch []*pendingOrder) error {
	var touched []*pendingOrder
	for _, p := range batch {
		if p.touches != nil {
			touched = append(touched, p)
		}
	}
	if len(touched) == 0 {
		return nil
	}
	terms, err := termsOf(ctx, tx, touched)
	if err != nil {
		return err
	}
	for _, p := range touched {
		v := judge(p.touches, p.order.PlacedAt, terms)
		p.link, p.reason = v.link, v.reason
	}
	return nil
}

var insertTouches = storage.NewBulk("INSERT INTO order_touches (store, order_id, n, token, at, campaign_id, post_id, delivery_id, counts) VALUES ", 9, "")

// storeTouches keeps the touches of new orders.
func storeTouches(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) error {
	type place struct {
		order *pendingOrder
		n     int
	}
	var places []place
	for _, p := range orders {
		for n := range p.touches {
			places = append(places, place{p, n})
		}
	}
	return insertTouches.Each(tx.Dialect(), len(places), func(statement string, from, to int) error {
		args := make([]any, 0, 9*(to-from))
		for _, at := range places[from:to] {
			t := &at.order.touches[at.n]
			var campaign, post, delivery any // NULL
			if t.reason == "" {
				campaign, post, delivery = t.link.CampaignID, t.link.PostID, t.link.DeliveryID
			}
			args = append(args, at.order.order.Store, at.order.order.OrderID, at.n, t.Token, t.At, campaign, post, delivery, t.counts)
		}
		return tx.Later(ctx, statement, args...)
	})
}

var selectTouches = storage.NewBulk(`SELECT store, order_id, token, at, COALESCE(campaign_id, 0), COALESCE(post_id, 0), COALESCE(delivery_id, 0), counts
FROM order_touches WHERE (store, order_id) IN (VALUES `, 2, ") ORDER BY store, order_id, n")

// readTouches gives orders the touches that are kept with them.
func (s *Service) readTouches(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) error {
	byKey := make(map[orderKey]*pendingOrder, len(orders))
	for _, p := range orders {
		byKey[p.key()] = p
	}
	return selectTouches.Each(tx.Dialect(), len(orders), func(statement string, from, to int) error {
		return tx.Each(ctx, statement, keyArgs(orders[from:to]), func(row storage.Row) error {
			var key orderKey
			var t touch
			err := row.Scan(&key.store, &key.orderID, &t.Token, &t.At, &t.link.CampaignID, &t.link.PostID, &t.link.DeliveryID, &t.counts)
			if err != nil {
				return err
			}
			t.At = t.At.UTC()
			if t.link.CampaignID == 0 {
				t.reason = s.whyNoLink(t.Token)
			}
			byKey[key].touches = append(byKey[key].touches, t)
			return nil
		})
	})
}

// keyArgs are the keys of orders as arguments of a statement.
func keyArgs(orders []*pendingOrder) []any {
	args := make([]any, 0, 2*len(orders))
	for _, p := range orders {
		args = append(args, p.order.Store, p.order.OrderID)
	}
	return args
}
