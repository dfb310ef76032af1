package app

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
	"fanfare/webhooks"
)

// TestWebhooksSurviveKills kills the program three times while it takes orders
// and tells an endpoint of them. Of every order that was acknowledged the
// endpoint hears at least once, under one id whenever it hears again.
func TestWebhooksSurviveKills(t *testing.T) {
	t.Parallel()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			e := newEar(t)
			x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
			s := newShop(t, storagetest.URL(t, dialect), 1, "FANFARE_X_URL="+listen(t, x))
			link := makeLink(t, s.clients[0], x)
			s.token = link[strings.LastIndex(link, "/")+1:]
			if err := s.clients[0].post(t.Context(), "/api/v1/webhooks", map[string]any{"url": e.url, "events": []string{webhooks.OrderAttributed}}, nil); err != nil {
				t.Fatal(err)
			}
			s.sendThroughKills(3)
			s.check()
			e.await(s)
		})
	}
}

// ear is an endpoint that is slow, refuses some requests at first, and notes
// what it was told.
type ear struct {
	*testing.T
	url string

	mu     sync.Mutex
	orders map[string]int    // by id: in how many requests that it took
	bodies map[string]string // by webhook-id
}

func newEar(t *testing.T) *ear {
	e := &ear{T: t, orders: make(map[string]int), bodies: make(map[string]string)}
	e.url = listen(t, e)
	return e
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed
	}
	time.Sleep(rand.N(20 * time.Millisecond))
	e.mu.Lock()
	defer e.mu.Unlock()
	id := r.Header.Get("Webhook-Id")
	before, again := e.bodies[id]
	e.bodies[id] = string(body)
	if again && before != string(body) {
		e.Errorf("message %s came with another body", id)
	}
	if !again && rand.N(5) == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var events []struct{ Data orders.Order }
	if err := json.Unmarshal(body, &events); err != nil {
		e.Error(err)
	}
	for _, event := range events {
		e.orders[event.Data.OrderID]++
	}
}

// await waits until nothing is to be told any more, and looks for what was not.
// On PostgreSQL River takes up what a killed process was telling after half a
// minute or a whole one: it might be another's, at work.
func (e *ear) await(s *shop) {
	e.Helper()
	db, err := storage.Open(s.Context(), storage.Config{URL: s.database})
	if err != nil {
		e.Fatal(err)
	}
	defer db.Close()
	ctx := context.WithoutCancel(s.Context())
	pending := int64(1)
	for deadline := time.Now().Add(100 * time.Second); err == nil && pending > 0; time.Sleep(50 * time.Millisecond) {
		err = db.Read(ctx, func(tx *storage.Tx) error {
			return tx.Raw("SELECT COUNT(*) FROM webhook_messages WHERE state = ?", webhooks.Pending).Row().Scan(&pending)
		})
		if time.Now().After(deadline) {
			e.Fatalf("%d messages are still to be told", pending)
		}
	}
	if err != nil {
		e.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	twice := 0
	for id := range s.acknowledged {
		if e.orders[id] == 0 {
			e.Errorf("order %s was acknowledged, and nobody told", id)
		}
		if e.orders[id] > 1 {
			twice++
		}
	}
	e.Logf("%d orders told in %d messages, %d of them more than once", len(e.orders), len(e.bodies), twice)
}
