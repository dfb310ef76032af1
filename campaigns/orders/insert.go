package orders

import (
	"context"
	"time"

	"fanfare/storage"
)

// insertion is the insertion of orders within one transaction. It is told apart
// by database: this is where the time of a drop goes.
type insertion struct {
	tx   *storage.Tx
	last int64 // SQLite: the last id before the transaction, once any order was inserted
	some bool  // one was
}

// add inserts orders with keys that differ, and notes of each whether it was
// inserted.
func (n *insertion) add(ctx context.Context, orders []*pendingOrder) error {
	for _, p := range orders {
		p.inserted, p.adjusted = false, false
	}
	if n.tx.Dialect() == storage.Postgres {
		return insertIntoPostgres(ctx, n.tx, orders)
	}
	return n.addToSQLite(ctx, orders)
}

var insertRows = storage.NewBulk(`INSERT INTO orders (store, order_id, token, kind, units, total, currency, placed_at,
customer_hash, fingerprint, campaign_id, post_id, delivery_id, reason, received_at) VALUES `, 15,
	" ON CONFLICT (store, order_id) DO NOTHING")

// addToSQLite counts what was inserted, which costs less than to have it
// returned, and asks only when that is not all. There is one writer, and a new
// row's id is one more than the largest (https://www.sqlite.org/autoinc.html):
// what was inserted here has the highest ids.
func (n *insertion) addToSQLite(ctx context.Context, orders []*pendingOrder) error {
	var inserted, highest int64
	err := insertRows.Each(n.tx.Dialect(), len(orders), func(statement string, from, to int) error {
		args := make([]any, 0, 15*(to-from))
		for _, p := range orders[from:to] {
			args = p.appendRow(args, n.tx.Now.UnixMicro())
		}
		result, err := n.tx.SQL().ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		if err != nil || rows == 0 {
			return err
		}
		inserted += rows
		highest, err = result.LastInsertId()
		return err
	})
	if err != nil || inserted == 0 {
		return err
	}
	before := highest - inserted
	if !n.some {
		n.last, n.some = before, true
	}
	if int(inserted) == len(orders) {
		for _, p := range orders {
			p.inserted = true
		}
		return nil
	}
	return eachKey(ctx, n.tx, "SELECT store, order_id FROM orders NOT INDEXED WHERE id > ?", before, orders,
		func(p *pendingOrder) { p.inserted = true })
}

// findAdjusted notes of the orders that were inserted which of them were
// adjusted before they came. PostgreSQL has told it already.
func (n *insertion) findAdjusted(ctx context.Context, fresh []*pendingOrder) error {
	if n.tx.Dialect() == storage.Postgres || !n.some {
		return nil
	}
	// So SQLite goes through the new orders, by their ids, and not through all adjustments.
	return eachKey(ctx, n.tx, `SELECT o.store, o.order_id FROM orders o NOT INDEXED
CROSS JOIN order_adjustments a ON a.store = o.store AND a.order_id = o.order_id WHERE o.id > ?`, n.last, fresh,
		func(p *pendingOrder) { p.adjusted = true })
}

// appendRow adds the arguments of insertRows for one order.
func (p *pendingOrder) appendRow(args []any, now int64) []any {
	o := &p.order
	var customer, campaign, post, delivery any // NULL
	if p.customerHash != nil {
		customer = p.customerHash
	}
	if p.reason == "" {
		campaign, post, delivery = p.link.CampaignID, p.link.PostID, p.link.DeliveryID
	}
	return append(args, o.Store, o.OrderID, o.Token, o.Kind, o.Units, o.Total, o.Currency, o.PlacedAt.UnixMicro(),
		customer, p.fingerprint[:], campaign, post, delivery, p.reason, now)
}

// eachKey calls f with those of the orders whose keys a query finds after an id.
func eachKey(ctx context.Context, tx *storage.Tx, query string, last int64, orders []*pendingOrder, f func(*pendingOrder)) error {
	var byKey map[orderKey]*pendingOrder
	return tx.Each(ctx, query, []any{last}, func(row storage.Row) error {
		var k orderKey
		if err := row.Scan(&k.store, &k.orderID); err != nil {
			return err
		}
		if byKey == nil { // most often there is none
			byKey = make(map[orderKey]*pendingOrder, len(orders))
			for _, p := range orders {
				byKey[p.key()] = p
			}
		}
		f(byKey[k])
		return nil
	})
}

// orderColumns are orders for a statement of PostgreSQL, with columnsOf as its
// first arguments: each column is one array, so that the statement is parsed
// once for every number of orders. As columns of a SELECT the arrays are gone
// through together; as functions of a FROM each would be copied first.
const orderColumns = `(SELECT unnest($1::text[]) AS store, unnest($2::text[]) AS order_id, unnest($3::text[]) AS token,
unnest($4::text[]) AS kind, unnest($5::bigint[]) AS units, unnest($6::bigint[]) AS total, unnest($7::text[]) AS currency,
unnest($8::bigint[]) AS placed_at, unnest($9::bytea[]) AS customer_hash, unnest($10::bytea[]) AS fingerprint,
unnest($11::bigint[]) AS campaign_id, unnest($12::bigint[]) AS post_id, unnest($13::bigint[]) AS delivery_id,
unnest($14::text[]) AS reason) AS o`

const insertColumns = `INSERT INTO orders (store, order_id, token, kind, units, total, currency, placed_at,
customer_hash, fingerprint, campaign_id, post_id, delivery_id, reason, received_at)
SELECT store, order_id, token, kind, units, total, currency, placed_at,
customer_hash, fingerprint, NULLIF(campaign_id, 0), NULLIF(post_id, 0), NULLIF(delivery_id, 0), reason, $15
FROM ` + orderColumns + `
ON CONFLICT (store, order_id) DO NOTHING RETURNING fingerprint,
EXISTS (SELECT 1 FROM order_adjustments a WHERE a.store = orders.store AND a.order_id = orders.order_id)`

func insertIntoPostgres(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) error {
	byFingerprint := make(map[fingerprint]*pendingOrder, len(orders))
	for _, p := range orders {
		byFingerprint[p.fingerprint] = p
	}
	return tx.Each(ctx, insertColumns, columnsOf(orders, tx.Now), func(row storage.Row) error {
		var sum []byte
		var adjusted bool
		if err := row.Scan(&sum, &adjusted); err != nil {
			return err
		}
		p := byFingerprint[fingerprint(sum)]
		p.inserted, p.adjusted = true, adjusted
		return nil
	})
}

// columnsOf gives the columns of orders, and the time at which they are received.
func columnsOf(orders []*pendingOrder, now time.Time) []any {
	n := len(orders)
	store, orderID, token, kind, currency, reason := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	units, total, placed, campaign, post, delivery := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	customer, sum := make([][]byte, n), make([][]byte, n)
	for i, p := range orders {
		o := &p.order
		store[i], orderID[i], token[i], kind[i], currency[i], reason[i] = o.Store, o.OrderID, o.Token, o.Kind, o.Currency, p.reason
		units[i], total[i], placed[i] = o.Units, o.Total, o.PlacedAt.UnixMicro()
		customer[i], sum[i] = p.customerHash, p.fingerprint[:]
		campaign[i], post[i], delivery[i] = p.link.CampaignID, p.link.PostID, p.link.DeliveryID
	}
	return []any{store, orderID, token, kind, units, total, currency, placed, customer, sum, campaign, post, delivery, reason, now.UnixMicro()}
}
