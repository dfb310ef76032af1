package links

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"

	"fanfare/storage"
)

// entry is what a click and an order need to know of a link.
type entry struct {
	Place
	targetURL string
}

// index holds every link in memory, so that clicks and orders find theirs
// without touching the database.
type index struct {
	db   *storage.DB
	mu   sync.RWMutex
	byID map[uint32]entry
}

func newIndex(db *storage.DB) *index {
	return &index{db: db, byID: make(map[uint32]entry)}
}

const selectLinks = "SELECT id, campaign_id, post_id, delivery_id, target_url FROM links"

// load reads all links.
func (x *index) load(ctx context.Context) error {
	return x.db.Read(ctx, func(tx *storage.Tx) error {
		rows, err := tx.SQL().QueryContext(ctx, selectLinks)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			id, e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			x.put(id, e)
		}
		return rows.Err()
	})
}

// add makes a link known at once; call it from Tx.AfterCommit.
func (x *index) add(l Link) {
	x.put(l.ID, entry{Place{l.CampaignID, l.PostID, l.DeliveryID}, l.TargetURL})
}

// put leaves out an id that no token can hold: nobody could ask for it.
func (x *index) put(id int64, e entry) {
	if id < 0 || id > math.MaxUint32 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byID[uint32(id)] = e
}

// find gives a link. One that is not in memory may have been made by another
// process: it is looked up in the database and remembered. Ids come out of
// verified tokens, so strangers cannot cause look-ups.
func (x *index) find(ctx context.Context, id uint32) (e entry, found bool, err error) {
	x.mu.RLock()
	e, found = x.byID[id]
	x.mu.RUnlock()
	if found {
		return e, true, nil
	}
	err = x.db.Read(ctx, func(tx *storage.Tx) error {
		statement := selectLinks + " WHERE id = " + fmt.Sprint(id)
		_, e, err = scanEntry(tx.SQL().QueryRowContext(ctx, statement))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return entry{}, false, nil
	}
	if err != nil {
		return entry{}, false, err
	}
	x.put(int64(id), e)
	return e, true, nil
}

func scanEntry(row interface{ Scan(...any) error }) (id int64, e entry, err error) {
	err = row.Scan(&id, &e.CampaignID, &e.PostID, &e.DeliveryID, &e.targetURL)
	return id, e, err
}

// Find tells where a link belongs, by the id that its token holds. One that is
// not there gives false.
func (s *Service) Find(ctx context.Context, id uint32) (Place, bool, error) {
	e, found, err := s.known.find(ctx, id)
	return e.Place, found, err
}
