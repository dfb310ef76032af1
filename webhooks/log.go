package webhooks

import (
	"cmp"
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Attempts lists the latest requests to an endpoint, newest first, 100 at the
// most. It returns NotFound without such an endpoint.
func (s *Service) Attempts(ctx context.Context, id int64) ([]Attempt, error) {
	list := []Attempt{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		if _, err := endpoint(tx, id); err != nil {
			return err
		}
		return tx.Raw(`SELECT a.*, COALESCE(m.state, ?) AS state,
NOT EXISTS (SELECT 1 FROM webhook_attempts n WHERE n.endpoint_id = a.endpoint_id AND n.message_id = a.message_id AND n.id > a.id) AS latest
FROM webhook_attempts a LEFT JOIN webhook_messages m ON m.id = a.message_id
WHERE a.endpoint_id = ? ORDER BY a.id DESC LIMIT ?`, Delivered, id, keptAttempts).Scan(&list).Error
	})
	return list, err
}

// Test sends an endpoint a test event at once and tells how it went. It is not
// sent again. It returns NotFound without such an endpoint.
func (s *Service) Test(ctx context.Context, actor accounts.Actor, id int64) (Attempt, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Attempt{}, err
	}
	var e Endpoint
	var m message
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if e, err = endpoint(tx, id); err != nil {
			return err
		}
		body, err := bodyOf(testEvent, tx.Now, []any{struct{}{}})
		if err != nil {
			return err
		}
		m = newMessage(tx, e, testEvent, 1, body)
		m.State = Failed // no job waits for it
		return tx.Create(&m).Error
	})
	if err != nil {
		return Attempt{}, err
	}
	a, _, _, err := s.try(ctx, e, m, nil, time.Time{})
	return a, err
}

// Again sends a message that has failed again, with as many attempts as a new
// one. It returns NotFound when it is no longer kept, Conflict when it has not
// failed or its endpoint is switched off.
func (s *Service) Again(ctx context.Context, actor accounts.Actor, endpointID, id int64) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		m, err := messageOf(tx, id)
		if err == nil && m.EndpointID != endpointID {
			err = fault.New(fault.NotFound, "webhook.no_message", "This message is no longer kept.")
		}
		if err != nil {
			return err
		}
		e, err := endpoint(tx, endpointID)
		if err != nil {
			return err
		}
		if e.DisabledAt != nil {
			return fault.New(fault.Conflict, "webhook.off", "This endpoint is switched off. Switch it on first.")
		}
		result := tx.Model(&message{}).Where("id = ? AND state = ?", id, Failed).
			Updates(map[string]any{"state": Pending, "attempts": 0, "next_at": tx.Now})
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			return fault.New(fault.Conflict, "webhook.not_failed", "This message has not failed.")
		}
		return cmp.Or(
			s.jobs.Enqueue(tx, scheduler.Entry{Job: deliverJob{id}, Queue: scheduler.QueueWebhooks}),
			accounts.Record(tx, actor, "webhook.again", subject(endpointID)),
		)
	})
}
