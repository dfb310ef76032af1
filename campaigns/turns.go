package campaigns

import (
	"cmp"
	"container/heap"
	"context"
	"sync"
)

// mostCalls is how many calls to one network are under way at a time: enough
// for thousands of posts to leave within seconds though each answer takes some
// tenths of one, and few enough not to drown in connections.
const mostCalls = 512

// turns has deliveries that are due together call their network in due order.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting turnQueue
}

// turn is a delivery that waits for its turn.
type turn struct {
	delivery Delivery
	come     chan struct{} // closed when it has it
	gone     bool          // it waits no more
}

func newTurns(free int) *turns { return &turns{free: free} }

// take returns nil when the delivery may call, which it must end with give.
func (t *turns) take(ctx context.Context, d Delivery) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	mine := &turn{delivery: d, come: make(chan struct{})}
	heap.Push(&t.waiting, mine)
	t.mu.Unlock()
	select {
	case <-mine.come:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-mine.come: // at the same instant
		return nil
	default:
		mine.gone = true
		return ctx.Err()
	}
}

// give ends a turn, and begins that of the delivery that was due first.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.waiting) > 0 {
		if next := heap.Pop(&t.waiting).(*turn); !next.gone {
			close(next.come)
			return
		}
	}
	t.free++
}

// turnQueue is a heap: what was due first has its turn first, and of that what
// has the higher priority.
type turnQueue []*turn

func (q turnQueue) Len() int      { return len(q) }
func (q turnQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q turnQueue) Less(i, j int) bool {
	a, b := q[i].delivery, q[j].delivery
	return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID)) < 0
}
func (q *turnQueue) Push(x any) { *q = append(*q, x.(*turn)) }
func (q *turnQueue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return x
}
