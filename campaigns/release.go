package campaigns

import (
	"context"
	"maps"
	"slices"

	"fanfare/connectors"
	"fanfare/storage"
)

// release tells, in the last instant before the call, whether it may be made.
// Where it may not, the claim is given back.
func (s *Service) release(claimed outgoing) (ok bool, err error) {
	released, err := s.releases.ask(claimed)
	return released.State == Publishing, err
}

// releaseAll looks once for all deliveries of a batch at what may keep them
// back, and writes nothing where nothing does.
func (s *Service) releaseAll(batch []outgoing) ([]Delivery, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	next := make([]Delivery, len(batch))
	var back []outgoing
	var steps []step
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		deliveries := make([]Delivery, len(batch))
		for i, out := range batch {
			deliveries[i] = out.delivery
		}
		gates, err := readGates(tx, deliveries)
		if err != nil {
			return err
		}
		for i, d := range deliveries {
			next[i] = d.released(gates.of(d), tx.Now, s.timing)
			if next[i].State != Publishing {
				back, steps = append(back, batch[i]), append(steps, step{d, next[i]})
			}
		}
		return nil
	})
	if err != nil || len(back) == 0 {
		return next, err
	}
	return next, s.db.Write(ctx, func(tx *storage.Tx) error { return s.takeBack(tx, back, steps) })
}

// takeBack undoes claims, and the calls that they took: none was made.
func (s *Service) takeBack(tx *storage.Tx, claimed []outgoing, steps []step) error {
	accounts := make(map[int64]limited)
	for _, out := range claimed {
		accounts[out.delivery.AccountID] = out.limited()
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
}
