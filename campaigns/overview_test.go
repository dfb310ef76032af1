package campaigns

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/orders"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestOverviews(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		for _, id := range []string{"A", "B", "C"} {
			_, err := s.orders.Take(t.Context(), s.order(id))
			must(t, err)
		}
		_, err := s.orders.Adjust(t.Context(), orders.Adjustment{Store: "mi.com", OrderID: "B", Kind: orders.Cancel, At: clock.Now()})
		must(t, err)

		page, err := s.Overviews(t.Context(), 0, "")
		must(t, err)
		if len(page.Items) != 1 {
			t.Fatalf("%d campaigns, want 1", len(page.Items))
		}
		got := page.Items[0]
		if got.Orders != 2 {
			t.Errorf("%d orders, want 2: one of three was cancelled", got.Orders)
		}
		if diff := cmp.Diff(map[State]int64{Published: 2}, got.States); diff != "" {
			t.Error(diff)
		}
		if got.Sale.Name != s.sale.Name {
			t.Errorf("sale %q, want %q", got.Sale.Name, s.sale.Name)
		}
	})
}

func TestOverviewsOfNothing(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		page, err := openService(t, db).Overviews(t.Context(), 0, "")
		must(t, err)
		if len(page.Items) != 0 || page.NextCursor != "" {
			t.Errorf("an empty database lists %+v", page)
		}
	})
}

func TestSalesBetween(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db) // its sale opens now
		for name, span := range map[string]struct {
			from, to time.Duration
			want     int
		}{
			"from the opening on":   {0, time.Hour, 1},
			"until the opening":     {-time.Hour, 0, 0},
			"after the opening":     {time.Second, time.Hour, 0},
			"a week around it":      {-72 * time.Hour, 96 * time.Hour, 1},
			"nothing in no time":    {0, 0, 0},
			"backwards is no range": {time.Hour, -time.Hour, 0},
		} {
			sales, err := s.SalesBetween(t.Context(), clock.Now().Add(span.from), clock.Now().Add(span.to))
			must(t, err)
			if len(sales) != span.want {
				t.Errorf("%s: %d sales, want %d", name, len(sales), span.want)
			}
		}
	})
}
