package community

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"fanfare/storage"
)

// place is where a page in a clocked order ends.
type place struct {
	asOf   time.Time
	value  float64
	number int64
}

// clockedPage gives a page in an order that changes as time goes by. No index
// can hold it, so the few numbers that it needs are read of every idea selected
// and ranked here; ten thousand take some hundredths of a second. All pages are
// ranked as of the instant of the first, which the cursor carries, so
// that ideas do not change places between them.
func clockedPage(tx *storage.Tx, q Query) (storage.Page[Idea], error) {
	last, err := q.place(tx.Now)
	if err != nil {
		return storage.Page[Idea]{}, err
	}
	ranked, err := rankNow(tx, q, last.asOf)
	if err != nil {
		return storage.Page[Idea]{}, err
	}
	if q.Cursor != "" {
		ranked = slices.DeleteFunc(ranked, func(r scored) bool {
			return cmp.Or(cmp.Compare(last.value, r.value), cmp.Compare(r.Number, last.number)) <= 0
		})
	}
	page := storage.NewPage(ranked, q.Limit, func(end scored) string {
		return storage.EncodeCursor(string(q.Sort), last.asOf.Format(time.RFC3339Nano),
			strconv.FormatFloat(end.value, 'g', -1, 64), strconv.FormatInt(end.Number, 10))
	})
	numbers := make([]int64, len(page.Items))
	for i, r := range page.Items {
		numbers[i] = r.Number
	}
	ideas, err := loadIdeas(tx, numbers)
	return storage.Page[Idea]{Items: ideas, NextCursor: page.NextCursor}, err
}

// place reads the cursor; without one the list begins now.
func (q Query) place(now time.Time) (place, error) {
	parts, err := storage.DecodeCursor(q.Cursor, 4)
	if parts == nil {
		return place{asOf: now}, err
	}
	asOf, errAsOf := readInstant(parts[1])
	value, errValue := readFloat(parts[2])
	number, errNumber := strconv.ParseInt(parts[3], 10, 64)
	if parts[0] != string(q.Sort) || cmp.Or(errAsOf, errValue, errNumber) != nil {
		return place{}, storage.InvalidCursor()
	}
	return place{asOf, value.(float64), number}, nil
}

// rankNow ranks the ideas selected by their counters.
func rankNow(tx *storage.Tx, q Query, asOf time.Time) ([]scored, error) {
	var tallies []tally
	err := q.filter(tx).Where("ideas.created_at <= ?", asOf).
		Select("number, created_at, votes, votes_30d, comments, trend").Find(&tallies).Error
	if err != nil {
		return nil, err
	}
	if q.Sort == Fider {
		if err := countRecentComments(tx, tallies, asOf); err != nil {
			return nil, err
		}
	}
	return rank(tallies, q.Sort, asOf), nil
}

// countRecentComments fills in Comments30d.
func countRecentComments(tx *storage.Tx, tallies []tally, asOf time.Time) error {
	var counts []struct{ Idea, Comments int64 }
	err := tx.Model(&Comment{}).Select("idea, COUNT(*) AS comments").
		Where("created_at > ? AND created_at <= ? AND hidden_at IS NULL", asOf.Add(-recentVotes), asOf).
		Group("idea").Find(&counts).Error
	byIdea := make(map[int64]int64, len(counts))
	for _, c := range counts {
		byIdea[c.Idea] = c.Comments
	}
	for i := range tallies {
		tallies[i].Comments30d = byIdea[tallies[i].Number]
	}
	return err
}
