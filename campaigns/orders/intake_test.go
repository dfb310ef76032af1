package orders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// Stores retry, all at once and through any of our processes: each order must
// be stored once and be new to one of those who sent it.
func TestOrdersSentByManyAreStoredOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		const orders, senders = 500, 32
		s := openShop(t, db)
		services := []*Service{s.Service}
		if db.Dialect() == storage.Postgres {
			services = append(services, startService(t, db))
		}
		var fresh [orders]atomic.Int64
		var all sync.WaitGroup
		for sender := range senders {
			all.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(sender)))
				for _, n := range random.Perm(orders) {
					r, err := services[sender%len(services)].Take(t.Context(), s.order(fmt.Sprint(n)))
					if err != nil || !r.Attributed {
						t.Errorf("order %d: %+v, %v", n, r, err)
						return
					}
					if !r.Replayed {
						fresh[n].Add(1)
					}
				}
			})
		}
		all.Wait()
		for n := range fresh {
			if got := fresh[n].Load(); got != 1 {
				t.Errorf("order %d was new %d times", n, got)
			}
		}
		if got := len(orderRows(t, db)); got != orders {
			t.Errorf("%d orders are stored, want %d", got, orders)
		}
	})
}

func TestOneBatchKeepsTheFirstOfEachKey(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		var batch []*pendingOrder
		for _, total := range []int64{1, 2, 1, 3} {
			o := s.order("1")
			o.Total = total
			p, err := s.prepareOrder(t.Context(), o)
			must(t, err)
			batch = append(batch, p)
		}
		commitOrders(db, batch, tellNobody)
		if r := batch[0]; r.err != nil || r.receipt.Replayed || !r.receipt.Attributed {
			t.Errorf("the first: %+v, %v", r.receipt, r.err)
		}
		if r := batch[2]; r.err != nil || !r.receipt.Replayed || !r.receipt.Attributed {
			t.Errorf("the same again: %+v, %v", r.receipt, r.err)
		}
		for _, p := range []*pendingOrder{batch[1], batch[3]} {
			if !fault.Is(p.err, fault.Conflict) {
				t.Errorf("another: %v", p.err)
			}
		}
		if rows := orderRows(t, db); len(rows) != 1 || rows[0].Total != 1 {
			t.Errorf("kept %+v", rows)
		}
	})
}

func TestOnePoisonousOrderDoesNotSinkTheOthers(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		poison(t, db)
		var batch []*pendingOrder
		for _, id := range []string{"1", "poison", "2"} {
			p, err := s.prepareOrder(t.Context(), s.order(id))
			must(t, err)
			batch = append(batch, p)
		}
		commitOrders(db, batch, tellNobody)
		if batch[0].err != nil || batch[2].err != nil || !batch[2].receipt.Attributed {
			t.Errorf("the good ones: %v, %v", batch[0].err, batch[2].err)
		}
		if !fault.Is(batch[1].err, fault.Unavailable) {
			t.Errorf("the bad one: %v", batch[1].err)
		}
		if got := len(orderRows(t, db)); got != 2 {
			t.Errorf("%d orders are stored, want 2", got)
		}
	})
}

// poison has the database refuse an order that validation lets through.
func poison(t *testing.T, db *storage.DB) {
	t.Helper()
	statement := `CREATE TRIGGER poison BEFORE INSERT ON orders WHEN NEW.order_id = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END`
	if db.Dialect() == storage.Postgres {
		statement = `ALTER TABLE orders ADD CHECK (order_id <> 'poison')`
	}
	_, err := db.SQL().Exec(statement)
	must(t, err)
}

func TestFullDiskIsTold(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	s := openShop(t, db)
	var pages int
	must(t, db.SQL().QueryRow("PRAGMA page_count").Scan(&pages))
	limit := func(pages int) {
		_, err := db.SQL().Exec(fmt.Sprint("PRAGMA max_page_count = ", pages))
		must(t, err)
	}
	limit(pages)
	var stored int
	var err error
	for err == nil && stored < 1000 {
		if _, err = s.Take(t.Context(), s.order(fmt.Sprint(stored))); err == nil {
			stored++
		}
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.Key != "storage.full" {
		t.Fatalf("after %d orders: %v", stored, err)
	}
	if got := len(orderRows(t, db)); got != stored {
		t.Errorf("%d orders are stored, %d were confirmed", got, stored)
	}
	limit(1 << 20)
	if r, err := s.Take(t.Context(), s.order(fmt.Sprint(stored))); err != nil || r.Replayed {
		t.Errorf("with room again: %+v, %v", r, err)
	}
}

func TestStopCommitsWhatItConfirmed(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		const orders = 300
		var confirmed, refused atomic.Int64
		var all sync.WaitGroup
		for n := range orders {
			all.Go(func() {
				if n == orders/2 {
					s.Stop()
				}
				_, err := s.Take(t.Context(), s.order(fmt.Sprint(n)))
				switch {
				case err == nil:
					confirmed.Add(1)
				case fault.Is(err, fault.Unavailable):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := int64(len(orderRows(t, db))); got != confirmed.Load() || refused.Load() == 0 {
			t.Errorf("%d orders are stored, %d were confirmed, %d refused", got, confirmed.Load(), refused.Load())
		}
		s.Stop()
	})
}

// An intake whose committers never come shows what callers are told who cannot
// wait.
func TestCallersAreNotHeldForEver(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	s := openShop(t, db)
	p, err := s.prepareOrder(t.Context(), s.order("1"))
	must(t, err)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	i := newIntake(s.Service)
	for _, step := range []struct {
		key  string
		kind fault.Kind
	}{
		{"order.closed", fault.Unavailable},
		{"order.unknown_outcome", fault.Unavailable}, // the batch takes it, nobody commits it
		{"order.too_many", fault.Limited},            // the batch is full
	} {
		_, err := i.take(gone, p)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != step.kind || f.Key != step.key {
			t.Errorf("%v, want %s", err, step.key)
		}
		if i.open {
			i.gathering.orders = make([]*pendingOrder, intakeBatch)
		}
		i.open = true
	}
}

// openIntake is an intake without a committer.
func openIntake(expected int) *intake {
	return &intake{open: true, expected: expected, gathering: newBatch(expected), ready: make(chan struct{}, 1), delay: time.NewTimer(intakeDelay)}
}

func TestABatchWaitsForTheExpectedAndNoLonger(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		there, expected int
		stopped         bool
	}{
		{"nobody is expected", 1, 0, false},
		{"more are there than are expected", 10, 3, false},
		{"fewer come than are expected", 3, 50, false},
		{"it stops while more are expected", 3, 50, true},
		{"more are expected than a batch holds", intakeBatch, 2 * intakeBatch, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			i := openIntake(test.expected)
			for range test.there {
				_, full, err := i.tryJoin(new(pendingOrder))
				if must(t, err); full != nil {
					t.Fatal("the batch is full")
				}
			}
			if test.stopped {
				close(i.ready)
			}
			b := i.gathering
			if orders, complete := i.next(b, 0, intakeBatch); len(orders) != test.there || !complete {
				t.Errorf("%d orders, complete %v, want %d", len(orders), complete, test.there)
			}
			if i.gathering == b {
				t.Error("more can join what is complete")
			}
		})
	}
}

// Whoever joins while batches are taken is in one piece of one batch, and in the
// batch on which it waits.
func TestEachOrderIsInOneBatch(t *testing.T) {
	t.Parallel()
	const orders, senders = 5000, 16
	i := openIntake(1)
	where := make(map[*pendingOrder]*batch)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for range orders / senders {
				p := new(pendingOrder)
				b, err := i.join(t.Context(), p)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				where[p] = b
				mu.Unlock()
			}
		})
	}
	taken := make(map[*pendingOrder]*batch)
	random := rand.New(rand.NewPCG(1, 2))
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for end := false; !end; {
		select {
		case <-done:
			end = true
		default:
		}
		i.mu.Lock()
		b := i.gathering
		i.expected = random.IntN(40)
		i.mu.Unlock()
		i.delay.Reset(0)
		n := 0
		for piece := range i.pieces(b) {
			for _, p := range piece {
				if taken[p] != nil {
					t.Fatal("an order is in two pieces")
				}
				taken[p] = b
			}
			n += len(piece)
		}
		if n != len(b.orders) {
			t.Fatalf("%d orders in pieces of a batch of %d", n, len(b.orders))
		}
	}
	if !maps.Equal(where, taken) || len(taken) != orders/senders*senders {
		t.Errorf("%d orders joined, %d were taken", len(where), len(taken))
	}
}
