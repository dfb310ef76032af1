package webhooks

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestAnEndpointThatHangsKeepsNobodyElse: of the messages to it so many are
// under way and the others stand back, while another endpoint is told.
func TestAnEndpointThatHangsKeepsNobodyElse(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s, lively := open(t, db, here), newReceiver(t)
		called, let, ended := make(chan struct{}), make(chan struct{}), make(chan struct{}, maxAtOnce)
		hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			called <- struct{}{}
			<-let
			panic(http.ErrAbortHandler) // no answer in the end
		}))
		t.Cleanup(hanging.Close)
		_, _, err := s.Create(t.Context(), keeper, EndpointDraft{URL: hanging.URL, Events: []string{PostFailed}})
		must(t, err)
		for n := range 2 * maxAtOnce {
			must(t, tell(s, PostFailed, n))
		}
		waiting := messages(t, db)
		lively.make(t, s, PostPublished)
		var under sync.WaitGroup
		for _, m := range waiting[:maxAtOnce] {
			under.Go(func() {
				_ = s.deliver(t.Context(), deliverJob{m.ID})
				ended <- struct{}{}
			})
			<-called
		}
		standsBack := func(m message, least time.Duration) {
			t.Helper()
			var snooze *river.JobSnoozeError
			if err := s.deliver(t.Context(), deliverJob{m.ID}); !errors.As(err, &snooze) || snooze.Duration < least || snooze.Duration >= 2*least {
				t.Errorf("message %d does not stand back for %s: %v", m.ID, least, err)
			}
		}
		for _, m := range waiting[maxAtOnce:] {
			standsBack(m, standBack)
		}
		must(t, tell(s, PostPublished, 1))
		must(t, s.deliver(t.Context(), deliverJob{messages(t, db)[len(waiting)].ID}))
		if len(lively.got) != 1 {
			t.Error("the other endpoint was not told")
		}
		let <- struct{}{} // one ends without an answer, and the next takes its place
		<-ended
		under.Go(func() { _ = s.deliver(t.Context(), deliverJob{waiting[maxAtOnce].ID}) })
		<-called
		standsBack(waiting[maxAtOnce+1], standBackSilent)
		close(let)
		under.Wait()
		for _, m := range messages(t, db)[maxAtOnce+1 : 2*maxAtOnce] {
			if m.Attempts != 0 {
				t.Errorf("standing back counts as an attempt: %+v", m)
			}
		}
	})
}

// TestTheWorkersSuffice: all endpoints at their most leave some over.
func TestTheWorkersSuffice(t *testing.T) {
	t.Parallel()
	if maxEndpoints*maxAtOnce >= scheduler.WebhookWorkers {
		t.Errorf("%d endpoints with %d requests each take all workers of the queue", maxEndpoints, maxAtOnce)
	}
}

// TestASecretIsReplacedWithoutAGap: for a day both secrets fit.
func TestASecretIsReplacedWithoutAGap(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		e, first := r.make(t, s, PostFailed)
		signed := func(secrets ...string) {
			t.Helper()
			must(t, tell(s, PostFailed, 1))
			list := messages(t, db)
			must(t, s.deliver(t.Context(), deliverJob{list[len(list)-1].ID}))
			got := r.got[len(r.got)-1]
			var want []string
			for _, secret := range secrets {
				want = append(want, got.signedWith(t, secret))
			}
			if header := got.header.Get("webhook-signature"); header != strings.Join(want, " ") {
				t.Errorf("signed as %q, want %q", header, want)
			}
		}
		signed(first)
		rotated, second, err := s.Rotate(t.Context(), keeper, e.ID)
		if err != nil || second == first || rotated.Sealed != nil || rotated.OldSealed != nil || !rotated.OldEndsAt.Equal(clock.Now().Add(rotateFor)) {
			t.Fatalf("%+v, %v", rotated, err)
		}
		signed(second, first)
		_, third, err := s.Rotate(t.Context(), keeper, e.ID)
		must(t, err)
		signed(third, second)
		clock.Advance(rotateFor)
		signed(third)
		if _, _, err := s.Rotate(t.Context(), keeper, e.ID+1); !fault.Is(err, fault.NotFound) {
			t.Errorf("of an endpoint that is not there: %v", err)
		}
		if _, _, err := s.Rotate(t.Context(), accounts.Actor{PersonID: 1, Role: accounts.Fan}, e.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by a fan: %v", err)
		}
	})
}
