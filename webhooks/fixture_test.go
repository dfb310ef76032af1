package webhooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"fanfare/accounts"
	"fanfare/scheduler"
	"fanfare/storage"
)

var keeper = accounts.Actor{PersonID: 1, Role: accounts.Marketing}

// open gives the service of a machine of its own, with one person in it.
func open(t testing.TB, db *storage.DB, publicURL string) *Service {
	t.Helper()
	must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Exec("INSERT INTO people (id, email, name, role, created_at) VALUES (1, 'lei@example.com', 'Lei', 'admin', ?) ON CONFLICT DO NOTHING", tx.Now).Error
	}))
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	s, err := New(Options{DB: db, Jobs: jobs, Accounts: accounts.New(db, []byte("a secret for tests, and only for them")), PublicURL: publicURL})
	must(t, err)
	return s
}

const here = "http://127.0.0.1:8080"

// receiver is somebody's endpoint. It answers with status.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []received
}

type received struct {
	header http.Header
	body   string
}

// signedWith is the signature that a request must have by a secret.
func (r received) signedWith(t testing.TB, secret string) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	must(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.header.Get("webhook-id") + "." + r.header.Get("webhook-timestamp") + "." + r.body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, received{request.Header, string(body)})
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, strings.Repeat("é", 150))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) make(t testing.TB, s *Service, events ...string) (Endpoint, string) {
	t.Helper()
	e, secret, err := s.Create(t.Context(), keeper, EndpointDraft{URL: r.URL + "/hook", Events: events})
	must(t, err)
	return e, secret
}

// tell hands over numbers as events.
func tell(s *Service, event string, numbers ...int) error {
	return s.db.Write(context.Background(), func(tx *storage.Tx) error {
		return s.Tell(tx, event, func() []any {
			var data []any
			for _, n := range numbers {
				data = append(data, n)
			}
			return data
		})
	})
}

func messages(t testing.TB, db *storage.DB) (list []message) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Order("id").Find(&list).Error }))
	return list
}

// jobs counts those that wait, to the message they are about.
func jobs(t testing.TB, db *storage.DB) map[int64]int {
	t.Helper()
	found, text := map[int64]int{}, "CAST(args AS TEXT)"
	if db.Dialect() == storage.SQLite {
		text = "json(args)" // kept in SQLite's binary form
	}
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		var all []string
		if err := tx.Raw("SELECT " + text + " FROM river_job WHERE kind = 'webhooks.deliver'").Scan(&all).Error; err != nil {
			return err
		}
		for _, one := range all {
			var job deliverJob
			must(t, json.Unmarshal([]byte(one), &job))
			found[job.Message]++
		}
		return nil
	}))
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
