package campaigns

import (
	"sync"

	"fanfare/fault"
)

// group decides together what many ask at once: while one batch is decided,
// the next one gathers, so that all who wait share one transaction and one disk
// flush. Nobody waits for a batch to fill.
type group[Q, A any] struct {
	// decide answers a batch, each question in its place, or fails as a whole.
	decide func(batch []Q) ([]A, error)
	most   int // questions in a batch

	mu      sync.Mutex
	waiting []*question[Q, A]
	busy    bool // a goroutine is deciding, and will see to all that waits
}

type question[Q, A any] struct {
	ask     Q
	answer  A
	err     error
	settled chan struct{} // closed once answer and err may be read
}

func newGroup[Q, A any](most int, decide func(batch []Q) ([]A, error)) *group[Q, A] {
	return &group[Q, A]{decide: decide, most: most}
}

// ask returns when the batch with the question in it is decided. It cannot be
// given up: who left would not know what was decided.
func (g *group[Q, A]) ask(ask Q) (A, error) {
	q := &question[Q, A]{ask: ask, settled: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, q)
	if !g.busy {
		g.busy = true
		go g.run()
	}
	g.mu.Unlock()
	<-q.settled
	return q.answer, q.err
}

// run decides batch after batch until nobody waits.
func (g *group[Q, A]) run() {
	for batch := g.next(); len(batch) > 0; batch = g.next() {
		g.settle(batch)
		for _, q := range batch {
			close(q.settled)
		}
	}
}

func (g *group[Q, A]) next() []*question[Q, A] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), g.most)
	batch := g.waiting[:n:n]
	if g.waiting = g.waiting[n:]; len(g.waiting) == 0 {
		g.waiting = nil // or the array would keep what is settled
	}
	g.busy = n > 0
	return batch
}

// settle sets the outcome of each question. When a batch fails although the
// database is there, each question is tried alone, so that one that cannot be
// decided does not sink the others.
func (g *group[Q, A]) settle(batch []*question[Q, A]) {
	asks := make([]Q, len(batch))
	for i, q := range batch {
		asks[i] = q.ask
	}
	answers, err := g.decide(asks)
	alone := err != nil && len(batch) > 1 && !fault.Is(err, fault.Unavailable)
	for i, q := range batch {
		switch {
		case alone:
			g.settle(batch[i : i+1])
		case err != nil:
			q.err = err
		default:
			q.answer = answers[i]
		}
	}
}
