package orders

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"fanfare/storage"
)

// repeats are orders of a campaign that came again and were refused.
type repeats struct{ Replays, Conflicts int64 }

var addRepeats = storage.NewBulk("INSERT INTO order_repeats (campaign_id, shard, replays, conflicts) VALUES ", 4,
	` ON CONFLICT (campaign_id, shard) DO UPDATE SET
replays = order_repeats.replays + excluded.replays, conflicts = order_repeats.conflicts + excluded.conflicts`)

// storeRepeats counts orders that came again, by campaign. A batch without any
// writes nothing.
func storeRepeats(ctx context.Context, tx *storage.Tx, counts map[int64]repeats) error {
	campaigns := slices.Sorted(maps.Keys(counts)) // so that two writers cannot deadlock
	shard := rand.IntN(countShards[tx.Dialect()])
	return addRepeats.Each(tx.Dialect(), len(campaigns), func(statement string, from, to int) error {
		args := make([]any, 0, 4*(to-from))
		for _, id := range campaigns[from:to] {
			args = append(args, id, shard, counts[id].Replays, counts[id].Conflicts)
		}
		_, err := tx.SQL().ExecContext(ctx, statement, args...)
		return err
	})
}
