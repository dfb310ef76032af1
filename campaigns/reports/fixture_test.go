package reports

import (
	"testing"
	"time"

	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/scheduler"
	"fanfare/storage"
)

var testSecret = []byte("a secret for tests, and only for them")

// shop is a campaign whose links its tests may click and order through, with
// the reports on it.
type shop struct {
	*Service
	shoptest.Shop
	db     *storage.DB
	orders *orders.Service
	links  *links.Service
	sale   campaigns.Sale
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	s := &shop{Service: New(db), Shop: shoptest.Open(t, db), db: db}
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	s.links, err = links.New(links.Options{DB: db, Secret: testSecret})
	must(t, err)
	s.orders, err = orders.New(orders.Options{DB: db, Jobs: jobs, Links: s.links, Secret: testSecret})
	must(t, err)
	s.orders.Start()
	t.Cleanup(s.orders.Stop)
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error { return tx.First(&s.sale, s.SaleID).Error }))
	return s
}

// token gives the token of a link.
func (s *shop) token(link shoptest.Link) string { return s.links.Codec().Token(link.ID) }

// order gives a valid order through the shop's first link.
func (s *shop) order(id string) orders.Order {
	return orders.Order{
		Store: "mi.com", OrderID: id, Token: s.token(s.Links[0]), Kind: "order", Units: 1, Total: 199900,
		Currency: "CNY", PlacedAt: s.db.Clock().Now().Add(-time.Second), Customer: "fan@example.com",
	}
}

// click follows a link so many times: with GET as a person, with HEAD as a bot.
// The clicks wait until count.
func (s *shop) click(t testing.TB, link shoptest.Link, method string, times int) {
	t.Helper()
	for range times {
		_, err := s.links.Follow(t.Context(), s.token(link), links.Visit{Method: method, UserAgent: "Mozilla/5.0"})
		must(t, err)
	}
}

// count commits the clicks: nobody else does, where the links were not started.
func (s *shop) count(t testing.TB) {
	t.Helper()
	must(t, s.links.Stop(t.Context()))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
