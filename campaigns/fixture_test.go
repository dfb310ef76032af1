package campaigns

import (
	"errors"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/media"
	"fanfare/scheduler"
	"fanfare/storage"
)

var testSecret = []byte("a secret for tests, and only for them")

// shop is a campaign whose links its tests may order through.
type shop struct {
	*Service
	shoptest.Shop
	orders   *orders.Service
	db       *storage.DB
	sale     Sale
	campaign Campaign
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	s := &shop{Shop: shoptest.Open(t, db), db: db}
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		return errors.Join(tx.First(&s.sale, s.SaleID).Error, tx.First(&s.campaign, s.CampaignID).Error)
	}))
	s.orders = startOrders(t, db)
	s.Service = openService(t, db)
	return s
}

// openService gives a service without networks.
func openService(t testing.TB, db *storage.DB) *Service {
	t.Helper()
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	s, err := New(Options{
		DB: db, Jobs: jobs, Accounts: accounts.New(db, testSecret), Links: openLinks(t, db, "http://127.0.0.1:8080"),
		PublicURL: "http://127.0.0.1:8080", Media: openMedia(t, db),
	})
	must(t, err)
	return s
}

// startOrders opens the intake until the test ends.
func startOrders(t testing.TB, db *storage.DB) *orders.Service {
	t.Helper()
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	s, err := orders.New(orders.Options{DB: db, Jobs: jobs, Links: openLinks(t, db, "http://127.0.0.1:8080"), Secret: testSecret})
	must(t, err)
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// openLinks gives the links as one process knows them. Clicks wait until it is
// stopped.
func openLinks(t testing.TB, db *storage.DB, publicURL string) *links.Service {
	t.Helper()
	s, err := links.New(links.Options{DB: db, Secret: testSecret, PublicURL: publicURL})
	must(t, err)
	return s
}

func openMedia(t testing.TB, db *storage.DB) *media.Service {
	t.Helper()
	store, err := media.OpenStore("", t.TempDir())
	must(t, err)
	return media.New(db, store)
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
