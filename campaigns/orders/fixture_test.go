package orders

import (
	"testing"
	"time"

	"fanfare/campaigns/links"
	"fanfare/campaigns/shoptest"
	"fanfare/scheduler"
	"fanfare/storage"
)

var testSecret = []byte("a secret for tests, and only for them")

// shop is a service with a running intake, and a campaign whose links its
// tests may click and order through.
type shop struct {
	*Service
	shoptest.Shop
	db *storage.DB
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	rows := shoptest.Open(t, db)
	return &shop{startService(t, db), rows, db}
}

// startService opens the intake until the test ends.
func startService(t testing.TB, db *storage.DB) *Service {
	t.Helper()
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	known, err := links.New(links.Options{DB: db, Secret: testSecret, PublicURL: "http://127.0.0.1:8080"})
	must(t, err)
	s, err := New(Options{DB: db, Jobs: jobs, Links: known, Secret: testSecret})
	must(t, err)
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// token gives the token of one of the shop's links.
func (s *shop) token(link int) string { return s.tokens.Token(s.Links[link].ID) }

// click follows a link so many times: with GET as a person, with HEAD as a bot.
func (s *shop) click(t testing.TB, link shoptest.Link, method string, times int) {
	t.Helper()
	for range times {
		_, err := s.links.Follow(t.Context(), s.tokens.Token(link.ID), links.Visit{Method: method, UserAgent: "Mozilla/5.0"})
		must(t, err)
	}
}

// order gives a valid order through the shop's first link.
func (s *shop) order(id string) Order {
	return Order{
		Store: "mi.com", OrderID: id, Token: s.token(0), Kind: "order", Units: 1, Total: 199900,
		Currency: "CNY", PlacedAt: s.db.Clock().Now().Add(-time.Second), Customer: "fan@example.com",
	}
}

// terms gives the terms of the shop's campaign, and whether they are being
// applied to its orders.
func (s *shop) terms(t testing.TB) (now AttributionTerms, recomputing bool) {
	t.Helper()
	must(t, s.db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		if now, err = readTerms(tx, s.CampaignID); err == nil {
			recomputing, err = Recomputing(tx, s.CampaignID)
		}
		return err
	}))
	return now, recomputing
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
