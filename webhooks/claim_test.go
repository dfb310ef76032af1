package webhooks

import (
	"errors"
	"net/http"
	"testing"

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
