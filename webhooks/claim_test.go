package webhooks

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestWhoSendsGoesOn: with one answer that is well, all that is due to the
// endpoint goes out, and nothing that is not.
func TestWhoSendsGoesOn(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r, other := open(t, db, here), newReceiver(t), newReceiver(t)
		r.make(t, s, PostFailed)
		other.make(t, s, PostPublished)
		r.answer(http.StatusServiceUnavailable)
		for n := range 4 {
			must(t, tell(s, PostFailed, n))
		}
		must(t, tell(s, PostPublished, 9))
		if err := s.deliver(t.Context(), deliverJob{1}); err == nil || len(r.got) != 1 {
			t.Fatalf("went on after a failure: %v, %d requests", err, len(r.got))
		}
		r.answer(http.StatusOK)
		must(t, s.deliver(t.Context(), deliverJob{3}))
		states := map[int64]State{}
		for _, m := range messages(t, db) {
			states[m.ID] = m.State
		}
		if len(r.got) != 4 || states[1] != Pending || states[2] != Delivered || states[3] != Delivered || states[4] != Delivered || states[5] != Pending {
			t.Errorf("%d requests; %v", len(r.got), states)
		}
		for _, id := range []int64{2, 3, 4} { // the jobs that are left find nothing to do
			must(t, s.deliver(t.Context(), deliverJob{id}))
		}
		clock.Advance(pauses[0])
		must(t, s.deliver(t.Context(), deliverJob{1}))
		if len(r.got) != 5 || len(other.got) != 0 {
			t.Errorf("%d requests, %d of the other's", len(r.got), len(other.got))
		}
	})
}

// TestAMessageIsClaimed: nobody else sends what somebody has begun to send,
// until that one must be dead.
func TestAMessageIsClaimed(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		r.make(t, s, PostFailed)
		must(t, tell(s, PostFailed, 1))
		m := messages(t, db)[0]
		first, ok, err := s.claim(t.Context(), m)
		if err != nil || !ok || !first.NextAt.Equal(clock.Now().Add(claimedFor)) {
			t.Fatalf("%v %v", ok, err)
		}
		if _, ok, err := s.claim(t.Context(), m); ok || err != nil {
			t.Errorf("claimed twice: %v", err)
		}
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			if next, err := claimNext(tx, m.EndpointID); next != nil || err != nil {
				t.Errorf("claimed as the next: %+v, %v", next, err)
			}
			return nil
		}))
		var snooze *river.JobSnoozeError
		if err := s.deliver(t.Context(), deliverJob{m.ID}); !errors.As(err, &snooze) || snooze.Duration != claimedFor || len(r.got) != 0 {
			t.Errorf("sent by two: %v", err)
		}
		clock.Advance(claimedFor)
		must(t, s.deliver(t.Context(), deliverJob{m.ID}))
		if len(r.got) != 1 {
			t.Errorf("%d requests after its claim was over", len(r.got))
		}
	})
}

// TestAFrozenProcessSendsNothing: what it claimed may be another's by now.
func TestAFrozenProcessSendsNothing(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		r.make(t, s, PostFailed)
		must(t, tell(s, PostFailed, 1))
		frozen, ok, err := s.claim(t.Context(), messages(t, db)[0])
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		e, _, err := s.load(t.Context(), frozen.ID) // with its secret
		must(t, err)
		clock.Advance(claimedFor - sendWithin + time.Millisecond)
		var snooze *river.JobSnoozeError
		if _, _, _, err := s.try(t.Context(), e, frozen, pauses, clock.Now()); !errors.As(err, &snooze) || len(r.got) != 0 {
			t.Errorf("%d requests, %v", len(r.got), err)
		}
	})
}

// TestAnAnswerAfterTheClaimChangesNothing: another has sent the message
// meanwhile, and noted what came of it.
func TestAnAnswerAfterTheClaimChangesNothing(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := open(t, db, here)
		var quick func()
		slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if first := quick; first != nil {
				quick = nil
				clock.Advance(claimedFor)
				first()
				w.WriteHeader(http.StatusBadGateway)
			}
		}))
		t.Cleanup(slow.Close)
		_, _, err := s.Create(t.Context(), keeper, EndpointDraft{URL: slow.URL, Events: []string{PostFailed}})
		must(t, err)
		must(t, tell(s, PostFailed, 1))
		quick = func() { must(t, s.deliver(t.Context(), deliverJob{1})) }
		_ = s.deliver(t.Context(), deliverJob{1}) // asks to be called again, and will find it delivered
		if m := messages(t, db)[0]; m.State != Delivered {
			t.Errorf("%+v", m)
		}
	})
}

// TestAJobClaimsNothingWhenItsTimeIsOver: nobody would send it.
func TestAJobClaimsNothingWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, calls := open(t, db, here), 0
		slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			calls++
			clock.Advance(drainFor / 2)
		}))
		t.Cleanup(slow.Close)
		_, _, err := s.Create(t.Context(), keeper, EndpointDraft{URL: slow.URL, Events: []string{PostFailed}})
		must(t, err)
		for n := range 3 {
			must(t, tell(s, PostFailed, n))
		}
		must(t, s.deliver(t.Context(), deliverJob{1}))
		if calls != 2 {
			t.Errorf("%d requests", calls)
		}
		if left := messages(t, db)[2]; left.NextAt.After(clock.Now()) {
			t.Errorf("the next message is kept from others: %+v", left)
		}
	})
}

// TestThePauseBeginsWhenARequestEnds, not when it began: one without an answer
// takes longer than the first pause.
func TestThePauseBeginsWhenARequestEnds(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := open(t, db, here)
		hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			clock.Advance(sendWithin)
			panic(http.ErrAbortHandler)
		}))
		t.Cleanup(hanging.Close)
		_, _, err := s.Create(t.Context(), keeper, EndpointDraft{URL: hanging.URL, Events: []string{PostFailed}})
		must(t, err)
		must(t, tell(s, PostFailed, 1))
		var snooze *river.JobSnoozeError
		if err := s.deliver(t.Context(), deliverJob{1}); !errors.As(err, &snooze) || snooze.Duration != pauses[0] {
			t.Errorf("%v", err)
		}
	})
}
