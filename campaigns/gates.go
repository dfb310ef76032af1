package campaigns

import (
	"maps"
	"slices"

	"fanfare/accounts"
	"fanfare/storage"
)

// gates are what may keep any delivery of a batch from going out: few rows,
// however many deliveries.
type gates struct {
	paused    scopes
	cancelled map[int64]bool        // by post
	moved     map[int64]appointment // by post
	problems  map[int64]reason
}

// readGates reads them as they stand now.
func readGates(tx *storage.Tx, batch []Delivery) (gates, error) {
	g := gates{problems: make(map[int64]reason)}
	var err error
	if g.paused, err = readScopes(tx); err != nil {
		return g, err
	}
	var troubled []accounts.NetworkAccount
	if err := tx.Select("id", "problem", "problem_key").Where("problem <> ''").Find(&troubled).Error; err != nil {
		return g, err
	}
	for _, account := range troubled {
		g.problems[account.ID] = reason{account.ProblemKey, account.Problem}
	}
	posts := make(map[int64]bool)
	for _, d := range batch {
		posts[d.PostID] = true
	}
	g.cancelled, err = cancelledPosts(tx, slices.Sorted(maps.Keys(posts)))
	return g, err
}

// readMoves reads which deliveries, claimed ahead, belong to posts that were
// given another instant since.
func (g *gates) readMoves(tx *storage.Tx, claimed []Delivery) (err error) {
	ids := make([]int64, len(claimed))
	for i, d := range claimed {
		ids[i] = d.ID
	}
	g.moved, err = movedPosts(tx, ids)
	return err
}

// of gives what may keep one delivery back.
func (g gates) of(d Delivery) gate {
	one := gate{
		paused:    g.paused.hold(d),
		cancelled: g.cancelled[d.PostID],
		problem:   g.problems[d.AccountID],
	}
	if to, moved := g.moved[d.PostID]; moved {
		one.moved = &to
	}
	return one
}
