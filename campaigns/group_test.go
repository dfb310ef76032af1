package campaigns

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestGroupGathersWhileItDecides(t *testing.T) {
	t.Parallel()
	began, release := make(chan bool), make(chan bool)
	var batches []int
	g := newGroup(8, func(batch []int) ([]int, error) {
		batches = append(batches, len(batch)) // one at a time
		if len(batches) == 1 {
			began <- true
			<-release
		}
		answers := make([]int, len(batch))
		for i, n := range batch {
			answers[i] = n * n
		}
		return answers, nil
	})
	var all sync.WaitGroup
	ask := func(n int) {
		if got, err := g.ask(n); got != n*n || err != nil {
			t.Errorf("%d gave %d, %v", n, got, err)
		}
	}
	all.Go(func() { ask(0) })
	<-began
	for n := range 11 {
		all.Go(func() { ask(n) })
	}
	for g.waits() < 11 {
	}
	release <- true
	all.Wait()
	if want := []int{1, 8, 3}; !slices.Equal(batches, want) {
		t.Errorf("batches of %v, want %v", batches, want)
	}
	ask(7) // after a rest
}

func (g *group[Q, A]) waits() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

func TestGroupTellsTheGuilty(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		tries int
		fail  int
	}{
		"one at fault":     {errors.New("odd"), 5, 1},
		"no database":      {fault.New(fault.Unavailable, "", "Away."), 1, 4},
		"alone from start": {errors.New("odd"), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			g := newGroup(8, func(batch []int) ([]int, error) {
				tries++
				if slices.Contains(batch, 13) {
					return nil, c.err
				}
				return batch, nil
			})
			asks := []*question[int, int]{{ask: 13}, {ask: 1}, {ask: 2}, {ask: 3}}
			if c.tries == 1 && c.fail == 1 {
				asks = asks[:1]
			}
			g.settle(asks)
			failed := 0
			for _, q := range asks {
				if q.err != nil {
					failed++
				} else if q.answer != q.ask {
					t.Errorf("%d gave %d", q.ask, q.answer)
				}
			}
			if tries != c.tries || failed != c.fail {
				t.Errorf("%d tries, %d failed; want %d, %d", tries, failed, c.tries, c.fail)
			}
		})
	}
}

// Claims together come to what the same claims one by one come to.
func TestClaimsTogetherAndAlone(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		batch := d.mixedBatch(t, clock)
		var ends [2]string
		for i, together := range []bool{true, false} {
			undo := errors.New("undo")
			err := db.Write(t.Context(), func(tx *storage.Tx) error {
				size := 1
				if together {
					size = len(batch)
				}
				for piece := range slices.Chunk(batch, size) {
					if _, _, err := d.claimIn(tx, piece); err != nil {
						return err
					}
				}
				var rows []Delivery
				if err := tx.Order("id").Find(&rows).Error; err != nil {
					return err
				}
				ends[i] = fmt.Sprint(len(rows))
				for _, r := range rows {
					ends[i] += fmt.Sprintln(r.ID, r.State, r.Attempts, r.WakeAt, r.CalledAt, r.Error)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Fatal(err)
			}
		}
		if ends[0] != ends[1] {
			t.Errorf("together:\n%s\nalone:\n%s", ends[0], ends[1])
		}
		claimed, err := d.claimAll(batch)
		must(t, err)
		var states []State
		for _, c := range claimed {
			states = append(states, c.State)
		}
		want := []State{Publishing, Publishing, Cancelled, Expired, "", Scheduled, Publishing, ""}
		if !slices.Equal(states, want) {
			t.Errorf("%v, want %v", states, want)
		}
	})
}

// mixedBatch gives deliveries as eight jobs prepared them: two that may go, one
// of a cancelled post, an expired one, one that is paused, one whose account
// has a problem, one that was in doubt before, and the first once more.
func (d *desk) mixedBatch(t *testing.T, clock *storagetest.Clock) (batch []outgoing) {
	t.Helper()
	var ids []int64
	for i := range 7 {
		draft := d.draft()
		if i == 3 {
			draft.ExpiresAfter = 1
		}
		if i == 5 {
			draft.Accounts = []int64{d.other}
		}
		ids = append(ids, d.schedule(t, draft).ID)
	}
	must(t, d.accounts.SetProblem(t.Context(), d.other, "Sign in again.", ""))
	must(t, d.PauseScope(t.Context(), d.actor, OfPost(d.delivery(t, ids[4]).PostID)))
	must(t, d.db.Write(t.Context(), func(tx *storage.Tx) error {
		if err := tx.Exec("UPDATE posts SET cancelled_at = ? WHERE id = ?", tx.Now, d.delivery(t, ids[2]).PostID).Error; err != nil {
			return err
		}
		row, err := lockDelivery(tx, ids[6])
		if err != nil {
			return err
		}
		doubtful := row.claimed(tx.Now, usual).doubtful(tx.Now, connectors.KindUnknown, reason{}, usual)
		return d.move(tx, row, doubtful.again(*row.WakeAt, reason{message: "Not out."}))
	}))
	clock.Advance(usual.Lease)
	for _, id := range append(ids, ids[0]) {
		out, err := d.prepare(t.Context(), id)
		must(t, err)
		batch = append(batch, out)
	}
	return batch
}
