package stores

import (
	"encoding/json"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/scheduler"
	"fanfare/storage"
)

var testSecret = []byte("a secret for tests, and only for them")

// shop is a service with orders behind it, and a campaign whose links its tests
// may order through.
type shop struct {
	*Service
	shoptest.Shop
	opens time.Time // its sale
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	s := &shop{Shop: shoptest.Open(t, db), opens: db.Clock().Now()}
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	known, err := links.New(links.Options{DB: db, Secret: testSecret})
	must(t, err)
	till, err := orders.New(orders.Options{DB: db, Jobs: jobs, Links: known, Secret: testSecret})
	must(t, err)
	till.Start()
	t.Cleanup(till.Stop)
	s.Service = New(Options{
		DB: db, Accounts: accounts.New(db, testSecret), Tokens: known.Codec(), Orders: till, PublicURL: "http://127.0.0.1:8080",
	})
	return s
}

// token gives the token of one of the shop's links.
func (s *shop) token(link int) string { return s.tokens.Token(s.Links[link].ID) }

// order gives a valid order through the shop's first link.
func (s *shop) order(id string) orders.Order {
	return orders.Order{
		Store: "mi.com", OrderID: id, Token: s.token(0), Kind: "order", Units: 1, Total: 199900,
		Currency: "CNY", PlacedAt: s.db.Clock().Now().Add(-time.Second), Customer: "fan@example.com",
	}
}

// keptOrders lists all orders that are kept.
func (s *shop) keptOrders(t testing.TB) []orders.OrderRow {
	t.Helper()
	page, err := s.orders.List(t.Context(), orders.Filter{}, 0, "")
	must(t, err)
	return page.Items
}

type countSums struct{ Orders, Units, Total int64 }

// counts gives what the shop's links brought, each by itself.
func (s *shop) counts(t testing.TB) []countSums {
	t.Helper()
	counts := make([]countSums, len(s.Links))
	must(t, s.db.Read(t.Context(), func(tx *storage.Tx) error {
		for i, l := range s.Links {
			err := tx.Raw(`SELECT CAST(COALESCE(SUM(orders), 0) AS BIGINT) AS orders, CAST(COALESCE(SUM(units), 0) AS BIGINT) AS units,
CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total FROM order_counts WHERE delivery_id = ? AND span = 3600`, l.DeliveryID).Scan(&counts[i]).Error
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return counts
}

// orderJSON gives an order as the sale API takes it.
func orderJSON(t testing.TB, o orders.Order) string {
	t.Helper()
	body, err := json.Marshal(o)
	must(t, err)
	return string(body)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
