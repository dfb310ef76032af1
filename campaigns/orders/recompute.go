package orders

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fanfare/scheduler"
	"fanfare/storage"
)

// recomputeChunk is how many orders are attributed anew in one transaction. New
// orders wait for it: a large one would be felt in the middle of a drop.
const recomputeChunk = 200

// recomputeChunks is how many of them one job does before it is put back: well
// within recomputeWithin, after which a run whose process was killed goes on.
const recomputeChunks = 25

const recomputeWithin = time.Minute

type attributionJob struct {
	CampaignID int64 `json:"campaign_id"`
}

// Kind names the job to the scheduler.
func (attributionJob) Kind() string { return "campaigns.attribution" }

// recompute attributes anew all orders that touched a campaign, in pieces: a
// job that was stopped goes on where it was. Two of one campaign do no harm.
func (s *Service) recompute(ctx context.Context, job attributionJob) error {
	for range recomputeChunks {
		done, err := s.recomputeSome(ctx, job.CampaignID)
		if done || err != nil {
			return err
		}
	}
	return scheduler.Again(0)
}

// recomputeSome does the next piece, and tells whether it was the last. At each
// commit every order counts in the rollups either as before or as it will.
func (s *Service) recomputeSome(ctx context.Context, campaignID int64) (done bool, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		// Neither an adjustment nor another run may change the same orders.
		if err := tx.Lock(ctx, storage.BookLock); err != nil {
			return err
		}
		orders, err := touchedOrders(tx, campaignID)
		if err != nil {
			return err
		}
		if err := s.attributeAnew(ctx, tx, orders); err != nil {
			return err
		}
		if done = len(orders) < recomputeChunk; done {
			return tx.Exec("DELETE FROM attribution_runs WHERE campaign_id = ?", campaignID).Error
		}
		last := orders[len(orders)-1].order
		return tx.Exec("UPDATE attribution_runs SET store = ?, order_id = ? WHERE campaign_id = ?", last.Store, last.OrderID, campaignID).Error
	})
	return done && err == nil, err
}

// touchedOrders gives the next orders of a run, without their touches; none
// when there is no run.
func touchedOrders(tx *storage.Tx, campaignID int64) (orders []*pendingOrder, err error) {
	rows, err := tx.Raw(`SELECT o.store, o.order_id, o.units, o.total, o.currency, o.placed_at, o.received_at,
COALESCE(o.campaign_id, 0), COALESCE(o.post_id, 0), COALESCE(o.delivery_id, 0), o.reason
FROM (SELECT DISTINCT t.store, t.order_id FROM order_touches t, attribution_runs r
  WHERE r.campaign_id = ? AND t.campaign_id = r.campaign_id AND (t.store, t.order_id) > (r.store, r.order_id)
  ORDER BY t.store, t.order_id LIMIT ?) k
JOIN orders o ON o.store = k.store AND o.order_id = k.order_id ORDER BY o.store, o.order_id`, campaignID, recomputeChunk).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		p := &pendingOrder{}
		o, l := &p.order, &p.link
		var placed, received int64
		err := rows.Scan(&o.Store, &o.OrderID, &o.Units, &o.Total, &o.Currency, &placed, &received,
			&l.CampaignID, &l.PostID, &l.DeliveryID, &p.reason)
		if err != nil {
			return nil, err
		}
		o.PlacedAt, p.receivedAt = time.UnixMicro(placed).UTC(), time.UnixMicro(received).UTC()
		orders = append(orders, p)
	}
	return orders, rows.Err()
}

// attributeAnew judges the touches of orders once more, and moves what has
// changed from those who had it to those who have it now.
func (s *Service) attributeAnew(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) error {
	if err := s.readTouches(ctx, tx, orders); err != nil {
		return err
	}
	terms, err := termsOf(ctx, tx, orders)
	if err != nil {
		return err
	}
	adjustments, err := adjustmentsOf(ctx, tx, orders)
	if err != nil {
		return err
	}
	counts := orderCounts{}
	for _, p := range orders {
		was := *p
		was.touches = slices.Clone(p.touches)
		v := judge(p.touches, p.order.PlacedAt, terms)
		p.link, p.reason = v.link, v.reason
		n, received := net(p.order.Units, p.order.Total, adjustments[p.key()]), p.receivedAt.Unix()
		counts.share(was.credit(), p.order.Currency, received, -1, n)
		counts.share(p.credit(), p.order.Currency, received, 1, n)
		if err := saveAttribution(tx, &was, p); err != nil {
			return err
		}
	}
	return counts.store(ctx, tx)
}

// saveAttribution stores what has changed of an order and of its touches.
func saveAttribution(tx *storage.Tx, was, is *pendingOrder) error {
	for n, t := range is.touches {
		if t.counts == was.touches[n].counts {
			continue
		}
		err := tx.Exec("UPDATE order_touches SET counts = ? WHERE store = ? AND order_id = ? AND n = ?", t.counts, is.order.Store, is.order.OrderID, n).Error
		if err != nil {
			return err
		}
	}
	if was.link == is.link && was.reason == is.reason {
		return nil
	}
	answer, err := json.Marshal(was.fresh())
	if err != nil {
		return err
	}
	var campaign, post, delivery any // NULL
	if is.reason == "" {
		campaign, post, delivery = is.link.CampaignID, is.link.PostID, is.link.DeliveryID
	}
	return tx.Exec(`UPDATE orders SET campaign_id = ?, post_id = ?, delivery_id = ?, reason = ?,
first_answer = CASE WHEN first_answer = '' THEN ? ELSE first_answer END WHERE store = ? AND order_id = ?`,
		campaign, post, delivery, is.reason, string(answer), is.order.Store, is.order.OrderID).Error
}
