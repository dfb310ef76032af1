package campaigns

import (
	"context"
	"maps"
	"slices"

	"fanfare/connectors"
	"fanfare/storage"
)

// release looks, in the last instant before their calls, at what may keep
// claimed deliveries back, once for all of them, and gives their next states.
func (s *Service) release(claimed []outgoing) (next []Delivery, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	deliveries := make([]Delivery, len(claimed))
	for i, out := range claimed {
		deliveries[i] = out.delivery
	}
	next = make([]Delivery, len(claimed))
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		gates, err := readGates(tx, deliveries)
		if err != nil {
			return err
		}
		if err := gates.readMoves(tx, deliveries); err != nil {
			return err
		}
		for i, d := range deliveries {
			next[i] = d.released(gates.of(d), tx.Now, s.timing)
		}
		return nil
	})
	return next, err
}

// takeBack undoes claims, and the calls that they took: none was made.
func (s *Service) takeBack(claimed []outgoing, next []Delivery) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		steps, accounts := make([]step, len(claimed)), make(map[int64]limited)
		for i, out := range claimed {
			steps[i], accounts[out.delivery.AccountID] = step{out.delivery, next[i]}, out.limited()
		}
		calls, err := openPurse(tx, s.timing, connectors.CallPublish, slices.Collect(maps.Values(accounts))...)
		if err != nil {
			return err
		}
		moved, err := s.moveAll(tx, steps)
		if err != nil {
			return err
		}
		for i, out := range claimed {
			if moved[i] {
				calls.giveBack(out.limited(), connectors.CallPublish)
			}
		}
		return calls.close(tx)
	})
}
