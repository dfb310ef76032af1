package orders

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestAdjustmentIsNotedOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		at := clock.Now().In(time.FixedZone("CST", 8*3600)).Add(123 * time.Nanosecond)
		refund := Adjustment{Store: "mi.com", OrderID: "1", Kind: Refund, At: at, Units: 1, Total: 100}
		for _, want := range []bool{false, true, true} {
			if replayed, err := s.Adjust(t.Context(), refund); err != nil || replayed != want {
				t.Fatalf("replayed %v, want %v; %v", replayed, want, err)
			}
		}
		other := refund
		other.Total++
		if replayed, err := s.Adjust(t.Context(), other); !fault.Is(err, fault.Conflict) || replayed {
			t.Errorf("other content: %v, %v", replayed, err)
		}
		for name, change := range map[string]func(*Adjustment){
			"later": func(a *Adjustment) { a.At = a.At.Add(time.Microsecond) },
			"kind":  func(a *Adjustment) { a.Kind = Cancel },
			"order": func(a *Adjustment) { a.OrderID = "2" },
		} {
			a := refund
			change(&a)
			if replayed, err := s.Adjust(t.Context(), a); err != nil || replayed {
				t.Errorf("another %s: %v, %v", name, replayed, err)
			}
		}
	})
}

func TestAdjustmentIsValidated(t *testing.T) {
	t.Parallel()
	now := storagetest.NewClock().Now()
	for _, good := range []Adjustment{
		{Store: "s", OrderID: "1", Kind: Cancel, At: now},
		{Store: "s", OrderID: "1", Kind: Refund, At: now, Units: 1},
	} {
		must(t, validateAdjustment(good, now))
	}
	for name, c := range map[string]struct {
		a    Adjustment
		want []string
	}{
		"nothing":    {Adjustment{}, []string{"store", "order_id", "kind", "at"}},
		"empty":      {Adjustment{Store: "s", OrderID: "1", Kind: Refund, At: now}, []string{"total"}},
		"negative":   {Adjustment{Store: "s", OrderID: "1", Kind: Refund, At: now, Units: -1, Total: -1}, []string{"units", "total"}},
		"too much":   {Adjustment{Store: "s", OrderID: "1", Kind: Refund, At: now, Units: 1e7, Total: 1e16}, []string{"units", "total"}},
		"far future": {Adjustment{Store: "s", OrderID: "1", Kind: Cancel, At: now.AddDate(1, 0, 0)}, []string{"at"}},
	} {
		if got := shoptest.InvalidFields(t, validateAdjustment(c.a, now)); !cmp.Equal(got, c.want) {
			t.Errorf("%s: wrong fields %v, want %v", name, got, c.want)
		}
	}
}

// However often a store's order lapses and is placed again, it counts when it is
// placed, with its refunds; and what comes late changes nothing.
func TestAnOrderFollowsItsStatus(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		at := clock.Now().Add(-time.Hour)
		_, err := s.Take(t.Context(), s.order("1"))
		must(t, err)
		_, err = s.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: "1", Kind: Refund, At: at, Total: 900})
		must(t, err)
		placed, turned := true, false
		for _, drawn := range rand.New(rand.NewPCG(4, 0)).Perm(60) {
			next, late := drawn%2 == 0, drawn%3 == 0 && turned
			at = at.Add(time.Microsecond)
			when := at
			if late {
				when = at.Add(-time.Second)
			}
			changed, err := s.Follow(t.Context(), "mi.com", "1", next, when)
			must(t, err)
			if want := next != placed && !late; changed != want {
				t.Fatalf("placed %v to %v, late %v: changed %v", placed, next, late, changed)
			}
			if changed {
				placed, turned = next, true
			}
			row, err := s.Order(t.Context(), "mi.com", "1")
			if err != nil || row.Cancelled == placed {
				t.Fatalf("%+v, %v; want placed %v", row, err, placed)
			}
			var got, want countSums
			must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
				return tx.Raw("SELECT COALESCE(SUM(orders), 0) AS orders, COALESCE(SUM(units), 0) AS units, COALESCE(SUM(total), 0) AS total FROM order_counts WHERE span = 1").Scan(&got).Error
			}))
			if placed {
				want = countSums{1, 1, 199900 - 900}
			}
			if got != want {
				t.Fatalf("placed %v: counts %+v, want %+v", placed, got, want)
			}
		}
	})
}
