package stores

import (
	"cmp"
	"context"
	"strings"
	"time"

	"fanfare/storage"
)

// exportBook is the orders of a store's export in a database of their own: in
// it they can be looked up, in any number.
type exportBook struct{ db *storage.DB }

type exportRow struct {
	OrderID         string
	Line            int
	Total, Currency string
	PlacedAt        *time.Time
	NotPlaced       string
	Placed          bool
}

// fill writes the orders of the file down, and notes in c what it tells of. Those
// that do not count are written down as well: they are not missing in the file.
// It returns Invalid when the file tells of nothing.
func (b exportBook) fill(ctx context.Context, export *storeExport, c *StoreComparison) error {
	err := b.db.Write(ctx, func(tx *storage.Tx) error {
		return tx.Exec("CREATE TABLE orders (order_id TEXT PRIMARY KEY, line INTEGER, total TEXT, currency TEXT, placed_at DATETIME, not_placed TEXT, placed BOOLEAN, counts BOOLEAN) WITHOUT ROWID").Error
	})
	if err != nil {
		return err
	}
	var page []ExportOrder
	empty := true
	for order, err := range export.orders() {
		if err != nil {
			return err
		}
		empty = false
		switch {
		case order.Unreadable != "":
			c.add(Difference{Kind: Unreadable, OrderID: order.OrderID, Line: order.Line, Detail: order.Unreadable})
		case order.counts():
			c.cover(order)
		}
		if page = append(page, order); len(page) == comparePage {
			if err := b.write(ctx, page, c); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	if empty {
		return badExport("This file holds no order: its first line names the columns, and no line of an order follows.")
	}
	return b.write(ctx, page, c)
}

// cover stretches the time that the file tells of.
func (c *StoreComparison) cover(o ExportOrder) {
	if o.PlacedAt.IsZero() {
		return
	}
	until := o.PlacedAt.Add(o.Lasts)
	if c.From == nil || o.PlacedAt.Before(*c.From) {
		c.From = &o.PlacedAt
	}
	if c.Until == nil || until.After(*c.Until) {
		c.Until = &until
	}
}

// write adds orders. Where an id comes again the first line counts of those that
// count at all.
func (b exportBook) write(ctx context.Context, page []ExportOrder, c *StoreComparison) error {
	return b.db.Write(ctx, func(tx *storage.Tx) error {
		for _, o := range page {
			var at any // NULL
			if !o.PlacedAt.IsZero() {
				at = o.PlacedAt
			}
			added := tx.Exec(`INSERT INTO orders (order_id, line, total, currency, placed_at, not_placed, placed, counts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (order_id) DO UPDATE SET line = excluded.line, total = excluded.total, currency = excluded.currency,
placed_at = excluded.placed_at, not_placed = excluded.not_placed, placed = excluded.placed, counts = excluded.counts WHERE excluded.counts AND NOT orders.counts`,
				o.OrderID, o.Line, o.Total, o.Currency, at, o.NotPlaced, o.Placed, o.counts())
			if added.Error != nil {
				return added.Error
			}
			if o.counts() {
				c.Orders += added.RowsAffected
			}
		}
		return nil
	})
}

// page gives the next orders by their ids, without those that could not be read.
func (b exportBook) page(ctx context.Context, after string) (rows []exportRow, err error) {
	err = b.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw("SELECT * FROM orders WHERE order_id > ? AND (counts OR not_placed <> '') ORDER BY order_id LIMIT ?", after, comparePage).Scan(&rows).Error
	})
	return rows, err
}

// among tells which of our orders the file has.
func (b exportBook) among(ctx context.Context, ours []ourOrder) (map[string]bool, error) {
	ids := make([]string, len(ours))
	for i, o := range ours {
		ids[i] = o.OrderID
	}
	var found []string
	err := b.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw("SELECT order_id FROM orders WHERE order_id IN ?", ids).Scan(&found).Error
	})
	there := make(map[string]bool, len(found))
	for _, id := range found {
		there[id] = true
	}
	return there, err
}

func (r exportRow) difference() Difference {
	d := Difference{OrderID: r.OrderID, Line: r.Line, Theirs: cmp.Or(r.NotPlaced, strings.TrimSpace(r.Total+" "+r.Currency))}
	if r.PlacedAt != nil {
		at := r.PlacedAt.UTC()
		d.PlacedAt = &at
	}
	return d
}

// equals tells whether the file says the same of an order as we do, as far as
// it says anything.
func (r exportRow) equals(o ourOrder) bool {
	if r.Currency != "" && r.Currency != o.Currency {
		return false
	}
	total, ok := exportAmount(r.Total, o.Currency)
	return r.Total == "" || ok && total == o.Total
}
