package campaigns

import (
	"fmt"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/media"
	"fanfare/scheduler"
	"fanfare/storage"
)

var testSecret = []byte("a secret for tests, and only for them")

// shop is a service with a running intake, and a campaign whose links its
// tests may click and order through.
type shop struct {
	*Service
	db       *storage.DB
	sale     Sale
	campaign Campaign
	links    []Link // two posts with two deliveries each
}

// openShop makes the rows by hand: these tests are about what comes after.
func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	now := db.Clock().Now()
	s := &shop{db: db}
	must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
		if err := tx.Exec("INSERT INTO people (id, email, name, role, created_at) VALUES (1, 'lei@example.com', 'Lei', 'admin', ?)", now).Error; err != nil {
			return err
		}
		for id, network := range []string{"twitter", "weibo"} {
			err := tx.Exec(`INSERT INTO network_accounts (id, network, name, handle, remote_id, sealed, created_by, created_at, updated_at)
VALUES (?, ?, 'n', 'h', '1', '', 1, ?, ?)`, id+1, network, now, now).Error
			if err != nil {
				return err
			}
		}
		s.sale = Sale{
			Name: "Mi 2", Product: "Mi 2", Market: "CN", Currency: "CNY", Units: 1000, OpensAt: now,
			StoreURL: "https://shop.example.com/mi2", CreatedBy: 1, CreatedAt: now,
		}
		if err := tx.Create(&s.sale).Error; err != nil {
			return err
		}
		s.campaign = Campaign{SaleID: s.sale.ID, Name: "Launch", CreatedBy: 1, CreatedAt: now}
		return tx.Create(&s.campaign).Error
	}))
	for range 2 {
		s.links = append(s.links, addPost(t, db, s.campaign)...)
	}
	s.Service = startService(t, db)
	return s
}

// addPost makes a post with a delivery and a link for each of the two accounts.
func addPost(t testing.TB, db *storage.DB, c Campaign) (links []Link) {
	t.Helper()
	must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
		post := Post{CampaignID: c.ID, Text: "{link}", DueAt: tx.Now, CreatedBy: 1, CreatedAt: tx.Now}
		if err := tx.Create(&post).Error; err != nil {
			return err
		}
		for id, network := range []string{"twitter", "weibo"} {
			d := Delivery{
				PostID: post.ID, CampaignID: c.ID, AccountID: int64(id + 1), Network: network,
				Text: "t", State: Published, DueAt: tx.Now, UpdatedAt: tx.Now,
			}
			if err := tx.Create(&d).Error; err != nil {
				return err
			}
			l := Link{
				DeliveryID: d.ID, PostID: post.ID, CampaignID: c.ID, Network: network, URL: "u",
				TargetURL: fmt.Sprintf("https://shop.example.com/mi2?d=%d", d.ID), CreatedAt: tx.Now,
			}
			if err := tx.Create(&l).Error; err != nil {
				return err
			}
			links = append(links, l)
		}
		return nil
	}))
	return links
}

// startService opens the intake until the test ends.
func startService(t testing.TB, db *storage.DB) *Service {
	t.Helper()
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	s, err := New(Options{DB: db, Jobs: jobs, Accounts: accounts.New(db, testSecret), Secret: testSecret, PublicURL: "http://127.0.0.1:8080", Media: openMedia(t, db)})
	must(t, err)
	must(t, s.Start(t.Context()))
	t.Cleanup(s.intake.stop)
	return s
}

func openMedia(t testing.TB, db *storage.DB) *media.Service {
	t.Helper()
	store, err := media.OpenStore("", t.TempDir())
	must(t, err)
	return media.New(db, store)
}

// token gives the token of one of the shop's links.
func (s *shop) token(link int) string { return s.tokens.token(s.links[link].ID) }

// order gives a valid order through the shop's first link.
func (s *shop) order(id string) Order {
	return Order{
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
