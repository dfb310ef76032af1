package campaigns

import (
	"context"
	"maps"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
)

// publish brings a scheduled delivery out at its instant: prepare, hand its
// images over and claim ahead, wait until it may go, call, record. A job too many finds another state and does nothing.
func (s *Service) publish(ctx context.Context, job publishJob) error {
	out, err := s.prepare(ctx, job.DeliveryID)
	if err != nil || out.delivery.State != Scheduled {
		return s.leaveToSweep(out.delivery, err)
	}
	instant := *out.delivery.WakeAt
	if err := s.readyImages(ctx, &out); err != nil {
		return err
	}
	if err := s.await(ctx, instant.Add(-s.timing.Arm)); err != nil {
		return err
	}
	claimed, ok, err := s.claim(out)
	if err != nil || !ok {
		return s.comeBack(claimed, err)
	}
	saidBefore := out.delivery.Error
	out.delivery = claimed
	wave, err := s.dispatchers[claimed.Network].await(ctx, out, instant)
	switch {
	case err != nil:
		return s.record(ctx, out, notCalled(ctx, instant))
	case wave == nil:
		return nil
	}
	answer := s.callInTurn(ctx, out, wave)
	answer.err = s.believe(ctx, out, saidBefore, answer.err)
	return s.record(ctx, out, answer)
}

// notCalled is the outcome where nobody could tell whether the call may be made:
// it was not.
func notCalled(ctx context.Context, instant time.Time) outcome {
	if ctx.Err() == nil {
		return outcome{err: heldUp()}
	}
	return outcome{err: &connectors.Error{
		Kind: connectors.KindRetry, RetryAt: instant, Message: "The service stopped before the call.", Key: "delivery.stopped",
	}}
}

func heldUp() *connectors.Error {
	return &connectors.Error{
		Kind: connectors.KindRetry, Message: "The service was held up and did not call the network in time.", Key: "delivery.held_up",
	}
}

// callInTurn calls the network, and lets the next ones have their turn. What
// takes time, signing and connecting, is done when the request waits for those
// that were due earlier to be on the wire.
func (s *Service) callInTurn(ctx context.Context, out outgoing, mine *wave) outcome {
	calls := s.dispatchers[out.delivery.Network]
	defer calls.done()
	sent := sync.OnceFunc(func() { calls.sent(mine) })
	defer sent()
	slow := time.AfterFunc(calls.patience, sent)
	defer slow.Stop()
	return s.call(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { <-mine.former },
		WroteRequest: func(httptrace.WroteRequestInfo) { sent() },
	}), out)
}

// comeBack ends a job whose delivery could not be claimed: where a limit holds it
// back, the same job is called again when that allows more.
func (s *Service) comeBack(d Delivery, err error) error {
	now := s.db.Clock().Now()
	if err != nil || d.State != Scheduled || !d.WakeAt.After(now) {
		return err
	}
	return scheduler.Again(max(d.WakeAt.Sub(now)-scheduler.Lead, 0))
}

// leaveToSweep ends a job that cannot be done once the sweep cares for its
// delivery: it makes a new one each time, and the retries of all would pile up.
func (s *Service) leaveToSweep(d Delivery, err error) error {
	if err != nil && d.WakeAt != nil && s.db.Clock().Now().After(d.WakeAt.Add(s.timing.SweepGrace)) {
		s.log.Error("delivery cannot be prepared", "delivery", d.ID, "error", err)
		return scheduler.Never(err)
	}
	return err
}

// await returns nil at when or later. It asks the scheduler to call again when
// that is too far away to stay awake for.
func (s *Service) await(ctx context.Context, when time.Time) error {
	if err := s.tooEarly(when); err != nil {
		return err
	}
	return s.db.Clock().WaitUntil(ctx, when)
}

// tooEarly asks the scheduler to call again in the lead before when.
func (s *Service) tooEarly(when time.Time) error {
	if early := when.Sub(s.db.Clock().Now()) - scheduler.Lead; early > 0 {
		return scheduler.Again(early)
	}
	return nil
}

// call publishes, once, if the network has the post's images. A shutdown does
// not cut it short: it would leave the outcome unknown.
func (s *Service) call(ctx context.Context, out outgoing) outcome {
	started := s.db.Clock().Now()
	if out.unready != nil {
		return outcome{started: started, err: out.unready}
	}
	if started.Add(s.timing.Call).After(*out.delivery.WakeAt) {
		// This process was frozen since it claimed the delivery: by the end of
		// a call it might be another worker's.
		return outcome{started: started, err: heldUp()}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timing.Call)
	defer cancel()
	receipt, err := out.network.Publish(ctx, out.credentials, out.post)
	return outcome{started: started, receipt: receipt, err: err}
}

// told is what the answer said of the network's limits.
func (o outcome) told() []connectors.Standing { return told(o.receipt, o.err) }

func told(receipt connectors.Receipt, err error) []connectors.Standing {
	if err != nil {
		return networkError(err).Limits
	}
	return receipt.Limits
}

// finishedCall is a call that came back.
type finishedCall struct {
	claimed Delivery
	account limited
	outcome outcome
}

// record commits what the call came to, together with those of others. Should
// that fail, the lease ends, and the post is looked for.
func (s *Service) record(ctx context.Context, out outgoing, o outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := s.noteProblem(ctx, out.delivery.AccountID, o.err); err != nil {
		return err
	}
	_, err := s.receipts.ask(finishedCall{out.delivery, out.limited(), o})
	return err
}

func (s *Service) recordAll(batch []finishedCall) ([]struct{}, error) {
	for _, d := range s.dispatchers {
		d.makeWay()
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.learn(tx, batch); err != nil {
			return err
		}
		steps := make([]step, len(batch))
		for i, r := range batch {
			steps[i] = step{r.claimed, r.claimed.answered(r.outcome, tx.Now, s.timing)}
		}
		moved, err := s.moveAll(tx, steps)
		if err != nil {
			return err
		}
		if err := forgetUploads(tx, batch); err != nil {
			return err
		}
		for i, r := range batch {
			if !moved[i] && r.outcome.err == nil {
				if err := s.recordLate(tx, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return make([]struct{}, len(batch)), err
}

// learn keeps what the answers told of the networks' limits.
func (s *Service) learn(tx *storage.Tx, batch []finishedCall) error {
	accounts, answered := make(map[int64]limited), make(map[int64]int64)
	for _, r := range batch {
		if len(r.outcome.told()) > 0 {
			accounts[r.account.accountID] = r.account
		}
		answered[r.account.accountID]++
	}
	if len(accounts) == 0 {
		return nil
	}
	calls, err := openPurse(tx, s.timing, connectors.CallPublish, slices.Collect(maps.Values(accounts))...)
	if err != nil {
		return err
	}
	for _, r := range batch {
		calls.learn(r.account, r.outcome.told(), answered[r.account.accountID])
	}
	return calls.close(tx)
}

// recordLate takes a receipt that came when the lease was over: it settles the
// doubt.
func (s *Service) recordLate(tx *storage.Tx, r finishedCall) error {
	d, err := lockDelivery(tx, r.claimed.ID)
	if err != nil || d.State != InDoubt || d.Attempts != r.claimed.Attempts {
		return err
	}
	return s.move(tx, d, d.answered(r.outcome, tx.Now, s.timing))
}

// noteProblem stops an account whose network asks for a person: everything
// else of it waits.
func (s *Service) noteProblem(ctx context.Context, accountID int64, err error) error {
	if err == nil {
		return nil
	}
	e := networkError(err)
	if e.Kind != connectors.KindAttention {
		return nil
	}
	s.log.Warn("account needs attention", "account", accountID, "code", e.Code, "status", e.Status)
	return s.accounts.SetProblem(ctx, accountID, e.Message, e.Key)
}
