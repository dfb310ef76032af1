package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/storage"
)

// While the database keeps everybody waiting, people and programs are told so.
func TestWhoWaitsForTheDatabaseIsTold(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Marketing)
	h.server.patience = 100 * time.Millisecond
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- h.db.Write(t.Context(), func(*storage.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	status, answer := h.call(h.adminKey, "POST", "/api/v1/ideas", map[string]any{"title": "A brighter flash", "body": "So that evenings have colours."})
	if status != http.StatusServiceUnavailable || answer["detail"] != "The database does not answer. Please try again in a moment." {
		t.Errorf("a program: %d %v", status, answer)
	}
	if status, page, _ := b.post("/ideas/new", url.Values{"title": {"A brighter flash"}, "body": {"So that evenings have colours."}}); status != http.StatusServiceUnavailable {
		t.Errorf("a person: %d %s", status, page)
	}
	close(release)
	h.must(<-done)
	h.server.patience = time.Minute
	if status, answer := h.call(h.adminKey, "POST", "/api/v1/ideas", map[string]any{"title": "A brighter flash", "body": "So that evenings have colours."}); status != http.StatusCreated {
		t.Errorf("afterwards: %d %v", status, answer)
	}
}

func TestWhatMayTakeLong(t *testing.T) {
	t.Parallel()
	s := &Server{patience: time.Minute}
	for request, long := range map[string]bool{
		"GET /ideas": false, "GET /calendar": false, "POST /api/v1/posts/1/cancel": false, "GET /api/v1/orders": false,
		"POST /api/v1/orders/s/1/refund": false, "GET /campaigns/1/drop": false, "GET /ideas/export-of-ideas": false,
		"POST /api/v1/orders": true, "POST /api/v1/orders/batch": true, "GET /r/abc": true, "GET /static/page.css": true,
		"GET /campaigns/1/drop/events": true, "GET /ranking/export": true, "GET /api/v1/ideas/export": true,
	} {
		method, path, _ := strings.Cut(request, " ")
		r, cancel := s.limited(httptest.NewRequestWithContext(t.Context(), method, path, nil))
		defer cancel()
		if _, limited := r.Context().Deadline(); limited == long {
			t.Errorf("%s: limited %v", request, limited)
		}
	}
	upload := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/media", nil)
	upload.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r, cancel := s.limited(upload)
	defer cancel()
	if _, limited := r.Context().Deadline(); limited {
		t.Error("an upload is limited")
	}
}
