package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"slices"

	"fanfare/fault"
	"fanfare/storage"
)

var selectOrders = storage.NewBulk(`SELECT store, order_id, fingerprint,
COALESCE(campaign_id, 0), COALESCE(post_id, 0), COALESCE(delivery_id, 0), reason, first_answer
FROM orders WHERE (store, order_id) IN (VALUES `, 2, ")")

type orderKey struct{ store, orderID string }

func (p *pendingOrder) key() orderKey { return orderKey{p.order.Store, p.order.OrderID} }

// keptOrder is what the database holds under an order's key.
type keptOrder struct {
	fingerprint fingerprint
	receipt     Receipt
}

// storeOrders inserts orders, which may come in pieces, and sets the outcome of
// each, which holds once the transaction is committed. It may be run again after
// a rollback.
func storeOrders(ctx context.Context, tx *storage.Tx, pieces iter.Seq[[]*pendingOrder], tell tellFunc) error {
	if err := tx.LockShared(ctx, storage.BookLock); err != nil {
		return err
	}
	fresh, others, err := insertOrders(ctx, tx, pieces)
	if err != nil {
		return err
	}
	if err := storeTouches(ctx, tx, fresh); err != nil {
		return err
	}
	if err := countOrders(ctx, tx, fresh); err != nil {
		return err
	}
	if err := tellOrders(tx, fresh, tell); err != nil {
		return err
	}
	return settleOthers(ctx, tx, others)
}

// insertOrders inserts orders piece by piece, and tells those that are new from
// those whose key was here before.
func insertOrders(ctx context.Context, tx *storage.Tx, pieces iter.Seq[[]*pendingOrder]) (fresh, others []*pendingOrder, err error) {
	insertion := insertion{tx: tx}
	for piece := range pieces {
		sorted := sorted(piece)
		firsts := firstOfKeys(sorted)
		if err := judgeTouched(ctx, tx, firsts); err != nil {
			return nil, nil, err
		}
		if err := insertion.add(ctx, firsts); err != nil {
			return nil, nil, err
		}
		for _, p := range sorted {
			if p.inserted {
				p.receipt, p.err = p.fresh(), nil
				fresh = append(fresh, p)
			} else {
				others = append(others, p)
			}
		}
	}
	return fresh, others, insertion.findAdjusted(ctx, fresh)
}

// sorted puts orders in the order of their keys, so that two writers cannot
// deadlock, each holding a key that the other waits for. It is stable: of two
// orders with one key the first to arrive is kept.
func sorted(batch []*pendingOrder) []*pendingOrder {
	return slices.SortedStableFunc(slices.Values(batch), func(a, b *pendingOrder) int {
		return cmp.Or(cmp.Compare(a.order.Store, b.order.Store), cmp.Compare(a.order.OrderID, b.order.OrderID))
	})
}

func firstOfKeys(sorted []*pendingOrder) []*pendingOrder {
	return slices.CompactFunc(slices.Clone(sorted), func(a, b *pendingOrder) bool { return a.key() == b.key() })
}

// settleOthers answers orders whose key is taken: the same order gets the
// answer that was given then, another one is a conflict. Both are counted.
func settleOthers(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) error {
	kept, err := keptOrders(ctx, tx, orders)
	if err != nil {
		return err
	}
	again := make(map[int64]repeats)
	for _, p := range orders {
		was := kept[p.key()]
		n := again[was.receipt.CampaignID]
		if was.fingerprint == p.fingerprint {
			again[was.receipt.CampaignID] = repeats{n.Replays + 1, n.Conflicts}
			p.receipt, p.err = was.receipt, nil
			p.receipt.Replayed = true
			continue
		}
		again[was.receipt.CampaignID] = repeats{n.Replays, n.Conflicts + 1}
		p.receipt, p.err = Receipt{}, &fault.Error{
			Kind: fault.Conflict, Key: "order.other_content",
			Message: "The store has sent another order under this order_id before. The first one is kept.",
			Fields: []fault.Field{{
				Location: "order_id", Key: "order.other_content", Value: p.order.OrderID,
				Message: "This order_id belongs to an order with other content.",
			}},
		}
	}
	return storeRepeats(ctx, tx, again)
}

func keptOrders(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) (map[orderKey]keptOrder, error) {
	kept := make(map[orderKey]keptOrder, len(orders))
	err := selectOrders.Each(tx.Dialect(), len(orders), func(statement string, from, to int) error {
		return tx.Each(ctx, statement, keyArgs(orders[from:to]), func(row storage.Row) error {
			var sum []byte
			var r Receipt
			var first string
			if err := row.Scan(&r.Store, &r.OrderID, &sum, &r.CampaignID, &r.PostID, &r.DeliveryID, &r.Reason, &first); err != nil {
				return err
			}
			r.Attributed = r.Reason == ""
			if first != "" {
				r = Receipt{}
				if err := json.Unmarshal([]byte(first), &r); err != nil {
					return err
				}
			}
			kept[orderKey{r.Store, r.OrderID}] = keptOrder{fingerprint(sum), r}
			return nil
		})
	})
	return kept, err
}
