package orders

import (
	"context"
	"slices"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// commitTimeout is how long a batch may take. An order in the next one waits for
// both.
const commitTimeout = 10 * time.Second

// commitOrders stores orders in one transaction and sets the outcome of each.
func commitOrders(db *storage.DB, batch []*pendingOrder, tell tellFunc) {
	// The callers' contexts do not count here: one who leaves must not undo
	// the orders of the others.
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	if db.Dialect() == storage.Postgres {
		// What fails there fails or succeeds here too, and is told from here.
		if batch, _ = storeQuickly(ctx, db, batch, tell); len(batch) == 0 {
			return
		}
	}
	if err := storeTogether(ctx, db, batch, tell); err != nil {
		storeApart(ctx, db, batch, err, tell)
	}
}

func storeTogether(ctx context.Context, db *storage.DB, batch []*pendingOrder, tell tellFunc) error {
	return db.Write(ctx, func(tx *storage.Tx) error {
		return storeOrders(ctx, tx, slices.Values([][]*pendingOrder{batch}), tell)
	})
}

// storeApart deals with a batch that could not be stored. When the database
// answers all the same, one order must be at fault: then each is tried alone, so
// that it does not sink the others.
func storeApart(ctx context.Context, db *storage.DB, batch []*pendingOrder, err error, tell tellFunc) {
	alone := len(batch) > 1 && !fault.Is(err, fault.Unavailable) && db.Ping(ctx) == nil
	for _, p := range batch {
		if alone {
			err = storeTogether(ctx, db, []*pendingOrder{p}, tell)
		}
		if err != nil {
			p.receipt, p.err = Receipt{}, notStored(err)
		}
	}
}

func notStored(err error) error {
	if storage.IsFull(err) {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Key: "order.not_stored", RetryAfter: time.Second, Err: err,
		Message: "The database did not confirm the order. Send it again: it is stored once however often it is sent.",
	}
}
