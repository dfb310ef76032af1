package campaigns

import (
	"context"
	"time"

	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
)

// reconcile looks on the account's timeline for a post whose outcome is
// unknown, and carries the delivery on by what is there.
func (s *Service) reconcile(ctx context.Context, job reconcileJob) error {
	out, err := s.prepare(ctx, job.DeliveryID)
	if err != nil || out.delivery.State != InDoubt || out.delivery.WakeAt == nil {
		return s.leaveToSweep(out.delivery, err)
	}
	if err := s.await(ctx, *out.delivery.WakeAt); err != nil {
		return err
	}
	looking, started, err := s.beginLook(ctx, out)
	if err != nil || started.IsZero() {
		return err
	}
	out.delivery = looking
	found := s.find(ctx, out)
	found.at = started
	return s.recordLook(ctx, out, found)
}

// beginLook commits that this worker looks; started is zero when there is
// nothing to look for, another worker does it, or the network's limit puts it
// off.
func (s *Service) beginLook(ctx context.Context, out outgoing) (looking Delivery, started time.Time, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		started = time.Time{}
		calls, err := openPurse(tx, s.timing, connectors.CallFind, out.limited())
		if err != nil {
			return err
		}
		d, err := lockDelivery(tx, out.delivery.ID)
		if err != nil || d.State != InDoubt || d.WakeAt == nil || d.WakeAt.After(tx.Now) {
			return err
		}
		why, ok := calls.take(out.limited(), connectors.CallFind, tx.Now)
		if !ok {
			return s.move(tx, d, d.lookPutOff(why, tx.Now, s.timing))
		}
		looking = d.looking(tx.Now, s.timing)
		saved, err := s.save(tx, d, looking)
		if err != nil || !saved {
			return err
		}
		started = tx.Now
		return calls.close(tx)
	})
	return looking, started, err
}

// find asks the network, from a little before our call on: clocks differ.
func (s *Service) find(ctx context.Context, out outgoing) look {
	const margin = time.Minute
	ctx, cancel := context.WithTimeout(ctx, s.timing.Find)
	defer cancel()
	var l look
	l.receipt, l.found, l.err = out.network.Find(ctx, out.credentials, out.post, out.delivery.CalledAt.Add(-margin))
	return l
}

// recordLook commits what the look came to, unless the delivery was settled
// meanwhile or another look has begun.
func (s *Service) recordLook(ctx context.Context, out outgoing, l look) error {
	looking := out.delivery
	if err := s.noteProblem(ctx, looking.AccountID, l.err); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.heard(tx, out.limited(), connectors.CallFind, told(l.receipt, l.err)); err != nil {
			return err
		}
		d, err := lockDelivery(tx, looking.ID)
		if err != nil || d.State != InDoubt || d.Attempts != looking.Attempts ||
			d.WakeAt == nil || !d.WakeAt.Equal(*looking.WakeAt) {
			return err
		}
		err = s.move(tx, d, d.looked(l, tx.Now, s.timing))
		return err
	})
}

// fetchReceipt fills in the id of a post that the network accepted with delay.
// The post counts as published all along and never goes out again.
func (s *Service) fetchReceipt(ctx context.Context, job receiptJob) error {
	out, err := s.prepare(ctx, job.DeliveryID)
	d := out.delivery
	if err != nil || !d.delayed() {
		return err
	}
	_, may, err := s.spend(ctx, out.limited(), connectors.CallFind)
	if err != nil {
		return err
	}
	var l look
	if may {
		l = s.find(ctx, out)
	}
	if l.found && l.err == nil {
		return s.db.Write(ctx, func(tx *storage.Tx) error {
			d, err := lockDelivery(tx, d.ID)
			if err != nil || !d.delayed() {
				return err // somebody was quicker
			}
			return s.move(tx, d, d.shown(l.receipt))
		})
	}
	if s.db.Clock().Now().Sub(*d.PublishedAt) < s.timing.ReceiptPatience {
		return scheduler.Again(s.timing.ReceiptPause)
	}
	s.log.Warn("delivery published without a receipt", "delivery", d.ID, "network", d.Network)
	return nil
}
