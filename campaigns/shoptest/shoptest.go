// Package shoptest gives tests of the rooms of campaigns what they share: the
// rows of a sale, its campaigns, posts and links, made by hand, and what an
// error names.
package shoptest

import (
	"errors"
	"fmt"
	"testing"

	"fanfare/fault"
	"fanfare/storage"
)

// Shop is a sale that opens now, with a campaign of two posts. Each post went
// to the two accounts: number 1 on Twitter, number 2 on Weibo.
type Shop struct {
	SaleID, CampaignID int64
	Links              []Link // of the first post, then of the second
}

// Link is the campaign link of one delivery.
type Link struct {
	ID, CampaignID, PostID, DeliveryID, AccountID int64
	Network, TargetURL                            string
}

// Open makes a shop in a database that has none.
func Open(t testing.TB, db *storage.DB) (s Shop) {
	t.Helper()
	write(t, db, func(tx *storage.Tx) {
		exec(t, tx, "INSERT INTO people (id, email, name, role, created_at) VALUES (1, 'lei@example.com', 'Lei', 'admin', ?)", tx.Now)
		for id, network := range []string{"twitter", "weibo"} {
			exec(t, tx, `INSERT INTO network_accounts (id, network, name, handle, remote_id, sealed, created_by, created_at, updated_at)
VALUES (?, ?, 'n', 'h', '1', '', 1, ?, ?)`, id+1, network, tx.Now, tx.Now)
		}
		s.SaleID = insert(t, tx, `INSERT INTO sales (name, product, market, currency, units, opens_at, store_url, created_by, created_at)
VALUES ('Mi 2', 'Mi 2', 'CN', 'CNY', 1000, ?, 'https://shop.example.com/mi2', 1, ?) RETURNING id`, tx.Now, tx.Now)
	})
	s.CampaignID = s.AddCampaign(t, db, "Launch")
	for range 2 {
		s.Links = append(s.Links, AddPost(t, db, s.CampaignID)...)
	}
	return s
}

// AddCampaign makes another campaign of the sale, without posts.
func (s Shop) AddCampaign(t testing.TB, db *storage.DB, name string) (id int64) {
	t.Helper()
	write(t, db, func(tx *storage.Tx) {
		id = insert(t, tx, "INSERT INTO campaigns (sale_id, name, created_by, created_at) VALUES (?, ?, 1, ?) RETURNING id", s.SaleID, name, tx.Now)
	})
	return id
}

// AddPost makes a post that is out on both accounts.
func AddPost(t testing.TB, db *storage.DB, campaignID int64) (links []Link) {
	t.Helper()
	write(t, db, func(tx *storage.Tx) {
		post := insert(t, tx, "INSERT INTO posts (campaign_id, text, due_at, created_by, created_at) VALUES (?, '{link}', ?, 1, ?) RETURNING id", campaignID, tx.Now, tx.Now)
		for i, network := range []string{"twitter", "weibo"} {
			l := Link{CampaignID: campaignID, PostID: post, AccountID: int64(i + 1), Network: network}
			l.DeliveryID = insert(t, tx, `INSERT INTO deliveries (post_id, campaign_id, account_id, network, text, state, due_at, updated_at)
VALUES (?, ?, ?, ?, 't', 'published', ?, ?) RETURNING id`, post, campaignID, l.AccountID, network, tx.Now, tx.Now)
			l.TargetURL = fmt.Sprintf("https://shop.example.com/mi2?d=%d", l.DeliveryID)
			l.ID = insert(t, tx, `INSERT INTO links (delivery_id, post_id, campaign_id, network, url, target_url, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`, l.DeliveryID, post, campaignID, network, fmt.Sprintf("https://fan.example/r/%d", l.DeliveryID), l.TargetURL, tx.Now)
			links = append(links, l)
		}
	})
	return links
}

func write(t testing.TB, db *storage.DB, do func(tx *storage.Tx)) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { do(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func exec(t testing.TB, tx *storage.Tx, statement string, args ...any) {
	t.Helper()
	if err := tx.Exec(statement, args...).Error; err != nil {
		t.Fatal(err)
	}
}

func insert(t testing.TB, tx *storage.Tx, statement string, args ...any) (id int64) {
	t.Helper()
	if err := tx.Raw(statement, args...).Scan(&id).Error; err != nil {
		t.Fatal(err)
	}
	return id
}

// InvalidFields gives the locations that an Invalid error names, each of which
// has a message and the key of its translation.
func InvalidFields(t testing.TB, err error) (locations []string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Invalid {
		t.Fatalf("error is %v, want Invalid", err)
	}
	for _, f := range e.Fields {
		if f.Message == "" || f.Key == "" {
			t.Errorf("%s has no message or key", f.Location)
		}
		locations = append(locations, f.Location)
	}
	return locations
}
