package webhooks

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

const (
	maxEvents = 500             // in one request
	wishTTL   = 5 * time.Second // how long an endpoint made in another process may be unknown here
)

// Tell has events of one type told to every endpoint that wants them, once the
// transaction commits, and only then. It asks for their data only when somebody
// wants them: otherwise it costs a look into memory.
func (s *Service) Tell(tx *storage.Tx, event string, data func() []any) error {
	wanted, err := s.wishes.want(tx, event)
	if err != nil || !wanted {
		return err
	}
	endpoints, err := listening(tx, event)
	if err != nil || len(endpoints) == 0 {
		return err
	}
	var messages []message
	for some := range slices.Chunk(data(), maxEvents) {
		body, err := bodyOf(event, tx.Now, some)
		if err != nil {
			return err
		}
		for _, e := range endpoints {
			messages = append(messages, newMessage(tx, e, event, len(some), body))
		}
	}
	return s.store(tx, messages)
}

// store writes messages down, with a job for each.
func (s *Service) store(tx *storage.Tx, messages []message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := tx.Create(&messages).Error; err != nil {
		return err
	}
	jobs := make([]scheduler.Entry, len(messages))
	for i, m := range messages {
		jobs[i] = scheduler.Entry{Job: deliverJob{m.ID}, Queue: scheduler.QueueWebhooks}
	}
	return s.jobs.Enqueue(tx, jobs...)
}

func newMessage(tx *storage.Tx, e Endpoint, event string, events int, body string) message {
	return message{
		EndpointID: e.ID, RemoteID: "msg_" + rand.Text(), Event: event, Events: events, Body: body,
		State: Pending, NextAt: tx.Now, CreatedAt: tx.Now,
	}
}

func bodyOf(event string, now time.Time, data []any) (string, error) {
	events := make([]Event, len(data))
	for i, one := range data {
		events[i] = Event{Type: event, Timestamp: now, Data: one}
	}
	body, err := json.Marshal(events)
	return string(body), fault.Wrap(err, "write events")
}

// listening gives the endpoints that want an event, as the transaction sees them.
func listening(tx *storage.Tx, event string) ([]Endpoint, error) {
	var all []Endpoint
	err := tx.Where("disabled_at IS NULL").Order("id").Find(&all).Error
	return slices.DeleteFunc(all, func(e Endpoint) bool { return !e.wants(event) }), err
}

// wishes remembers which events anybody wants.
type wishes struct {
	mu      sync.Mutex
	events  map[string]bool // nil when not known
	readAt  time.Time
	changed int // how often forget was called
}

// want tells whether anybody wants an event.
func (w *wishes) want(tx *storage.Tx, event string) (bool, error) {
	w.mu.Lock()
	events, age, changed := w.events, tx.Now.Sub(w.readAt), w.changed
	w.mu.Unlock()
	if events != nil && age >= 0 && age < wishTTL {
		return events[event], nil
	}
	var all []string
	if err := tx.Model(&Endpoint{}).Where("disabled_at IS NULL").Pluck("events", &all).Error; err != nil {
		return false, err
	}
	events = make(map[string]bool)
	for _, one := range strings.Fields(strings.Join(all, " ")) {
		events[one] = true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changed == changed { // or an endpoint was made meanwhile that this transaction cannot see
		w.events, w.readAt = events, tx.Now
	}
	return events[event], nil
}

// forget has it read again.
func (w *wishes) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events, w.changed = nil, w.changed+1
}
