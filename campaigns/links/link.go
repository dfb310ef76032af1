package links

import (
	"cmp"
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
