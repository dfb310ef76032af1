package webhooks

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

const (
	purposeSecret = "webhook endpoint v1" // what secrets are sealed for
	secretPrefix  = "whsec_"              // of Standard Webhooks, before the base64
	maxURL        = 2000                  // bytes
	maxEndpoints  = 20                    // each is told everything it wants, out of the orders' transactions
)

// EndpointDraft is what it takes to make an endpoint.
type EndpointDraft struct {
	URL    string
	Events []string
}

// Create makes an endpoint and gives its secret, which is shown only now. It
// returns Invalid with every wrong field (url, events), and Conflict when there
// are too many.
func (s *Service) Create(ctx context.Context, actor accounts.Actor, d EndpointDraft) (e Endpoint, secret string, err error) {
	if err := cmp.Or(actor.Require(accounts.Marketing), d.validate(s.local)); err != nil {
		return Endpoint{}, "", err
	}
	key := newSecret()
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		var there int64
		if err := tx.Model(&Endpoint{}).Count(&there).Error; err != nil {
			return err
		}
		if there >= maxEndpoints {
			return &fault.Error{Kind: fault.Conflict, Key: "webhook.many", Message: "There are 20 endpoints already. Delete one first.", Args: fault.Args{"Max": maxEndpoints}}
		}
		e = Endpoint{URL: d.URL, Wanted: d.wanted(), Sealed: []byte{}, CreatedBy: actor.PersonID, CreatedAt: tx.Now}
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		sealed, err := s.accounts.Seal(purposeSecret, subject(e.ID), key)
		if err != nil {
			return err
		}
		if err := tx.Model(&e).Update("sealed", sealed).Error; err != nil {
			return err
		}
		tx.AfterCommit(s.wishes.forget)
		return accounts.Record(tx, actor, "webhook.create", subject(e.ID))
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	return e.read(), secretText(key), nil
}

func newSecret() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return key
}

func secretText(key []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(key) }

func subject(id int64) string { return fmt.Sprintf("webhook %d", id) }

func (d EndpointDraft) validate(local bool) error {
	var wrong fault.Fields
	u, err := url.Parse(d.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || len(d.URL) > maxURL || u.Scheme != "https" && (!local || u.Scheme != "http") {
		wrong.Add("url", "webhook.url", "The address must begin with https:// and name a host, without a user.", d.URL, nil)
	}
	if len(d.Events) == 0 {
		wrong.Add("events", "webhook.no_event", "Choose at least one event.", nil, nil)
	}
	for _, event := range d.Events {
		if !slices.Contains(EventTypes, event) {
			wrong.Add("events", "webhook.event", "There is no event of this name.", event, nil)
		}
	}
	return wrong.Err()
}

func (d EndpointDraft) wanted() string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(d.Events))), " ")
}

// Endpoints lists all, in the order in which they were made.
func (s *Service) Endpoints(ctx context.Context) ([]Endpoint, error) {
	all := []Endpoint{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error { return tx.Order("id").Find(&all).Error })
	for i := range all {
		all[i] = all[i].read()
	}
	return all, err
}

// Delete forgets an endpoint and what it was still to be told. It returns
// NotFound without such an endpoint.
func (s *Service) Delete(ctx context.Context, actor accounts.Actor, id int64) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		e, err := endpoint(tx, id)
		if err != nil {
			return err
		}
		tx.AfterCommit(s.wishes.forget)
		tx.AfterCommit(func() { s.lanes.forget(id) })
		return cmp.Or(
			tx.Exec("DELETE FROM webhook_attempts WHERE endpoint_id = ?", id).Error,
			tx.Exec("DELETE FROM webhook_messages WHERE endpoint_id = ?", id).Error,
			tx.Delete(&e).Error,
			accounts.Record(tx, actor, "webhook.delete", subject(id)),
		)
	})
}

// Enable switches an endpoint on again. It returns NotFound without such an
// endpoint.
func (s *Service) Enable(ctx context.Context, actor accounts.Actor, id int64) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		e, err := endpoint(tx, id)
		if err != nil {
			return err
		}
		tx.AfterCommit(s.wishes.forget)
		return cmp.Or(
			tx.Model(&e).Updates(map[string]any{"failing_since": nil, "disabled_at": nil}).Error,
			accounts.Record(tx, actor, "webhook.enable", subject(id)),
		)
	})
}

func endpoint(tx *storage.Tx, id int64) (e Endpoint, err error) {
	err = tx.Where("id = ?", id).Take(&e).Error
	if storage.IsMissing(err) {
		return e, fault.New(fault.NotFound, "webhook.unknown", "There is no such endpoint.")
	}
	return e, err
}
