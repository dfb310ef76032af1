package orders

import (
	"context"
	"iter"
	"sync"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

const (
	intakeBatch = 1000 // orders in one transaction at the most
	intakePiece = 16   // orders that SQLite inserts at once
	intakeWait  = 2 * time.Second

	// intakeDelay is how long a batch waits at the most for those who are
	// expected. PostgreSQL's commit_delay does the same.
	intakeDelay = time.Millisecond
)

// expectedPercent is how many of those who were just answered, and of those who
// wait already, a batch waits for. PostgreSQL works in a process of its own:
// there it is better to have the next batch begun. Measured on two processors.
var expectedPercent = map[storage.Dialect]int{storage.SQLite: 90, storage.Postgres: 50}

// intake is the group commit: while one batch of orders is made durable, the
// next one gathers, so that the price of a disk flush is shared by all who
// wait for it.
type intake struct {
	db    *storage.DB
	count func(Receipt, error)
	tell  tellFunc
	loop  sync.WaitGroup
	delay *time.Timer

	mu        sync.Mutex
	open      bool
	gathering *batch
	expected  int           // orders for which it waits
	ready     chan struct{} // has one when the committer is to look; closed by stop
}

// batch is orders that are stored in one transaction.
type batch struct {
	orders []*pendingOrder
	closed chan struct{} // closed once no more can join
	stored chan struct{} // closed once each has its outcome
}

func newBatch(expected int) *batch {
	return &batch{orders: make([]*pendingOrder, 0, expected), closed: make(chan struct{}), stored: make(chan struct{})}
}

func newIntake(s *Service) *intake {
	return &intake{db: s.db, count: s.metrics.order, tell: s.telling, delay: time.NewTimer(0), gathering: newBatch(1), ready: make(chan struct{}, 1)}
}

func (i *intake) start() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open = true
	i.loop.Go(i.run)
}

// stop refuses new orders and returns when those that wait are committed.
func (i *intake) stop() {
	i.mu.Lock()
	if i.open {
		i.open = false
		close(i.ready)
	}
	i.mu.Unlock()
	i.loop.Wait()
}

// take puts an order into a batch and waits for the outcome.
func (i *intake) take(ctx context.Context, p *pendingOrder) (Receipt, error) {
	mine, err := i.join(ctx, p)
	if err != nil {
		return Receipt{}, err
	}
	select {
	case <-mine.stored:
		return p.receipt, p.err
	case <-ctx.Done():
		return Receipt{}, &fault.Error{
			Kind: fault.Unavailable, Key: "order.unknown_outcome", Err: ctx.Err(),
			Message: "The request ended before the order was confirmed, so it may or may not be stored. Send it again: it is stored once however often it is sent.",
		}
	}
}

// join puts an order into the batch that gathers; if it is full, into the next
// one, unless that takes too long.
func (i *intake) join(ctx context.Context, p *pendingOrder) (*batch, error) {
	mine, full, err := i.tryJoin(p)
	if full == nil {
		return mine, err
	}
	ctx, cancel := context.WithTimeout(ctx, intakeWait)
	defer cancel()
	for full != nil {
		select {
		case <-full.closed:
			mine, full, err = i.tryJoin(p)
		case <-ctx.Done():
			return nil, &fault.Error{
				Kind: fault.Limited, Key: "order.too_many", RetryAfter: time.Second, Err: ctx.Err(),
				Message: "More orders come than can be stored. This one was not; send it again.",
			}
		}
	}
	return mine, err
}

// tryJoin gives the batch that an order has joined, or the one that is full.
func (i *intake) tryJoin(p *pendingOrder) (mine, full *batch, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.open {
		return nil, nil, fault.New(fault.Unavailable, "order.closed", "The service is stopping. The order was not stored; send it again.")
	}
	b := i.gathering
	if len(b.orders) == intakeBatch {
		return nil, b, nil
	}
	b.orders = append(b.orders, p)
	if n := len(b.orders); n == 1 || n == i.expected || n%intakePiece == 0 {
		select {
		case i.ready <- struct{}{}:
		default: // the committer is about to look
		}
	}
	return b, nil, nil
}

func (i *intake) run() {
	for range i.ready {
		i.commit()
	}
	i.commit() // those who came before stop
}

// commit stores the batch that gathers, if it has orders, and answers them.
func (i *intake) commit() {
	i.mu.Lock()
	b, n := i.gathering, len(i.gathering.orders)
	i.mu.Unlock()
	if n == 0 {
		return
	}
	i.delay.Reset(intakeDelay)
	if i.db.Dialect() == storage.SQLite {
		i.storeAsTheyCome(b)
	} else {
		orders, _ := i.next(b, 0, intakeBatch)
		commitOrders(i.db, orders, i.tell)
	}
	for _, p := range b.orders {
		i.count(p.receipt, p.err)
	}
	i.mu.Lock()
	// Those who are answered now are likely to send again at once. Without a
	// wait for them they would ride in every second batch.
	i.expected = (len(b.orders) + len(i.gathering.orders)) * expectedPercent[i.db.Dialect()] / 100
	i.mu.Unlock()
	close(b.stored)
}

// storeAsTheyCome inserts orders while others are still on their way into their
// batch: SQLite works in this process, and what it has done by then nobody has to
// wait for.
func (i *intake) storeAsTheyCome(b *batch) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	err := i.db.Write(ctx, func(tx *storage.Tx) error { return storeOrders(ctx, tx, i.pieces(b), i.tell) })
	if err != nil {
		i.close(b)
		storeApart(ctx, i.db, b.orders, err, i.tell)
	}
}

// pieces gives the orders of a batch as they come, until it is complete.
func (i *intake) pieces(b *batch) iter.Seq[[]*pendingOrder] {
	return func(yield func([]*pendingOrder) bool) {
		from, complete := 0, false
		for !complete {
			var piece []*pendingOrder
			piece, complete = i.next(b, from, intakePiece)
			from += len(piece)
			if len(piece) > 0 && !yield(piece) {
				return
			}
		}
	}
}

// next waits for orders of a batch, from a place on, until there are so many or
// the batch is complete: those who are expected are in it, or have not come in a
// moment.
func (i *intake) next(b *batch, from, size int) (orders []*pendingOrder, complete bool) {
	late := false
	for {
		i.mu.Lock()
		n := len(b.orders)
		complete = late || n >= min(i.expected, intakeBatch)
		if complete {
			i.closeLocked(b)
		}
		orders = b.orders[from:n:n]
		i.mu.Unlock()
		if complete || len(orders) >= size {
			return orders, complete
		}
		select {
		case _, open := <-i.ready:
			late = !open
		case <-i.delay.C:
			late = true
		}
	}
}

// close lets no more orders join a batch: they join the next one.
func (i *intake) close(b *batch) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closeLocked(b)
}

func (i *intake) closeLocked(b *batch) {
	if i.gathering == b {
		i.gathering = newBatch(i.expected)
		close(b.closed)
	}
}
