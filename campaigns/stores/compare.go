package stores

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/fault"
	"fanfare/storage"
)

// maxDifferences is how many differences a comparison lists; all are counted.
const maxDifferences = 10_000

// comparePage is how many orders are compared at once.
const comparePage = 500

// DifferenceKind is what is not the same here and there.
type DifferenceKind string

// The kinds.
const (
	MissingHere  DifferenceKind = "missing_here"  // the store has it, we do not
	MissingThere DifferenceKind = "missing_there" // we have it, the file does not, though it tells of that time
	OtherAmount  DifferenceKind = "other_amount"
	OtherStatus  DifferenceKind = "other_status" // it is a sale here and none in the file, or the other way round
	Unreadable   DifferenceKind = "unreadable"   // the file's line cannot be compared
)

// Difference is one order that is not the same here and there. Theirs is as the
// file writes it.
type Difference struct {
	Kind     DifferenceKind `json:"kind"`
	OrderID  string         `json:"order_id,omitempty"`
	Line     int            `json:"line,omitempty"`
	Theirs   string         `json:"theirs,omitempty"`
	Ours     *orders.Money  `json:"ours,omitempty"`
	PlacedAt *time.Time     `json:"placed_at,omitempty"`
	Detail   string         `json:"detail,omitempty"`
}

// StoreComparison is what a store's export and our books have apart.
type StoreComparison struct {
	Store       string                   `json:"store"`
	From        *time.Time               `json:"from,omitempty"`  // the time that the file tells of: from the first
	Until       *time.Time               `json:"until,omitempty"` // until after the last; nil without times
	Orders      int64                    `json:"orders"`          // in the file
	Counts      map[DifferenceKind]int64 `json:"counts"`
	Differences []Difference             `json:"differences"`
}

// Same tells whether nothing is apart.
func (c StoreComparison) Same() bool { return len(c.Counts) == 0 }

func (c *StoreComparison) add(d Difference) {
	c.Counts[d.Kind]++
	if len(c.Differences) < maxDifferences {
		c.Differences = append(c.Differences, d)
	}
}

// CompareOptions say how to read the store's file.
type CompareOptions struct {
	Source  string            // a source's name, or a store's
	Mapping map[string]string // fields by column, beside those that are known
	Zone    *time.Location    // of times that tell none; UTC when nil
}

// CompareOrders compares a store's own export with the orders that are here:
// their ids, amounts and currencies. The file may have any size: its orders
// wait in a file beside, not in memory. It returns Invalid for a file that is
// no export, holds no order or cannot be read on, and for a source that is not known.
func (s *Service) CompareOrders(ctx context.Context, file io.Reader, o CompareOptions) (StoreComparison, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	export, err := openExport(file, o.Mapping, o.Zone)
	if err != nil {
		return StoreComparison{}, err
	}
	c := StoreComparison{Counts: map[DifferenceKind]int64{}, Differences: []Difference{}}
	if c.Store, err = s.storeNamed(ctx, o.Source); err != nil {
		return StoreComparison{}, err
	}
	dir, err := os.MkdirTemp("", "fanfare-compare-")
	if err != nil {
		return StoreComparison{}, fault.Wrap(err, "compare")
	}
	defer os.RemoveAll(dir)
	beside, err := storage.Open(ctx, storage.Config{URL: "sqlite:" + filepath.Join(dir, "export.db"), Clock: s.db.Clock()})
	if err != nil {
		return StoreComparison{}, err
	}
	defer beside.Close()
	theirs := exportBook{beside}
	if err := theirs.fill(ctx, export, &c); err != nil {
		return StoreComparison{}, err
	}
	return c, cmp.Or(s.compareTheirs(ctx, theirs, &c), s.compareOurs(ctx, theirs, &c))
}

// storeNamed gives the store of a source, or the store of that name itself.
func (s *Service) storeNamed(ctx context.Context, name string) (store string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		source, err := sourceNamed(tx, name)
		if store = source.Store; !fault.Is(err, fault.NotFound) {
			return err
		}
		var known int64
		store = name
		if err := tx.Raw("SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE store = ? LIMIT 1) o", name).Scan(&known).Error; err != nil || known > 0 {
			return err
		}
		return fault.New(fault.Invalid, "", "There is no source "+name+", and no order of a store of that name.")
	})
	return store, err
}

// ourOrder is an order of ours, as it is compared.
type ourOrder struct {
	OrderID  string
	Total    int64
	Currency string
	PlacedAt int64 // microseconds since 1970
	Reason   string
}

func (o ourOrder) money() *orders.Money { return &orders.Money{Currency: o.Currency, Total: o.Total} }

// compareTheirs looks here for each order of the file.
func (s *Service) compareTheirs(ctx context.Context, theirs exportBook, c *StoreComparison) error {
	after := ""
	for {
		page, err := theirs.page(ctx, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].OrderID
		ids := make([]string, len(page))
		for i, row := range page {
			ids[i] = row.OrderID
		}
		var found []ourOrder
		var cancelled map[string]bool
		err = s.db.Read(ctx, func(tx *storage.Tx) (err error) {
			if cancelled, err = orders.Cancelled(ctx, tx, c.Store, ids); err != nil {
				return err
			}
			return tx.Raw("SELECT order_id, total, currency, reason FROM orders WHERE store = ? AND order_id IN ?", c.Store, ids).Scan(&found).Error
		})
		if err != nil {
			return err
		}
		ours := make(map[string]ourOrder, len(found))
		for _, o := range found {
			ours[o.OrderID] = o
		}
		for _, row := range page {
			o, here := ours[row.OrderID]
			switch d := row.difference(); {
			case row.NotPlaced != "":
				if here && !cancelled[row.OrderID] && o.Reason != orders.TestOrder {
					d.Kind, d.Ours = OtherStatus, o.money()
					c.add(d)
				}
			case !here:
				d.Kind = MissingHere
				c.add(d)
			case cancelled[row.OrderID] && row.Placed:
				d.Kind, d.Ours, d.Detail = OtherStatus, o.money(), ", cancelled here"
				c.add(d)
			case !row.equals(o):
				d.Kind, d.Ours = OtherAmount, o.money()
				c.add(d)
			}
		}
	}
}

// compareOurs looks in the file for each order that was placed in its time.
func (s *Service) compareOurs(ctx context.Context, theirs exportBook, c *StoreComparison) error {
	if c.From == nil {
		return nil
	}
	after := ""
	for {
		var page []ourOrder
		err := s.db.Read(ctx, func(tx *storage.Tx) error {
			return tx.Raw(`SELECT order_id, total, currency, placed_at FROM orders
WHERE store = ? AND placed_at >= ? AND placed_at < ? AND reason <> ? AND order_id > ? ORDER BY order_id LIMIT ?`,
				c.Store, c.From.UnixMicro(), c.Until.UnixMicro(), orders.TestOrder, after, comparePage).Scan(&page).Error
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].OrderID
		there, err := theirs.among(ctx, page)
		if err != nil {
			return err
		}
		for _, o := range page {
			if !there[o.OrderID] {
				at := time.UnixMicro(o.PlacedAt).UTC()
				c.add(Difference{Kind: MissingThere, OrderID: o.OrderID, Ours: o.money(), PlacedAt: &at})
			}
		}
	}
}
