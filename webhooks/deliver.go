package webhooks

import (
	"cmp"
	"context"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// pauses are those after each failed attempt: nine attempts within a day. After
// the last one a message has failed.
var pauses = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 8 * time.Hour, 8 * time.Hour,
}

const keptAttempts = 100 // of each endpoint

type deliverJob struct {
	Message int64 `json:"message"`
}

func (deliverJob) Kind() string { return "webhooks.deliver" }

// deliver sends a message, and waits where that is in vain. The message's row
// is the truth: a job that runs twice finds it delivered or claimed, unless the
// process died in between, and then it is sent twice under one id.
func (s *Service) deliver(ctx context.Context, job deliverJob) error {
	until := s.db.Clock().Now().Add(drainFor)
	e, m, err := s.load(ctx, job.Message)
	if fault.Is(err, fault.NotFound) || err == nil && m.State != Pending {
		return nil
	}
	if err != nil {
		return err
	}
	if early := m.NextAt.Sub(s.db.Clock().Now()); early > 0 {
		return scheduler.Again(early)
	}
	if e.DisabledAt != nil {
		return s.keepBack(ctx, m)
	}
	back, ok := s.lanes.enter(e.ID)
	if !ok {
		return scheduler.Again(back)
	}
	silent := true
	defer func() { s.lanes.leave(e.ID, silent) }()
	if m, ok, err = s.claim(ctx, m); err != nil {
		return err
	}
	if !ok {
		return scheduler.Again(claimedFor)
	}
	a, m, next, err := s.try(ctx, e, m, pauses, until)
	silent = a.Status == 0
	if err != nil {
		return err
	}
	if next != nil {
		silent, err = s.drain(ctx, next, until)
		return err
	}
	if m.State != Pending {
		return nil
	}
	return scheduler.Again(m.NextAt.Sub(s.db.Clock().Now()))
}

// keepBack notes that a message was not sent, as its endpoint is switched off:
// a person may send it later.
func (s *Service) keepBack(ctx context.Context, m message) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		note := Attempt{EndpointID: m.EndpointID, MessageID: m.ID, At: tx.Now, Event: m.Event, Events: m.Events, Attempt: m.Attempts + 1, Error: "off"}
		return cmp.Or(
			tx.Model(&m).Update("state", Failed).Error,
			tx.Omit("state", "latest").Create(&note).Error,
		)
	})
}

// load gives a message and its endpoint: NotFound when either is gone.
func (s *Service) load(ctx context.Context, id int64) (e Endpoint, m message, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if m, err = messageOf(tx, id); err != nil {
			return err
		}
		e, err = endpoint(tx, m.EndpointID)
		return err
	})
	return e, m, err
}

func messageOf(tx *storage.Tx, id int64) (m message, err error) {
	err = tx.Where("id = ?", id).Take(&m).Error
	if storage.IsMissing(err) {
		return m, fault.New(fault.NotFound, "webhook.no_message", "This message is no longer kept.")
	}
	return m, err
}

// try makes one request and notes what came of it. The answer itself stands in
// the attempt: the error is about our own side. When all went well before until,
// it claims the next message to the endpoint.
func (s *Service) try(ctx context.Context, e Endpoint, m message, pauses []time.Duration, until time.Time) (a Attempt, after message, next *claimed, err error) {
	claim := m.NextAt
	if m.State == Pending && s.db.Clock().Now().Add(sendWithin).After(claim) {
		// This process was frozen since it claimed the message: by the end of a
		// request it might be another's.
		return Attempt{}, m, nil, scheduler.Again(claimedFor)
	}
	keys, err := s.keys(e)
	if err != nil {
		return Attempt{}, m, nil, err
	}
	a = s.post(ctx, e, keys, m)
	if err := ctx.Err(); err != nil {
		return a, m, nil, err // the scheduler stops: no failure of the endpoint's
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		noted := a // a transaction that is run again must find no id in it
		noted.State = ""
		m = m.after(a, pauses)
		err := cmp.Or(
			tx.Omit("state", "latest").Create(&noted).Error,
			tx.Exec(`DELETE FROM webhook_attempts WHERE endpoint_id = ? AND id NOT IN
(SELECT id FROM webhook_attempts WHERE endpoint_id = ? ORDER BY id DESC LIMIT ?)`, e.ID, e.ID, keptAttempts).Error,
			tx.Model(&m).Where("next_at = ?", claim).Select("state", "attempts", "next_at", "body").Updates(&m).Error,
			s.judge(tx, e.ID, a),
		)
		if err != nil || !a.OK() || !tx.Now.Before(until) {
			return err
		}
		next, err = claimNext(tx, e.ID)
		return err
	})
	a.State = m.State
	return a, m, next, err
}

// after gives the message after an attempt.
func (m message) after(a Attempt, pauses []time.Duration) message {
	m.Attempts = a.Attempt
	switch {
	case a.OK():
		m.State, m.Body = Delivered, ""
	case a.Attempt > len(pauses):
		m.State = Failed
	default:
		m.NextAt = a.endedAt().Add(pauses[a.Attempt-1])
	}
	return m
}

// judge notes how an endpoint fares. One that has done nothing but fail for
// three days is switched off; so is one that says it is gone for good.
func (s *Service) judge(tx *storage.Tx, id int64, a Attempt) error {
	var e Endpoint
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&e).Error; err != nil {
		if storage.IsMissing(err) {
			return nil // deleted while it was called
		}
		return err
	}
	switch {
	case a.OK() && e.FailingSince == nil:
		return nil
	case a.OK():
		e.FailingSince = nil
	case e.FailingSince == nil:
		e.FailingSince = &a.At
	}
	if !a.OK() && e.DisabledAt == nil && (a.Status == 410 || a.At.Sub(*e.FailingSince) >= giveUpAfter) {
		e.DisabledAt = &tx.Now
		tx.AfterCommit(s.wishes.forget)
		s.log.Warn("webhook endpoint switched off", "endpoint", id, "status", a.Status)
		if err := accounts.Record(tx, accounts.System(), "webhook.disable", subject(id)); err != nil {
			return err
		}
	}
	return tx.Model(&e).Select("failing_since", "disabled_at").Updates(&e).Error
}
