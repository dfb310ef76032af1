package orders

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// What an adjustment can be.
const (
	Cancel = "cancel" // takes the whole order out of the report
	Refund = "refund" // takes units and money out of it
	Reopen = "reopen" // takes the cancellation of the same id back
)

// Adjust notes a cancellation or a refund, before or after the order itself;
// the same one again is a replay. It returns Invalid with every wrong field,
// and Conflict when one of the same kind and instant says something else.
func (s *Service) Adjust(ctx context.Context, a Adjustment) (replayed bool, err error) {
	a.At = stored(a.At)
	if err := validateAdjustment(a, s.db.Clock().Now()); err != nil {
		return false, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		replayed, err = adjust(tx, a)
		return err
	})
	return replayed && err == nil, err
}

// Follow keeps up with an order's status in its store, as of an instant: it
// cancels the order when it is not placed any more, and takes that back when it
// is again. It tells whether anything changed; what is older than the last change
// changes nothing. Cancellations that were sent as such stay. The error is
// Invalid for an instant that cannot be.
func (s *Service) Follow(ctx context.Context, store, orderID string, placed bool, at time.Time) (changed bool, err error) {
	a := Adjustment{Store: store, OrderID: orderID, Kind: Cancel, At: stored(at)}
	if placed {
		a.Kind = Reopen
	}
	if err := validateAdjustment(a, s.db.Clock().Now()); err != nil {
		return false, err
	}
	look := func(tx *storage.Tx) (err error) {
		changed, err = a.isTurn(tx)
		return err
	}
	// Mostly nothing changes: to find that, orders need not wait.
	if err := s.db.Read(ctx, look); err != nil || !changed {
		return false, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(ctx, storage.BookLock); err != nil {
			return err
		}
		if err := look(tx); err != nil || !changed {
			return err
		}
		_, err := adjust(tx, a)
		return err
	})
	return changed && err == nil, err
}

// isTurn tells whether a cancellation or its end changes how an order stands, and
// gives it the id that it needs for that.
func (a *Adjustment) isTurn(tx *storage.Tx) (bool, error) {
	var before []struct {
		Kind, Key string
		At        time.Time
	}
	err := tx.Table("order_adjustments").Order("id").
		Where("store = ? AND order_id = ? AND kind IN ? AND (key = ? OR key LIKE ?)", a.Store, a.OrderID, []string{Cancel, Reopen}, Cancel, Cancel+" %").
		Find(&before).Error
	if err != nil {
		return false, err
	}
	if len(before) == 0 {
		a.ID = Cancel
		return a.Kind == Cancel, nil
	}
	last := before[len(before)-1]
	if a.ID = last.Key; a.Kind == Cancel {
		a.ID = Cancel + " " + strconv.Itoa(len(before)/2+1)
	}
	return a.Kind != last.Kind && !a.At.Before(last.At), nil
}

// AdjustAll notes several adjustments together, and tells whether any of them is
// new. It returns Invalid without noting any; with a Conflict all the others are
// noted.
func (s *Service) AdjustAll(ctx context.Context, all []Adjustment) (adjusted bool, err error) {
	if len(all) == 0 {
		return false, nil
	}
	for i := range all {
		all[i].At = stored(all[i].At)
		if err := validateAdjustment(all[i], s.db.Clock().Now()); err != nil {
			return false, err
		}
	}
	var conflict error
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		adjusted, conflict = false, nil
		for _, a := range all {
			replayed, err := adjust(tx, a)
			if fault.Is(err, fault.Conflict) {
				conflict = err
				continue
			}
			if err != nil {
				return err
			}
			adjusted = adjusted || !replayed
		}
		return nil
	})
	return adjusted, cmp.Or(err, conflict)
}

// Whole makes a refund of all that an order has left, however much that is: it
// may not be here yet.
func (a Adjustment) Whole() Adjustment {
	a.Units, a.Total = MaxUnits, MaxTotal
	return a
}

// TakenBack is what a store says of a cancellation or a refund.
type TakenBack struct {
	At    time.Time `json:"at"`
	Total *int64    `json:"total,omitempty" minimum:"0" maximum:"1000000000000000" doc:"Refund: minor units given back; with units absent too, all of them. A cancellation is of the whole order."`
	Units *int64    `json:"units,omitempty" minimum:"0" maximum:"1000000" doc:"Refund: units given back; with total absent too, all of them."`
}

// SentAdjustment is a cancellation or a refund that comes as a webhook.
type SentAdjustment struct {
	Store   string `json:"store,omitempty" doc:"The source's, where it is given."`
	OrderID string `json:"order_id" minLength:"1" maxLength:"200"`
	Kind    string `json:"kind" enum:"cancel,refund"`
	TakenBack
}

// Of makes it an adjustment of an order.
func (b TakenBack) Of(store, orderID, kind string) Adjustment {
	a := Adjustment{Store: store, OrderID: orderID, Kind: kind, At: b.At}
	if kind == Refund && b.Total == nil && b.Units == nil {
		return a.Whole()
	}
	if b.Total != nil {
		a.Total = *b.Total
	}
	if b.Units != nil {
		a.Units = *b.Units
	}
	return a
}

// key is what makes an adjustment one of its order and kind: the same key again
// is a replay.
func (a Adjustment) key() string {
	if a.ID != "" {
		return a.ID
	}
	return a.At.Format(time.RFC3339Nano)
}

// adjust notes an adjustment, and recounts its order. New orders wait for it:
// side by side neither would see the other, and the counts would miss it.
func adjust(tx *storage.Tx, a Adjustment) (replayed bool, err error) {
	if err := tx.Lock(tx.Statement.Context, storage.BookLock); err != nil {
		return false, err
	}
	insert := tx.Exec(`INSERT INTO order_adjustments (store, order_id, kind, key, at, units, total, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (store, order_id, kind, key) DO NOTHING`,
		a.Store, a.OrderID, a.Kind, a.key(), a.At, a.Units, a.Total, tx.Now)
	if insert.Error != nil {
		return false, insert.Error
	}
	if insert.RowsAffected == 1 {
		return false, recountOrder(tx, a)
	}
	var kept struct{ Units, Total int64 }
	err = tx.Table("order_adjustments").Select("units, total").
		Where("store = ? AND order_id = ? AND kind = ? AND key = ?", a.Store, a.OrderID, a.Kind, a.key()).Take(&kept).Error
	if err != nil {
		return false, err
	}
	if kept.Units != a.Units || kept.Total != a.Total {
		return false, otherAdjustment(a)
	}
	return true, nil
}

func otherAdjustment(a Adjustment) error {
	var wrong fault.Fields
	wrong.Add("at", "adjustment.other_content", "At this instant the store has sent an adjustment with other content.", a.At, nil)
	return &fault.Error{
		Kind: fault.Conflict, Key: "adjustment.other_content", Fields: wrong,
		Message: "The store has sent another adjustment of this order for the same instant. The first one is kept.",
	}
}

func validateAdjustment(a Adjustment, now time.Time) error {
	var wrong fault.Fields
	checkOrderKey(&wrong, a.Store, a.OrderID)
	if a.Kind != Cancel && a.Kind != Refund && a.Kind != Reopen {
		wrong.Add("kind", "adjustment.kind", "The kind must be cancel or refund.", a.Kind, nil)
	}
	checkPast(&wrong, "at", a.At, now)
	if a.Units < 0 || a.Units > MaxUnits {
		wrong.Add("units", "adjustment.units", "The units must be between 0 and 1,000,000.", a.Units, fault.Args{"Max": MaxUnits})
	}
	if a.Total < 0 || a.Total > MaxTotal {
		wrong.Add("total", "order.total", "The total must be between 0 and 10^15 minor units.", a.Total, nil)
	}
	if a.Kind == Refund && a.Units == 0 && a.Total == 0 {
		wrong.Add("total", "adjustment.empty", "A refund gives back money, units or both.", a.Total, nil)
	}
	return wrong.Err()
}
