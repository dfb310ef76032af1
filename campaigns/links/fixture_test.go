package links

import (
	"testing"

	"fanfare/campaigns/shoptest"
	"fanfare/storage"
)

var testSecret = []byte("a secret for tests, and only for them")

// shop is a service with the links of a campaign.
type shop struct {
	*Service
	shoptest.Shop
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	rows := shoptest.Open(t, db)
	return &shop{openService(t, db), rows}
}

// openService knows the links that there are. Its clicks wait for a flush.
func openService(t testing.TB, db *storage.DB) *Service {
	t.Helper()
	s, err := New(Options{DB: db, Secret: testSecret, PublicURL: "https://fan.example"})
	must(t, err)
	must(t, s.known.load(t.Context()))
	must(t, s.aliases.load(t.Context()))
	return s
}

// token gives the token of one of the shop's links.
func (s *shop) token(link int) string { return s.tokens.Token(s.Links[link].ID) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
