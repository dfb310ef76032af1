package campaigns

import (
	"context"
	"fmt"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/netguard"
	"fanfare/storage"
)

// SettleDelivery is a person's word on a delivery in doubt: with a remote
// address it is published, without one it surely is not and goes once more. It
// returns Conflict when the delivery is not in doubt, Invalid naming
// remote_url when that is no web address.
func (s *Service) SettleDelivery(ctx context.Context, actor accounts.Actor, deliveryID int64, remoteURL string) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	if _, ok := netguard.ParseURL(remoteURL); remoteURL != "" && !ok {
		var wrong fault.Fields
		wrong.Add("remote_url", "delivery.remote_url", "The address of the post must begin with https:// or http://.", remoteURL, nil)
		return wrong.Err()
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, err := lockDelivery(tx, deliveryID)
		if err != nil {
			return err
		}
		if d.State != InDoubt {
			return fault.New(fault.Conflict, "delivery.not_in_doubt", "This delivery is not in doubt any more.")
		}
		settled := d.again(tx.Now, reason{})
		if remoteURL != "" {
			settled = d.published(*d.CalledAt, connectors.Receipt{URL: remoteURL})
		}
		if err := s.move(tx, d, settled); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "delivery.settle", fmt.Sprintf("delivery %d", d.ID))
	})
}
