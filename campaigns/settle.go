package campaigns

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/netguard"
	"fanfare/storage"
)

// SettleDelivery is a person's word on a delivery in doubt: with a remote
// address it is published, without one it surely is not and goes once more. One
// that is delayed gets its address so. It returns Conflict when there is nothing
// to settle, and Invalid naming remote_url when that is no address of a post of
// the delivery's account that could be this one, or is that of another delivery's.
func (s *Service) SettleDelivery(ctx context.Context, actor accounts.Actor, deliveryID int64, remoteURL string) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	out := remoteURL != ""
	remoteURL = strings.TrimSpace(remoteURL)
	if _, ok := netguard.ParseURL(remoteURL); out && !ok {
		return wrongAddress(remoteURL, "delivery.remote_url", "The address of the post must begin with https:// or http://.", nil)
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, err := lockDelivery(tx, deliveryID)
		if err != nil {
			return err
		}
		if d.State != InDoubt && !(d.delayed() && out) {
			return fault.New(fault.Conflict, "delivery.not_in_doubt", "This delivery is not in doubt any more.")
		}
		settled := d.again(tx.Now, reason{})
		if out {
			receipt, err := s.recognize(tx, d, remoteURL)
			if err != nil {
				return err
			}
			settled = d.seen(receipt)
		}
		if err := s.move(tx, d, settled); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "delivery.settle", fmt.Sprintf("delivery %d", d.ID))
	})
}

// recognize gives the receipt of the delivery's post at an address.
func (s *Service) recognize(tx *storage.Tx, d Delivery, remoteURL string) (connectors.Receipt, error) {
	network := s.networks[d.Network]
	if network == nil {
		return connectors.Receipt{}, fault.New(fault.Internal, "", "No connector for the network "+d.Network+".")
	}
	var account accounts.NetworkAccount
	if err := tx.Select("handle", "remote_id").First(&account, d.AccountID).Error; err != nil {
		return connectors.Receipt{}, err
	}
	receipt, problem := network.Recognize(connectors.Identity{RemoteID: account.RemoteID, Handle: account.Handle}, remoteURL)
	if problem != nil {
		return connectors.Receipt{}, wrongAddress(remoteURL, problem.Key, problem.Message, problem.Args)
	}
	if err := checkUnclaimed(tx, d, receipt, remoteURL); err != nil {
		return connectors.Receipt{}, err
	}
	return receipt, checkMade(tx, d, receipt, remoteURL)
}

// checkMade returns Invalid when the network's own time of a post, where it
// tells one, shows that it is another: the campaign link in ours was made when
// the post was scheduled.
func checkMade(tx *storage.Tx, d Delivery, receipt connectors.Receipt, remoteURL string) error {
	const skew = 2 * time.Minute // between the network's clock and ours
	if receipt.CreatedAt.IsZero() {
		return nil
	}
	var post Post
	if err := tx.Select("created_at").First(&post, d.PostID).Error; err != nil {
		return err
	}
	if receipt.CreatedAt.Before(post.CreatedAt.Add(-skew)) || receipt.CreatedAt.After(tx.Now.Add(skew)) {
		return wrongAddress(remoteURL, "delivery.remote_time",
			"By its number, the post at this address is older than this one, or still to come. Please copy the whole address anew.", nil)
	}
	return nil
}

// checkUnclaimed returns Invalid when a post is another delivery's already.
func checkUnclaimed(tx *storage.Tx, d Delivery, receipt connectors.Receipt, remoteURL string) error {
	if err := tx.Lock(tx.Statement.Context, storage.AddressLock); err != nil {
		return err
	}
	var others []Delivery
	// The second condition on remote_id is the index's own.
	err := tx.Where("network = ? AND remote_id = ? AND remote_id <> '' AND id <> ?", d.Network, receipt.RemoteID, d.ID).
		Limit(1).Find(&others).Error
	if err != nil || len(others) == 0 {
		return err
	}
	var account accounts.NetworkAccount
	if err := tx.Omit("sealed").First(&account, others[0].AccountID).Error; err != nil {
		return err
	}
	words, handle := beginning(webAddress.ReplaceAllString(others[0].Text, " ")), handleOf(account)
	return wrongAddress(remoteURL, "delivery.remote_taken",
		"This is the address of another post already, which went to "+handle+": “"+words+"”", map[string]any{"Text": words, "Account": handle})
}

func wrongAddress(remoteURL, key, message string, args map[string]any) error {
	var wrong fault.Fields
	wrong.Add("remote_url", key, message, remoteURL, args)
	return wrong.Err()
}
