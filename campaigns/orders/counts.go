package orders

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"fanfare/storage"
)

// The spans in which orders are counted, in seconds. A report reads the largest
// that is fine enough for it: thus it reads a few thousand rows however many
// orders there are and however long a sale goes on.
const (
	second = 1
	minute = 60
	hour   = 3600
)

const microseconds = 1_000_000 // in a second

// countShards is over how many rows a count is spread. On PostgreSQL a row that
// everybody adds to would let one batch at a time commit.
var countShards = map[storage.Dialect]int{storage.SQLite: 1, storage.Postgres: 8}

type countKey struct {
	campaignID, span, at, deliveryID int64
	currency                         string
}

type orderCount struct{ orders, units, total int64 }

// orderCounts are changes of the table order_counts, gathered in a transaction.
type orderCounts map[countKey]orderCount

// add counts n for an order that was received at a second, Unix time.
func (c orderCounts) add(campaignID, deliveryID int64, currency string, received int64, n orderCount) {
	if n == (orderCount{}) {
		return
	}
	for _, span := range []int64{second, minute, hour} {
		key := countKey{campaignID, span, received - received%span, deliveryID, currency}
		sum := c[key]
		c[key] = orderCount{sum.orders + n.orders, sum.units + n.units, sum.total + n.total}
	}
}

var addOrderCounts = storage.NewBulk(`INSERT INTO order_counts (campaign_id, span, at, delivery_id, currency, shard, orders, units, total) VALUES `, 9,
	onCounted)

const onCounted = ` ON CONFLICT (campaign_id, span, at, delivery_id, currency, shard) DO UPDATE SET
orders = order_counts.orders + excluded.orders, units = order_counts.units + excluded.units, total = order_counts.total + excluded.total`

// store writes the changes down.
func (c orderCounts) store(ctx context.Context, tx *storage.Tx) error {
	maps.DeleteFunc(c, func(_ countKey, n orderCount) bool { return n == orderCount{} })
	// Sorted, so that two writers that add to the same rows cannot deadlock.
	keys := slices.SortedFunc(maps.Keys(c), func(a, b countKey) int {
		return cmp.Or(cmp.Compare(a.campaignID, b.campaignID), cmp.Compare(a.span, b.span), cmp.Compare(a.at, b.at),
			cmp.Compare(a.deliveryID, b.deliveryID), cmp.Compare(a.currency, b.currency))
	})
	shard := rand.IntN(countShards[tx.Dialect()])
	return addOrderCounts.Each(tx.Dialect(), len(keys), func(statement string, from, to int) error {
		args := make([]any, 0, 9*(to-from))
		for _, k := range keys[from:to] {
			n := c[k]
			args = append(args, k.campaignID, k.span, k.at, k.deliveryID, k.currency, shard, n.orders, n.units, n.total)
		}
		return tx.Later(ctx, statement, args...)
	})
}

// keptAdjustment is what an adjustment takes out of its order.
type keptAdjustment struct {
	Kind, Key    string
	Units, Total int64
}

// net is what an order counts after its adjustments: nothing once cancelled,
// and never less than nothing.
func net(units, total int64, adjustments []keptAdjustment) orderCount {
	if isCancelled(adjustments) {
		return orderCount{}
	}
	for _, a := range adjustments {
		if a.Kind == Refund {
			units, total = max(0, units-a.Units), max(0, total-a.Total)
		}
	}
	return orderCount{1, units, total}
}

// isCancelled tells whether there is a cancellation that was not taken back.
func isCancelled(adjustments []keptAdjustment) bool {
	return slices.ContainsFunc(adjustments, func(a keptAdjustment) bool {
		return a.Kind == Cancel && !slices.ContainsFunc(adjustments, func(b keptAdjustment) bool { return b.Kind == Reopen && b.Key == a.Key })
	})
}

// countOrders adds new orders to the counts.
func countOrders(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) error {
	adjusted := slices.DeleteFunc(slices.Clone(orders), func(p *pendingOrder) bool { return !p.adjusted })
	adjustments, err := adjustmentsOf(ctx, tx, adjusted)
	if err != nil {
		return err
	}
	counts := orderCounts{}
	for _, p := range orders {
		if p.reason != TestOrder {
			counts.share(p.credit(), p.order.Currency, tx.Now.Unix(), 1, net(p.order.Units, p.order.Total, adjustments[p.key()]))
		}
	}
	return counts.store(ctx, tx)
}

var selectAdjustments = storage.NewBulk(`SELECT store, order_id, kind, key, units, total
FROM order_adjustments WHERE (store, order_id) IN (VALUES `, 2, ")")

func adjustmentsOf(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) (map[orderKey][]keptAdjustment, error) {
	found := make(map[orderKey][]keptAdjustment, len(orders))
	err := selectAdjustments.Each(tx.Dialect(), len(orders), func(statement string, from, to int) error {
		rows, err := tx.SQL().QueryContext(ctx, statement, keyArgs(orders[from:to])...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key orderKey
			var a keptAdjustment
			if err := rows.Scan(&key.store, &key.orderID, &a.Kind, &a.Key, &a.Units, &a.Total); err != nil {
				return err
			}
			found[key] = append(found[key], a)
		}
		return rows.Err()
	})
	return found, err
}

// recountOrder changes the counts by what a new adjustment takes out of its
// order, if the order is here.
func recountOrder(tx *storage.Tx, a Adjustment) error {
	var orders []struct {
		CampaignID, DeliveryID, Units, Total int64
		Currency, Reason                     string
		ReceivedAt                           int64 // microseconds since 1970
	}
	var adjustments []keptAdjustment
	err := cmp.Or(
		tx.Raw(`SELECT COALESCE(campaign_id, 0) AS campaign_id, COALESCE(delivery_id, 0) AS delivery_id,
units, total, currency, reason, received_at FROM orders WHERE store = ? AND order_id = ?`, a.Store, a.OrderID).Scan(&orders).Error,
		tx.Raw("SELECT kind, key, units, total FROM order_adjustments WHERE store = ? AND order_id = ?", a.Store, a.OrderID).Scan(&adjustments).Error,
	)
	if err != nil || len(orders) == 0 || orders[0].Reason == TestOrder {
		return err
	}
	o := orders[0]
	credit, err := creditOf(tx, a, o.CampaignID, o.DeliveryID)
	if err != nil {
		return err
	}
	after := net(o.Units, o.Total, adjustments)
	before := net(o.Units, o.Total, slices.DeleteFunc(adjustments, func(k keptAdjustment) bool { return k.Kind == a.Kind && k.Key == a.key() }))
	counts := orderCounts{}
	counts.share(credit, o.Currency, o.ReceivedAt/microseconds, -1, before)
	counts.share(credit, o.Currency, o.ReceivedAt/microseconds, 1, after)
	return counts.store(tx.Statement.Context, tx)
}
