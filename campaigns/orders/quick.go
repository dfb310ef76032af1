package orders

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"fanfare/storage"
)

// insertAndCount inserts orders and adds them to the counts, as insertOrders
// and countOrders do, in one statement. It leaves out those that are here and
// those that were adjusted before they came.
var insertAndCount = fmt.Sprintf(`WITH fresh AS (
INSERT INTO orders (store, order_id, token, kind, units, total, currency, placed_at, customer_hash, fingerprint,
campaign_id, post_id, delivery_id, reason, received_at)
SELECT store, order_id, token, kind, units, total, currency, placed_at, customer_hash, fingerprint,
NULLIF(campaign_id, 0), NULLIF(post_id, 0), NULLIF(delivery_id, 0), reason, $15
FROM %s WHERE NOT EXISTS (SELECT 1 FROM order_adjustments a WHERE a.store = o.store AND a.order_id = o.order_id)
ON CONFLICT (store, order_id) DO NOTHING
RETURNING fingerprint, campaign_id, delivery_id, currency, units, total, reason), counted AS (
INSERT INTO order_counts (campaign_id, span, at, delivery_id, currency, shard, orders, units, total)
SELECT campaign_id, span, $16::bigint - $16::bigint %% span, delivery_id, currency, $17::integer, orders, units, total FROM (
SELECT COALESCE(campaign_id, 0) AS campaign_id, COALESCE(delivery_id, 0) AS delivery_id, currency,
count(*) AS orders, sum(units)::bigint AS units, sum(total)::bigint AS total
FROM fresh WHERE reason <> '%s' GROUP BY 1, 2, 3) AS sums CROSS JOIN (VALUES (%d), (%d), (%d)) AS spans (span)
ORDER BY campaign_id, span, delivery_id, currency
%s) SELECT fingerprint FROM fresh`, orderColumns, TestOrder, second, minute, hour, onCounted)

// storeQuickly stores in one round trip those orders of a batch that are as
// most are: new, with a token alone, and of which nobody wants to hear. The
// others it gives back. PostgreSQL spends less on such a batch than on being
// asked one thing after another.
func storeQuickly(ctx context.Context, db *storage.DB, batch []*pendingOrder, tell tellFunc) (rest []*pendingOrder, err error) {
	plain := slices.DeleteFunc(firstOfKeys(sorted(batch)), func(p *pendingOrder) bool { return p.touches != nil })
	byFingerprint := make(map[fingerprint]*pendingOrder, len(plain))
	for _, p := range plain {
		byFingerprint[p.fingerprint] = p
	}
	err = db.Write(ctx, func(tx *storage.Tx) error {
		for _, p := range batch {
			p.inserted = false
		}
		if somebody, err := wanted(tx, tell); err != nil || somebody || len(plain) == 0 {
			return err
		}
		if err := tx.LockShared(ctx, storage.BookLock); err != nil {
			return err
		}
		args := append(columnsOf(plain, tx.Now), tx.Now.Unix(), rand.IntN(countShards[tx.Dialect()]))
		return tx.LaterEach(ctx, insertAndCount, args, func(row storage.Row) error {
			var sum []byte
			if err := row.Scan(&sum); err != nil {
				return err
			}
			byFingerprint[fingerprint(sum)].inserted = true
			return nil
		})
	})
	if err != nil {
		return batch, err
	}
	for _, p := range batch {
		if p.inserted {
			p.receipt, p.err = p.fresh(), nil
		} else {
			rest = append(rest, p)
		}
	}
	return rest, nil
}
