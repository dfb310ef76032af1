package links

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"fanfare/storage"
)

// The spans in which clicks are counted, in seconds. Seconds themselves have a
// table of their own.
const (
	minute = 60
	hour   = 3600
)

type clickSpan struct {
	link     uint32
	span, at int64
}

var addClickCounts = storage.NewBulk("INSERT INTO click_counts (link_id, span, at, people, bots) VALUES ", 5,
	" ON CONFLICT (link_id, span, at) DO UPDATE SET people = click_counts.people + excluded.people, bots = click_counts.bots + excluded.bots")

// storeClickCounts adds counts to their minutes and hours.
func storeClickCounts(ctx context.Context, tx *storage.Tx, taken map[clickKey]clickCount) error {
	counts := make(map[clickSpan]clickCount)
	for key, n := range taken {
		for _, span := range []int64{minute, hour} {
			in := clickSpan{key.link, span, key.second - key.second%span}
			sum := counts[in]
			counts[in] = clickCount{sum.people + n.people, sum.bots + n.bots}
		}
	}
	// Sorted, so that two processes that add to the same rows cannot deadlock.
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b clickSpan) int {
		return cmp.Or(cmp.Compare(a.link, b.link), cmp.Compare(a.span, b.span), cmp.Compare(a.at, b.at))
	})
	return addClickCounts.Each(tx.Dialect(), len(keys), func(statement string, from, to int) error {
		args := make([]any, 0, 5*(to-from))
		for _, k := range keys[from:to] {
			args = append(args, int64(k.link), k.span, k.at, counts[k].people, counts[k].bots)
		}
		return tx.Later(ctx, statement, args...)
	})
}
