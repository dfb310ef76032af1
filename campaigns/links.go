package campaigns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"sync"
	"unicode"

	"fanfare/fault"
	"fanfare/netguard"
	"fanfare/storage"
)

// link is what a click and an order need to know of a Link.
type link struct {
	campaignID, postID, deliveryID int64
	targetURL                      string
}

// linkIndex holds every link in memory, so that clicks and orders find theirs
// without touching the database.
type linkIndex struct {
	db   *storage.DB
	mu   sync.RWMutex
	byID map[uint32]link
}

func newLinkIndex(db *storage.DB) *linkIndex {
	return &linkIndex{db: db, byID: make(map[uint32]link)}
}

const selectLinks = "SELECT id, campaign_id, post_id, delivery_id, target_url FROM links"

// load reads all links.
func (x *linkIndex) load(ctx context.Context) error {
	return x.db.Read(ctx, func(tx *storage.Tx) error {
		rows, err := tx.SQL().QueryContext(ctx, selectLinks)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			id, l, err := scanLink(rows)
			if err != nil {
				return err
			}
			x.put(id, l)
		}
		return rows.Err()
	})
}

// add makes links known at once; call it from Tx.AfterCommit.
func (x *linkIndex) add(links ...Link) {
	for _, l := range links {
		x.put(l.ID, link{campaignID: l.CampaignID, postID: l.PostID, deliveryID: l.DeliveryID, targetURL: l.TargetURL})
	}
}

// put leaves out an id that no token can hold: nobody could ask for it.
func (x *linkIndex) put(id int64, l link) {
	if id < 0 || id > math.MaxUint32 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byID[uint32(id)] = l
}

// find gives a link. One that is not in memory may have been made by another
// process: it is looked up in the database and remembered. Ids come out of
// verified tokens, so strangers cannot cause look-ups.
func (x *linkIndex) find(ctx context.Context, id uint32) (l link, found bool, err error) {
	x.mu.RLock()
	l, found = x.byID[id]
	x.mu.RUnlock()
	if found {
		return l, true, nil
	}
	err = x.db.Read(ctx, func(tx *storage.Tx) error {
		statement := selectLinks + " WHERE id = " + fmt.Sprint(id)
		_, l, err = scanLink(tx.SQL().QueryRowContext(ctx, statement))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return link{}, false, nil
	}
	if err != nil {
		return link{}, false, err
	}
	x.put(int64(id), l)
	return l, true, nil
}

func scanLink(row interface{ Scan(...any) error }) (id int64, l link, err error) {
	err = row.Scan(&id, &l.campaignID, &l.postID, &l.deliveryID, &l.targetURL)
	return id, l, err
}

// targetURL gives the store's address as a campaign link leads to it: its own
// query kept in order, then ref with the token and the UTM fields of
// https://support.google.com/analytics/answer/10917952, which replace those of
// the same name. It returns Invalid, naming store_url, when that is no web
// address.
func targetURL(storeURL, token string, c Campaign, network string) (string, error) {
	u, ok := netguard.ParseURL(storeURL)
	if !ok {
		var wrong fault.Fields
		wrong.Add("store_url", "sale.store_url", "The store's address must be a web address that begins with https:// or http://.", storeURL, nil)
		return "", wrong.Err()
	}
	ours := []struct{ name, value string }{
		{"ref", token},
		{"utm_source", network},
		{"utm_medium", "social"},
		{"utm_campaign", campaignSlug(c)},
	}
	var query []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		replaced := false
		for _, p := range ours {
			replaced = replaced || p.name == name
		}
		if pair != "" && !replaced {
			query = append(query, pair)
		}
	}
	for _, p := range ours {
		query = append(query, p.name+"="+url.QueryEscape(p.value))
	}
	u.RawQuery = strings.Join(query, "&")
	return u.String(), nil
}

// campaignSlug is the campaign's name as an address carries it: letters and
// digits of any script in lower case, with hyphens between the words.
func campaignSlug(c Campaign) string {
	words := strings.FieldsFunc(strings.ToLower(c.Name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	if len(words) == 0 {
		return fmt.Sprintf("campaign-%d", c.ID)
	}
	return strings.Join(words, "-")
}
