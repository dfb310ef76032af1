package campaigns

import (
	"context"
	"maps"
	"slices"

	"fanfare/connectors"
	"fanfare/storage"
)

// claim commits that this worker will call the network, together with the
// claims of others. ok is false where the delivery may not go, or is no
// longer as it was prepared.
func (s *Service) claim(out outgoing) (claimed Delivery, ok bool, err error) {
	claimed, err = s.claims.ask(out)
	return claimed, claimed.State == Publishing, err
}

// claimAll brings deliveries to their next state, and gives it; the zero
// Delivery where nothing changes, or it is no longer as described.
func (s *Service) claimAll(batch []outgoing) ([]Delivery, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	next := make([]Delivery, len(batch))
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.LockShared(ctx, storage.SwitchLock); err != nil {
			return err
		}
		steps, saved, err := s.claimIn(tx, batch)
		for i := range saved {
			next[i] = Delivery{}
			if saved[i] {
				next[i] = steps[i].to
			}
		}
		return err
	})
	return next, err
}

// claimIn decides a batch and stores what comes of it. Calls that turn out not
// to be made, because somebody else was quicker, are given back.
func (s *Service) claimIn(tx *storage.Tx, batch []outgoing) (steps []step, saved []bool, err error) {
	deliveries := make([]Delivery, len(batch))
	for i, out := range batch {
		deliveries[i] = out.delivery
	}
	gates, err := readGates(tx, deliveries)
	if err != nil {
		return nil, nil, err
	}
	steps = make([]step, len(batch))
	for i, d := range deliveries {
		steps[i] = step{d, d.due(gates.of(d), tx.Now, s.timing)}
	}
	calls, err := s.ration(tx, batch, steps)
	if err != nil {
		return nil, nil, err
	}
	if saved, err = s.saveAll(tx, steps); err != nil {
		return nil, nil, err
	}
	for i, step := range steps {
		switch {
		case step.to.State == Publishing && !saved[i]:
			calls.giveBack(batch[i].limited(), connectors.CallPublish)
		case step.to.HeldBy != "" && saved[i]:
			tx.AfterCommit(func() { s.metrics.held.WithLabelValues(step.to.Network, step.to.HeldBy).Inc() })
		}
	}
	return steps, saved, calls.close(tx)
}

// ration takes a call from the budgets for each step that is about to publish.
// Where fewer are left than deliveries are due, these go in their order, and the
// others wait until the limit allows more, or have expired by then.
func (s *Service) ration(tx *storage.Tx, batch []outgoing, steps []step) (*purse, error) {
	going, accounts, many := asking(batch, steps)
	calls, err := openPurse(tx, s.timing, connectors.CallPublish, slices.Collect(maps.Values(accounts))...)
	if err != nil {
		return nil, err
	}
	scarce, err := scarceAccounts(tx, calls, accounts, many, s.timing)
	if err != nil {
		return nil, err
	}
	line, err := waitingLine(tx, scarce, s.timing)
	if err != nil {
		return nil, err
	}
	served := serve(line, going, calls, accounts)
	for id, i := range going {
		account := steps[i].to.AccountID
		why, stands := served[id]
		switch {
		case !scarce[account]:
			calls.take(accounts[account], connectors.CallPublish, steps[i].from.callAt(tx.Now))
		case !stands:
			steps[i].to = steps[i].from // somebody else was quicker
		case why.limit != "":
			steps[i].to = steps[i].from.held(why, s.timing)
		}
	}
	return calls, nil
}

// asking gives the places of the deliveries that are about to publish, and
// their accounts with how many these are. Of two steps of one delivery the first
// counts.
func asking(batch []outgoing, steps []step) (going map[int64]int, accounts map[int64]limited, many map[int64]int64) {
	going, accounts, many = make(map[int64]int, len(batch)), make(map[int64]limited), make(map[int64]int64)
	for i, step := range steps {
		if step.to.State != Publishing {
			continue
		}
		if _, twice := going[step.to.ID]; twice {
			steps[i].to = step.from
			continue
		}
		account := step.to.AccountID
		going[step.to.ID], accounts[account] = i, batch[i].limited()
		many[account]++
	}
	return going, accounts, many
}
