package orders

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestOrdersAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		for n := range 5 {
			o := s.order(fmt.Sprint(n))
			if n == 2 {
				o.Token = ""
			}
			_, err := s.Take(t.Context(), o)
			must(t, err)
		}
		var got []OrderRow
		var cursor string
		for pages := 1; ; pages++ {
			page, err := s.List(t.Context(), Filter{}, 2, cursor)
			must(t, err)
			got = append(got, page.Items...)
			if cursor = page.NextCursor; cursor == "" {
				if pages != 3 {
					t.Errorf("%d pages, want 3", pages)
				}
				break
			}
		}
		if len(got) != 5 {
			t.Fatalf("%d orders, want 5", len(got))
		}
		want := OrderRow{ID: got[0].ID, Order: s.order("4"), Attributed: true, CampaignID: s.CampaignID, PostID: s.Links[0].PostID, DeliveryID: s.Links[0].DeliveryID}
		want.Customer = ""
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Error(diff)
		}
		if got[2].OrderID != "2" || got[2].Attributed || got[2].Reason != NoToken || got[4].OrderID != "0" {
			t.Errorf("order 2 is %+v, the last one %+v", got[2], got[4])
		}
		for name, call := range map[string]func() error{
			"limit":  func() error { _, err := s.List(t.Context(), Filter{}, 1001, ""); return err },
			"cursor": func() error { _, err := s.List(t.Context(), Filter{}, 0, "x"); return err },
		} {
			if got := shoptest.InvalidFields(t, call()); !cmp.Equal(got, []string{name}) {
				t.Errorf("wrong %s: %v", name, got)
			}
		}
	})
}

// Before the order or after it, what was taken back shows in the list and with
// the order alone.
func TestAnOrderTellsWhatWasTakenBack(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		at := clock.Now()
		adjust := func(a Adjustment) {
			t.Helper()
			a.Store = "mi.com"
			_, err := s.Adjust(t.Context(), a)
			must(t, err)
		}
		take := func(id string) {
			t.Helper()
			o := s.order(id)
			o.Units = 2
			_, err := s.Take(t.Context(), o)
			must(t, err)
		}
		adjust(Adjustment{OrderID: "whole", Kind: Refund, At: at}.Whole())
		if _, err := s.Order(t.Context(), "mi.com", "whole"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a refund alone: %v", err)
		}
		for _, id := range []string{"plain", "whole", "part", "gone"} {
			take(id)
		}
		adjust(Adjustment{OrderID: "part", Kind: Refund, At: at, Total: 100})
		adjust(Adjustment{OrderID: "part", Kind: Refund, At: at.Add(time.Minute), Units: 1, Total: 50})
		adjust(Adjustment{OrderID: "gone", Kind: Refund, At: at, Total: 100})
		adjust(Adjustment{OrderID: "gone", Kind: Cancel, At: at})
		want := map[string]OrderRow{
			"plain": {},
			"whole": {RefundedUnits: 2, RefundedTotal: 199900},
			"part":  {RefundedUnits: 1, RefundedTotal: 150},
			"gone":  {Cancelled: true, RefundedTotal: 100},
		}
		page, err := s.List(t.Context(), Filter{Store: "mi.com"}, 10, "")
		must(t, err)
		for _, row := range page.Items {
			got := OrderRow{Cancelled: row.Cancelled, RefundedUnits: row.RefundedUnits, RefundedTotal: row.RefundedTotal}
			if diff := cmp.Diff(want[row.OrderID], got); diff != "" {
				t.Errorf("%s: %s", row.OrderID, diff)
			}
			alone, err := s.Order(t.Context(), "mi.com", row.OrderID)
			must(t, err)
			if diff := cmp.Diff(row, alone.OrderRow); diff != "" {
				t.Errorf("%s alone: %s", row.OrderID, diff)
			}
		}
		part, err := s.Order(t.Context(), "mi.com", "part")
		must(t, err)
		if diff := cmp.Diff([]OrderAdjustment{{Refund, at, 0, 100}, {Refund, at.Add(time.Minute), 1, 50}}, part.Adjustments); diff != "" {
			t.Error(diff)
		}
		if _, err := s.Order(t.Context(), "another", "part"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another store: %v", err)
		}
	})
}

func TestAnOrderTellsItsTouches(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		o := s.order("1")
		early, late := o.PlacedAt.Add(-time.Hour), o.PlacedAt.Add(-time.Minute)
		o.Token, o.Touches = "", []Touch{{s.token(0), early}, {"mistyped", early}, {s.token(1), late}}
		_, err := s.Take(t.Context(), o)
		must(t, err)
		got, err := s.Order(t.Context(), "mi.com", "1")
		must(t, err)
		place := func(n int, t Touch, counts bool) OrderTouch {
			return OrderTouch{t, s.CampaignID, s.Links[n].PostID, s.Links[n].DeliveryID, "", counts}
		}
		want := []OrderTouch{place(0, o.Touches[0], false), {Touch: o.Touches[1], Reason: BadToken}, place(1, o.Touches[2], true)}
		if diff := cmp.Diff(want, got.Touches); diff != "" {
			t.Error(diff)
		}
		if !got.ReceivedAt.Equal(clock.Now()) || got.DeliveryID != s.Links[1].DeliveryID || len(got.Adjustments) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestAnOrderIsFoundInWhicheverStore(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		find := func(wanted Filter) (stores []string) {
			t.Helper()
			page, err := s.List(t.Context(), wanted, 10, "")
			must(t, err)
			for _, row := range page.Items {
				stores = append(stores, row.Store)
			}
			return stores
		}
		if found := find(Filter{OrderID: "7"}); found != nil {
			t.Errorf("without orders: %v", found)
		}
		for n, store := range []string{"b", "a", "c", "", "ß"} {
			for _, id := range []string{"7", fmt.Sprint(70 + n)} {
				o := s.order(id)
				if o.Store = store; store == "" {
					o.Store, o.OrderID = "a", "77"
				}
				_, err := s.Take(t.Context(), o)
				must(t, err)
			}
		}
		for _, c := range []struct {
			wanted Filter
			want   []string
		}{
			{Filter{OrderID: "7"}, []string{"ß", "c", "a", "b"}}, {Filter{OrderID: "70"}, []string{"b"}}, {Filter{OrderID: "8"}, nil},
			{Filter{Store: "a", OrderID: "7"}, []string{"a"}}, {Filter{Store: "b", OrderID: "71"}, nil},
		} {
			if diff := cmp.Diff(c.want, find(c.wanted)); diff != "" {
				t.Errorf("%+v: %s", c.wanted, diff)
			}
		}
		row, err := s.Order(t.Context(), "b", "70")
		must(t, err)
		if same, err := s.OrderByID(t.Context(), row.ID); err != nil || !cmp.Equal(row, same) {
			t.Errorf("by its number: %+v, %v", same, err)
		}
	})
}
