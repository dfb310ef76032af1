// Package webhooks tells other programs what happens here: it keeps the
// endpoints that want to know, writes down what each is to be told in the
// transaction in which it happens, and sends that, signed, until it arrives.
package webhooks

import (
	"slices"
	"strings"
	"time"
)

// The types of events.
const (
	OrderAttributed = "order.attributed"
	SaleSoldOut     = "sale.sold_out"
	PostPublished   = "post.published"
	PostFailed      = "post.failed"
)

// testEvent is what an endpoint is tried out with.
const testEvent = "webhook.test"

// EventTypes are those that an endpoint can want.
var EventTypes = []string{OrderAttributed, SaleSoldOut, PostPublished, PostFailed}

// Endpoint is where somebody wants to be told.
type Endpoint struct {
	ID           int64      `json:"id"`
	URL          string     `json:"url"`
	Events       []string   `json:"events" gorm:"-"`
	Wanted       string     `json:"-" gorm:"column:events"` // Events, with spaces between
	Sealed       []byte     `json:"-"`                      // what we sign with
	OldSealed    []byte     `json:"-"`                      // what we signed with before, and still do
	OldEndsAt    *time.Time `json:"old_ends_at,omitempty" doc:"Until when messages are signed with the secret before this one too."`
	CreatedBy    int64      `json:"created_by"`
	CreatedAt    time.Time  `json:"created_at"`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"The first failure since the last success."`
	DisabledAt   *time.Time `json:"disabled_at,omitempty" doc:"Switched off: after three days of failures, or since it answered 410."`
}

// TableName is GORM's hook.
func (Endpoint) TableName() string { return "webhook_endpoints" }

func (e Endpoint) read() Endpoint {
	e.Events, e.Sealed, e.OldSealed = strings.Fields(e.Wanted), nil, nil
	return e
}

func (e Endpoint) wants(event string) bool { return slices.Contains(strings.Fields(e.Wanted), event) }

// State is where a message stands.
type State string

// The states.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed" // all attempts were in vain; a person may send it again
)

// message is one request to make of one endpoint.
type message struct {
	ID         int64
	EndpointID int64
	RemoteID   string
	Event      string
	Events     int
	Body       string
	State      State
	Attempts   int
	NextAt     time.Time
	CreatedAt  time.Time
}

// TableName is GORM's hook.
func (message) TableName() string { return "webhook_messages" }

// Attempt is one request that was made, and how it went.
type Attempt struct {
	ID         int64     `json:"-"`
	EndpointID int64     `json:"-"`
	MessageID  int64     `json:"message_id"`
	At         time.Time `json:"at"`
	Event      string    `json:"event"`
	Events     int       `json:"events" doc:"How many the request carried."`
	Attempt    int       `json:"attempt" doc:"From 1."`
	Status     int       `json:"status,omitempty" doc:"Of HTTP; absent without an answer."`
	DurationMS int64     `json:"duration_ms"`
	Answer     string    `json:"answer,omitempty" doc:"How the answer begins: 200 bytes at the most."`
	Error      string    `json:"error,omitempty" doc:"Why there was no answer."`
	State      State     `json:"state" gorm:"->;-:migration" enum:"pending,delivered,failed" doc:"Where its message stands now."`
	Latest     bool      `json:"-" gorm:"->;-:migration"` // of its message
}

// TableName is GORM's hook.
func (Attempt) TableName() string { return "webhook_attempts" }

// OK tells whether the endpoint took it.
func (a Attempt) OK() bool { return a.Status >= 200 && a.Status <= 299 }

// Milliseconds is how long the endpoint took.
func (a Attempt) Milliseconds() float64 { return float64(a.DurationMS) }

func (a Attempt) endedAt() time.Time { return a.At.Add(time.Duration(a.DurationMS) * time.Millisecond) }

// Event is one event as it is told. A request carries a JSON array of them.
type Event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}
