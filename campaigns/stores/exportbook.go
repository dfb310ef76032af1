package stores

import (
	"context"
	"strings"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/fault"
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
}

// fill writes the orders of the file down, and notes in c what it tells of.
// Where an id comes again the first line counts.
func (b exportBook) fill(ctx context.Context, export *storeExport, c *StoreComparison) error {
	err := b.db.Write(ctx, func(tx *storage.Tx) error {
		return tx.Exec("CREATE TABLE orders (order_id TEXT PRIMARY KEY, line INTEGER, total TEXT, currency TEXT, placed_at DATETIME) WITHOUT ROWID").Error
	})
	if err != nil {
		return err
	}
	var page []ExportOrder
	for order, err := range export.orders() {
		if fault.Is(err, fault.Invalid) {
			c.add(Difference{Kind: Unreadable, OrderID: tame(order.OrderID, orders.MaxOrderID), Line: order.Line, Detail: err.Error()})
			continue
		}
		if err != nil {
			return err
		}
		c.cover(order)
		if page = append(page, order); len(page) == comparePage {
			if err := b.write(ctx, page, c); err != nil {
				return err
			}
			page = page[:0]
		}
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

func (b exportBook) write(ctx context.Context, page []ExportOrder, c *StoreComparison) error {
	return b.db.Write(ctx, func(tx *storage.Tx) error {
		for _, o := range page {
			var at any // NULL
			if !o.PlacedAt.IsZero() {
				at = o.PlacedAt
			}
			added := tx.Exec("INSERT INTO orders (order_id, line, total, currency, placed_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING",
				o.OrderID, o.Line, o.Total, o.Currency, at)
			if added.Error != nil {
				return added.Error
			}
			c.Orders += added.RowsAffected
		}
		return nil
	})
}

// page gives the next orders by their ids.
func (b exportBook) page(ctx context.Context, after string) (rows []exportRow, err error) {
	err = b.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw("SELECT * FROM orders WHERE order_id > ? ORDER BY order_id LIMIT ?", after, comparePage).Scan(&rows).Error
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
	d := Difference{OrderID: r.OrderID, Line: r.Line, Theirs: strings.TrimSpace(r.Total + " " + r.Currency)}
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
