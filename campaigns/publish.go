package campaigns

import (
	"context"
	"time"

	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// publish brings a scheduled delivery out at its instant: prepare ahead, wait,
// claim, call, record. A job too many finds another state and does nothing.
func (s *Service) publish(ctx context.Context, job publishJob) error {
	out, err := s.prepare(ctx, job.DeliveryID)
	if err != nil || out.delivery.State != Scheduled {
		return s.leaveToSweep(out.delivery, err)
	}
	if err := s.await(ctx, *out.delivery.WakeAt); err != nil {
		return err
	}
	claimed, ok, err := s.claim(ctx, job.DeliveryID)
	if err != nil || !ok {
		return err
	}
	out.delivery = claimed
	return s.record(ctx, claimed, s.call(ctx, out))
}

// outgoing is a delivery with all that a call to its network needs.
type outgoing struct {
	delivery    Delivery
	network     connectors.Network
	credentials connectors.Credentials
	post        connectors.Post
}

// prepare reads a delivery and opens its account's credentials. Where that
// fails, the delivery is given if it could be read.
func (s *Service) prepare(ctx context.Context, deliveryID int64) (outgoing, error) {
	var out outgoing
	var link Link
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := tx.First(&out.delivery, deliveryID).Error; err != nil {
			return err
		}
		return tx.Where("delivery_id = ?", deliveryID).First(&link).Error
	})
	if err != nil {
		return outgoing{}, err
	}
	var known bool
	if out.network, known = s.networks[out.delivery.Network]; !known {
		return out, fault.New(fault.Internal, "", "No connector for the network "+out.delivery.Network+".")
	}
	account, credentials, err := s.accounts.NetworkAccount(ctx, out.delivery.AccountID)
	if err != nil {
		return out, err
	}
	out.credentials = credentials
	out.post = connectors.Post{AccountID: account.RemoteID, Text: out.delivery.Text, Link: link.URL}
	return out, nil
}

// leaveToSweep ends a job that cannot be done once the sweep cares for its
// delivery: it makes a new one each time, and the retries of all would pile up.
func (s *Service) leaveToSweep(d Delivery, err error) error {
	if err != nil && d.WakeAt != nil && s.db.Clock().Now().After(d.WakeAt.Add(sweepGrace)) {
		s.log.Error("delivery cannot be prepared", "delivery", d.ID, "error", err)
		return scheduler.Never(err)
	}
	return err
}

// await returns nil at when or later. It asks the scheduler to call again when
// that is too far away to stay awake for.
func (s *Service) await(ctx context.Context, when time.Time) error {
	if early := when.Sub(s.db.Clock().Now()) - scheduler.Lead; early > 0 {
		return scheduler.Again(early)
	}
	return s.db.Clock().WaitUntil(ctx, when)
}

// gate is what may keep a delivery from going out, besides its own state.
type gate struct {
	Paused    bool
	Cancelled bool
	Problem   string
}

const selectGate = `SELECT EXISTS (SELECT 1 FROM switches WHERE name = '` + pauseSwitch + `') AS paused,
	posts.cancelled_at IS NOT NULL AS cancelled, network_accounts.problem AS problem
	FROM posts, network_accounts WHERE posts.id = ? AND network_accounts.id = ?`

// claim commits that this worker is about to call the network, if the delivery
// may still go. Otherwise ok is false: it has ended, or it waits for the
// kill switch or its account, and the sweep will wake it.
func (s *Service) claim(ctx context.Context, deliveryID int64) (claimed Delivery, ok bool, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		ok = false
		d, err := lockDelivery(tx, deliveryID)
		if err != nil || d.State != Scheduled || d.WakeAt.After(tx.Now) {
			return err
		}
		var g gate
		if err := tx.Raw(selectGate, d.PostID, d.AccountID).Scan(&g).Error; err != nil {
			return err
		}
		switch {
		case g.Cancelled:
			_, err = s.move(tx, d, d.cancelled())
		case d.expiredAt(tx.Now):
			_, err = s.move(tx, d, d.expired(d.Error))
		case g.Paused:
		case g.Problem != "":
			waiting := d
			waiting.Error = g.Problem
			_, err = save(tx, d, waiting)
		default:
			claimed = d.claimed(tx.Now)
			ok, err = save(tx, d, claimed)
		}
		return err
	})
	return claimed, ok && err == nil, err
}

// call publishes, once. A shutdown does not cut it short: it would leave the
// outcome unknown.
func (s *Service) call(ctx context.Context, out outgoing) outcome {
	started := s.db.Clock().Now()
	if started.Add(callTimeout).After(*out.delivery.WakeAt) {
		// This process was frozen since it claimed the delivery: by the end of
		// a call it might be another worker's.
		return outcome{started: started, err: &connectors.Error{
			Kind: connectors.KindRetry, Message: "The service was held up and did not call the network in time.",
		}}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	receipt, err := out.network.Publish(ctx, out.credentials, out.post)
	return outcome{started: started, receipt: receipt, err: err}
}

// record commits what the call came to. Should that fail, the lease ends, and
// the post is looked for.
func (s *Service) record(ctx context.Context, claimed Delivery, o outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if err := s.noteProblem(ctx, claimed.AccountID, o.err); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, err := lockDelivery(tx, claimed.ID)
		if err != nil || d.Attempts != claimed.Attempts {
			return err
		}
		late := d.State == InDoubt && o.err == nil // the lease was over, but the receipt settles it
		if d.State != Publishing && !late {
			return nil
		}
		_, err = s.move(tx, d, d.answered(o, tx.Now))
		return err
	})
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
	return s.accounts.SetProblem(ctx, accountID, e.Message)
}
