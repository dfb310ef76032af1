package campaigns

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// queued returns when so many wait.
func (t *turns) queued(n int) {
	for {
		t.mu.Lock()
		waiting := len(t.waiting)
		t.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

func TestTurnsFollowTheDueInstants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		late := rapid.SliceOfN(rapid.Int64Range(0, 5), 1, 30).Draw(rt, "due")
		turns := newTurns(1)
		must(t, turns.take(t.Context(), Delivery{}))
		var mu sync.Mutex
		var got []Delivery
		var all sync.WaitGroup
		for i, due := range late {
			d := Delivery{ID: int64(i), DueAt: noon.Add(time.Duration(due) * time.Second), Priority: i % 3}
			all.Go(func() {
				must(t, turns.take(t.Context(), d))
				mu.Lock()
				got = append(got, d)
				mu.Unlock()
				turns.give()
			})
		}
		turns.queued(len(late))
		turns.give()
		all.Wait()
		if !slices.IsSortedFunc(got, func(a, b Delivery) int {
			return cmp.Or(a.DueAt.Compare(b.DueAt), b.Priority-a.Priority)
		}) {
			rt.Errorf("out of order: %v", got)
		}
	})
}

func TestTurnsAreNotLostWithWhoLeaves(t *testing.T) {
	t.Parallel()
	turns := newTurns(1)
	must(t, turns.take(t.Context(), Delivery{}))
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- turns.take(ctx, Delivery{ID: 1}) }()
	turns.queued(1)
	leave()
	if err := <-left; err == nil {
		t.Fatal("no error")
	}
	turns.give()
	must(t, turns.take(t.Context(), Delivery{ID: 2}))
	turns.give()
}
