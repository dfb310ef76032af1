package campaigns

import (
	"time"

	"fanfare/storage"
)

// The types of events that are handed over to Options.Tell, with their data:
// SoldOutEvent and, for both others, DeliveryEvent.
const (
	eventSoldOut   = "sale.sold_out"
	eventPublished = "post.published"
	eventFailed    = "post.failed"
)

type tellFunc = func(tx *storage.Tx, event string, data func() []any) error

func tellNobody(*storage.Tx, string, func() []any) error { return nil }

// DeliveryEvent is what became of a post on one account.
type DeliveryEvent struct {
	PostID      int64      `json:"post_id"`
	DeliveryID  int64      `json:"delivery_id"`
	CampaignID  int64      `json:"campaign_id"`
	AccountID   int64      `json:"account_id"`
	Network     string     `json:"network"`
	Text        string     `json:"text"`
	DueAt       time.Time  `json:"due_at"`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	RemoteID    string     `json:"remote_id,omitempty"`
	RemoteURL   string     `json:"remote_url,omitempty"`
	Error       string     `json:"error,omitempty"`
}

// eventOfState is what is told of a delivery that has come so far. One that was
// cancelled is left out: somebody has decided that.
var eventOfState = map[State]string{Published: eventPublished, Failed: eventFailed, Expired: eventFailed}

// tellDeliveries tells of those that are out, and of those that will never be.
func (s *Service) tellDeliveries(tx *storage.Tx, steps []step, saved []bool) error {
	reached := map[string][]any{}
	for i, step := range steps {
		event := eventOfState[step.to.State]
		if saved[i] && step.to.State != step.from.State && event != "" {
			reached[event] = append(reached[event], step.to.event())
		}
	}
	for event, deliveries := range reached {
		if err := s.telling(tx, event, func() []any { return deliveries }); err != nil {
			return err
		}
	}
	return nil
}

func (d Delivery) event() DeliveryEvent {
	return DeliveryEvent{
		PostID: d.PostID, DeliveryID: d.ID, CampaignID: d.CampaignID, AccountID: d.AccountID, Network: d.Network, Text: d.Text,
		DueAt: d.DueAt, PublishedAt: d.PublishedAt, RemoteID: storable(d.RemoteID), RemoteURL: storable(d.RemoteURL), Error: storable(d.Error),
	}
}
