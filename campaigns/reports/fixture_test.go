package reports

import (
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/shoptest"
	"fanfare/media"
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
	orders *campaigns.Service
	links  *links.Service
	sale   campaigns.Sale
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	s := &shop{Service: New(db), Shop: shoptest.Open(t, db), db: db}
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	images, err := media.OpenStore("", t.TempDir())
	must(t, err)
	s.links, err = links.New(links.Options{DB: db, Secret: testSecret})
	must(t, err)
	s.orders, err = campaigns.New(campaigns.Options{
		DB: db, Jobs: jobs, Accounts: accounts.New(db, testSecret), Links: s.links, Media: media.New(db, images), Secret: testSecret,
	})
	must(t, err)
	must(t, s.orders.Start(t.Context()))
	t.Cleanup(func() { _ = s.orders.Stop(t.Context()) })
	s.sale, err = s.orders.Sale(t.Context(), s.SaleID)
	must(t, err)
	return s
}

// token gives the token of a link.
func (s *shop) token(link shoptest.Link) string { return s.links.Codec().Token(link.ID) }

// order gives a valid order through the shop's first link.
func (s *shop) order(id string) campaigns.Order {
	return campaigns.Order{
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
