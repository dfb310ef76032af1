package orders

import (
	"context"
	"sync"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

const (
	intakeQueue   = 4096 // orders that wait for a batch
	intakeBatch   = 1000 // orders in one transaction at the most
	intakeWait    = 2 * time.Second
	commitTimeout = 30 * time.Second

	// intakeDelay is how long a batch waits at the most for those who are
	// expected. PostgreSQL's commit_delay does the same.
	intakeDelay = time.Millisecond
)

// expectedPercent is how many of those who were just answered, and of those who
// wait already, a batch waits for. PostgreSQL works in a process of its own:
// there it is better to have the next batch begun. Measured on two processors.
var expectedPercent = map[storage.Dialect]int{storage.SQLite: 67, storage.Postgres: 50}

// intake is the group commit: while one batch of orders is made durable, the
// next one gathers, so that the price of a disk flush is shared by all who
// wait for it.
type intake struct {
	db    *storage.DB
	count func(Receipt, error)
	tell  tellFunc
	queue chan *pendingOrder
	loop  sync.WaitGroup

	mu   sync.RWMutex // read-held while sending to the queue
	open bool
}

func newIntake(s *Service) *intake {
	return &intake{db: s.db, count: s.metrics.order, tell: s.telling, queue: make(chan *pendingOrder, intakeQueue)}
}

func (i *intake) start() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open = true
	i.loop.Go(i.run)
}

// stop refuses new orders and returns when those in the queue are committed.
func (i *intake) stop() {
	i.mu.Lock()
	if i.open {
		i.open = false
		close(i.queue)
	}
	i.mu.Unlock()
	i.loop.Wait()
}

// take hands an order to the committer and waits for the outcome.
func (i *intake) take(ctx context.Context, p *pendingOrder) (Receipt, error) {
	if err := i.enqueue(ctx, p); err != nil {
		return Receipt{}, err
	}
	select {
	case <-p.settled:
		return p.receipt, p.err
	case <-ctx.Done():
		return Receipt{}, &fault.Error{
			Kind: fault.Unavailable, Key: "order.unknown_outcome", Err: ctx.Err(),
			Message: "The request ended before the order was confirmed, so it may or may not be stored. Send it again: it is stored once however often it is sent.",
		}
	}
}

func (i *intake) enqueue(ctx context.Context, p *pendingOrder) error {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if !i.open {
		return fault.New(fault.Unavailable, "order.closed", "The service is stopping. The order was not stored; send it again.")
	}
	select {
	case i.queue <- p:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, intakeWait)
	defer cancel()
	select {
	case i.queue <- p:
		return nil
	case <-ctx.Done():
		return &fault.Error{
			Kind: fault.Limited, Key: "order.too_many", RetryAfter: time.Second, Err: ctx.Err(),
			Message: "More orders come than can be stored. This one was not; send it again.",
		}
	}
}

func (i *intake) run() {
	expected := 1
	for first := range i.queue {
		batch := i.gather(first, expected)
		commitOrders(i.db, batch, i.tell)
		// Those who are answered now are likely to send again at once. Without a
		// wait for most of them they would ride in every second batch; while one
		// waited for all of them, nothing else would be done.
		expected = (len(batch) + len(i.queue)) * expectedPercent[i.db.Dialect()] / 100
		for _, p := range batch {
			i.count(p.receipt, p.err)
			close(p.settled)
		}
	}
}

// gather adds to the first order those that are expected, if they come in a
// moment, and those that wait already.
func (i *intake) gather(first *pendingOrder, expected int) []*pendingOrder {
	batch := append(make([]*pendingOrder, 0, max(1, expected)), first)
	var late <-chan time.Time
	if expected > 1 {
		late = time.After(intakeDelay)
	}
	for len(batch) < min(expected, intakeBatch) {
		select {
		case p, open := <-i.queue:
			if !open {
				return batch
			}
			batch = append(batch, p)
		case <-late:
			expected = 0
		}
	}
	for len(batch) < intakeBatch {
		select {
		case p, open := <-i.queue:
			if !open {
				return batch
			}
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// commitOrders stores a batch in one transaction and sets the outcome of each
// order. When the batch fails although the database answers, one order must be
// at fault: then each is tried alone, so that it does not sink the others.
func commitOrders(db *storage.DB, batch []*pendingOrder, tell tellFunc) {
	// The callers' contexts do not count here: one who leaves must not undo
	// the orders of the others.
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	store := func(orders ...*pendingOrder) error {
		return db.Write(ctx, func(tx *storage.Tx) error { return storeOrders(ctx, tx, orders, tell) })
	}
	if db.Dialect() == storage.Postgres {
		// What fails there fails or succeeds here too, and is told from here.
		if batch, _ = storeQuickly(ctx, db, batch, tell); len(batch) == 0 {
			return
		}
	}
	err := store(batch...)
	if err == nil {
		return
	}
	alone := len(batch) > 1 && !fault.Is(err, fault.Unavailable) && db.Ping(ctx) == nil
	for _, p := range batch {
		if alone {
			err = store(p)
		}
		if err != nil {
			p.receipt, p.err = Receipt{}, notStored(err)
		}
	}
}

func notStored(err error) error {
	if fault.Is(err, fault.Unavailable) {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Key: "order.not_stored", RetryAfter: time.Second, Err: err,
		Message: "The database did not confirm the order. Send it again: it is stored once however often it is sent.",
	}
}
