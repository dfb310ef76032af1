package community

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"fanfare/storage"
)

const (
	// commonTerm is how many ideas of a term are looked at, the newest: a word
	// in more of them tells little about any.
	commonTerm = 500
	// leastLikeness is the part of the title's weight that an idea must share.
	leastLikeness = 0.25
	maxSimilar    = 20
)

// Similar lists ideas still open to votes whose words resemble the title, the
// nearest first: limit of them, at most 20, 5 for 0. A title without words
// resembles nothing.
func (s *Service) Similar(ctx context.Context, title string, limit int) ([]Idea, error) {
	if limit <= 0 {
		limit = 5
	}
	found := []Idea{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		hits, err := termHits(tx, queryTerms(title))
		if err != nil || len(hits) == 0 {
			return err
		}
		var total int64
		if err := tx.Model(&Idea{}).Count(&total).Error; err != nil {
			return err
		}
		found, err = loadIdeas(tx, nearest(hits, len(queryTerms(title)), total, min(limit, maxSimilar)))
		if err != nil {
			return err
		}
		return decorate(tx, nil, found)
	})
	return found, err
}

// termHit is an idea that has a term.
type termHit struct {
	Term int // its place among those asked for
	Idea int64
}

// termHits gives the ideas, visible and open to votes, that have any of terms.
func termHits(tx *storage.Tx, terms []term) ([]termHit, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	one := `SELECT * FROM (SELECT CAST(? AS INTEGER) AS term, number AS idea FROM ideas
		WHERE number IN (SELECT ` + searchTable(tx) + `) AND hidden_at IS NULL AND status NOT IN ?
		ORDER BY number DESC LIMIT ?) AS hits`
	var parts []string
	var args []any
	for i, t := range terms {
		t.word = false // whole words: nobody is typing now
		parts = append(parts, one)
		args = append(args, i, matchAll(tx, []term{t}), closedStatuses, commonTerm)
	}
	var hits []termHit
	err := tx.Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&hits).Error
	return hits, err
}

// nearest orders the ideas by the weight of the terms that they share with a
// title of asked terms. A term weighs ln(1 + N/n) when n of N ideas have it:
// the inverse document frequency of Spärck Jones (1972), "A statistical
// interpretation of term specificity and its application in retrieval". A term
// that nobody used yet weighs as if one idea had it.
func nearest(hits []termHit, asked int, total int64, limit int) []int64 {
	frequency := make([]int, asked)
	for _, h := range hits {
		frequency[h.Term]++
	}
	weight := func(term int) float64 {
		return math.Log1p(float64(total) / float64(max(frequency[term], 1)))
	}
	whole := 0.0
	for term := range asked {
		whole += weight(term)
	}
	shared := map[int64]float64{}
	for _, h := range hits {
		shared[h.Idea] += weight(h.Term)
	}
	numbers := make([]int64, 0, len(shared))
	for number, w := range shared {
		if w >= leastLikeness*whole {
			numbers = append(numbers, number)
		}
	}
	slices.SortFunc(numbers, func(a, b int64) int {
		return cmp.Or(cmp.Compare(shared[b], shared[a]), cmp.Compare(a, b))
	})
	return numbers[:min(limit, len(numbers))]
}
