package campaigns

import (
	"context"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
)

// outgoing is a delivery with all that a call to its network needs.
type outgoing struct {
	delivery    Delivery
	network     connectors.Network
	credentials connectors.Credentials
	limits      []connectors.Limit
	post        connectors.Post
	account     accounts.NetworkAccount
	hashes      []string // of the post's images
	unready     error    // why the network has not all of them; the call must not be made
}

// limited gives the delivery's account with its limits.
func (o outgoing) limited() limited { return limited{o.delivery.AccountID, o.limits} }

// prepared is one answer of prepareAll. Where it fails, the delivery is given
// if it could be read.
type prepared struct {
	outgoing
	err error
}

// prepare reads a delivery and opens its account's credentials, together with
// those that others ask for, and renews credentials that would not outlive the
// call. Where that fails, the delivery is given if it could be read.
func (s *Service) prepare(ctx context.Context, deliveryID int64) (outgoing, error) {
	p, err := s.prepares.ask(deliveryID)
	if err == nil && p.err == nil && s.endsTooSoon(p.account) {
		if err := s.renewFor(ctx, p.account); err != nil {
			return p.outgoing, err
		}
		p, err = s.prepares.ask(deliveryID)
	}
	if err != nil {
		return outgoing{}, err
	}
	return p.outgoing, p.err
}

// prepareAll reads deliveries in one transaction, and each account once.
func (s *Service) prepareAll(ids []int64) ([]prepared, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	deliveries, links, images, err := s.readDeliveries(ctx, ids)
	if err != nil {
		return nil, err
	}
	opened := make(map[int64]openedAccount)
	all := make([]prepared, len(ids))
	for i, id := range ids {
		d, found := deliveries[id]
		if !found {
			all[i].err = fault.New(fault.NotFound, "", "There is no such delivery.")
			continue
		}
		account, met := opened[d.AccountID]
		if !met {
			account.NetworkAccount, account.credentials, account.err = s.accounts.NetworkAccount(ctx, d.AccountID)
			if network, known := s.networks[d.Network]; known && account.err == nil {
				account.limits = network.Limits(account.credentials)
			}
			opened[d.AccountID] = account
		}
		all[i] = s.prepareOne(d, links[id], images, account)
	}
	return all, nil
}

type openedAccount struct {
	accounts.NetworkAccount
	credentials connectors.Credentials
	limits      []connectors.Limit
	err         error
}

func (s *Service) prepareOne(d Delivery, link string, images attachments, account openedAccount) prepared {
	p := prepared{outgoing: outgoing{delivery: d, account: account.NetworkAccount}, err: account.err}
	var known bool
	if p.network, known = s.networks[d.Network]; !known {
		p.err = fault.New(fault.Internal, "", "No connector for the network "+d.Network+".")
	}
	p.credentials, p.limits = account.credentials, account.limits
	p.post = connectors.Post{AccountID: account.RemoteID, Text: d.Text, Link: link}
	p.post.Images, p.hashes = images.of(d)
	return p
}

// readDeliveries gives deliveries and the addresses of their links by the ids
// of the deliveries, and their images.
func (s *Service) readDeliveries(ctx context.Context, ids []int64) (map[int64]Delivery, map[int64]string, attachments, error) {
	var deliveries []Delivery
	var all []links.Link
	var images attachments
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if err := tx.Where(among(tx, "id", ids)).Find(&deliveries).Error; err != nil {
			return err
		}
		if images, err = readAttachments(tx, deliveries); err != nil {
			return err
		}
		return tx.Select("delivery_id", "url").Where(among(tx, "delivery_id", ids)).Find(&all).Error
	})
	if err != nil {
		return nil, nil, images, err
	}
	byID, urls := make(map[int64]Delivery, len(ids)), make(map[int64]string, len(ids))
	for _, d := range deliveries {
		byID[d.ID] = d
	}
	for _, link := range all {
		urls[link.DeliveryID] = link.URL
	}
	return byID, urls, images, nil
}
