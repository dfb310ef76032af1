package links

import (
	"cmp"
	"context"
	"strings"
	"time"

	"fanfare/storage"
)

// Link is the campaign link of one delivery. Its token is made from its id.
type Link struct {
	ID         int64
	DeliveryID int64
	PostID     int64
	CampaignID int64
	Network    string
	URL        string // short, as posted
	TargetURL  string // the store's, with ref and UTM fields
	Alias      *string
	CreatedAt  time.Time
}

// AliasURL is the link's address by its alias, "" without one.
func (l Link) AliasURL() string {
	if l.Alias == nil {
		return ""
	}
	return l.URL[:strings.LastIndexByte(l.URL, '/')+1] + *l.Alias
}

// lostLinks is more links than anybody makes between two backups.
const lostLinks = 1_000_000

// SkipLost leaves out, in a SQLite database that comes from a backup, the ids of
// links that were made after it: their tokens stand in posts that are out, and
// must not lead to the next posts, nor credit them with orders.
func SkipLost(ctx context.Context, db *storage.DB) error {
	return db.Write(ctx, func(tx *storage.Tx) error {
		// https://www.sqlite.org/autoinc.html: the table is there to be changed.
		skipped := tx.Exec("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'links'", lostLinks)
		if skipped.Error != nil || skipped.RowsAffected > 0 {
			return skipped.Error
		}
		return tx.Exec("INSERT INTO sqlite_sequence (name, seq) VALUES ('links', ?)", lostLinks).Error
	})
}

// Place is where a link belongs.
type Place struct{ CampaignID, PostID, DeliveryID int64 }

// Draft is what a link is made of.
type Draft struct {
	Place
	Network  string
	Base     string // scheme and host of the account's links; "" is the service's own
	Campaign string // its name, which the link tells the store
	StoreURL string
}

// Create stores the link of a delivery, in the transaction that stores the
// delivery; it can be followed once that is committed. It returns Invalid
// naming store_url when that is no web address.
func (s *Service) Create(tx *storage.Tx, d Draft) (Link, error) {
	link := Link{DeliveryID: d.DeliveryID, PostID: d.PostID, CampaignID: d.CampaignID, Network: d.Network, CreatedAt: tx.Now}
	if err := tx.Create(&link).Error; err != nil { // the token needs its id
		return Link{}, err
	}
	token := s.tokens.Token(link.ID)
	target, err := targetURL(d, token)
	if err != nil {
		return Link{}, err
	}
	link.URL, link.TargetURL = address(cmp.Or(d.Base, s.publicURL), token), target
	if err := tx.Model(&link).Select("url", "target_url").Updates(&link).Error; err != nil {
		return Link{}, err
	}
	tx.AfterCommit(func() { s.known.add(link) })
	return link, nil
}
