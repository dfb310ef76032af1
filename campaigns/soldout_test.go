package campaigns

import (
	"testing"

	"fanfare/campaigns/orders"
	"fanfare/storage"
	"fanfare/storage/storagetest"

	"github.com/google/go-cmp/cmp"
)

func TestSoldOutIsToldOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, heard := openShop(t, db), heardOf{}
		look := func() {
			t.Helper()
			must(t, s.tellSoldOut(t.Context(), soldOutJob{}))
		}
		order := func(id string, units int64) {
			t.Helper()
			o := s.order(id)
			o.Units = units
			_, err := s.orders.Take(t.Context(), o)
			must(t, err)
		}
		order("1", 999)
		look() // nobody wants to know: nothing is noted
		s.telling = heard.tell
		look()
		if len(heard) > 0 {
			t.Fatalf("told at 999 of 1,000: %v", heard)
		}
		s.telling = tellNobody
		order("2", 2)
		look()
		s.telling = heard.tell
		look()
		_, err := s.orders.Adjust(t.Context(), orders.Adjustment{Store: "mi.com", OrderID: "2", Kind: orders.Cancel, At: clock.Now()})
		must(t, err)
		look()
		order("3", 5)
		look()
		want := heardOf{eventSoldOut: {SoldOutEvent{SaleID: s.sale.ID, Name: "Mi 2", Product: "Mi 2", Market: "CN", Units: 1000, Sold: 1001}}}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Error(diff)
		}
	})
}
