package storage

import "context"

// Lock names what transactions keep each other off from on PostgreSQL, where
// one does not see what another has not committed. SQLite has one writer.
type Lock int64

// The locks. Their numbers are arbitrary and ours; those that run side by side
// with an older program must agree with it.
// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
const (
	migrationLock Lock = 7_264_117_003 + iota // processes that start at once
	SwitchLock                                // claims of deliveries share it; who throws a kill switch has it alone
	AddressLock                               // people who say at which address a delivery is to be seen
	BookLock                                  // batches of new orders share it; adjustments, and what counts anew, have it alone
)

// Lock waits until nobody else holds a lock, and has it until the transaction
// ends. On PostgreSQL it goes with the next statement.
func (tx *Tx) Lock(ctx context.Context, l Lock) error {
	if tx.dialect == SQLite {
		return nil
	}
	return tx.Later(ctx, "SELECT pg_advisory_xact_lock($1)", int64(l))
}

// LockShared waits until nobody has a lock alone, and shares it until the
// transaction ends.
func (tx *Tx) LockShared(ctx context.Context, l Lock) error {
	if tx.dialect == SQLite {
		return nil
	}
	return tx.Later(ctx, "SELECT pg_advisory_xact_lock_shared($1)", int64(l))
}
