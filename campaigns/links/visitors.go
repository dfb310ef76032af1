package links

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"

	"github.com/axiomhq/hyperloglog"

	"fanfare/fault"
	"fanfare/storage"
)

const secondsOfDay = 24 * 3600

// sketchPrecision gives 4,096 registers: 4 KB at the most for a link and day,
// and a standard error of 1.04/√4096, 1.6 %.
const sketchPrecision = 12

// saltKeeper turns people into numbers that mean something for one day (UTC)
// only. The salt of a day is random, and gone with it: then nobody can find
// out any more whose number it was. All processes on PostgreSQL share a day's
// salt; on SQLite it never leaves the memory, so that no backup holds it, and
// who comes again after a restart counts twice that day.
//
// It is used by the flush alone.
type saltKeeper struct {
	db   *storage.DB
	day  int64 // days since 1970; 0 before the first salt
	salt [32]byte
}

// renew takes today's salt. If that fails, yesterday's stays in use, and its
// visitors go on counting for its day.
func (k *saltKeeper) renew(ctx context.Context) error {
	day := k.db.Clock().Now().Unix() / secondsOfDay
	if day == k.day {
		return nil
	}
	var fresh [32]byte
	_, _ = rand.Read(fresh[:]) // never fails
	if k.db.Dialect() == storage.SQLite {
		k.day, k.salt = day, fresh
		return nil
	}
	var shared []byte
	err := k.db.Write(ctx, func(tx *storage.Tx) error {
		return cmp.Or(
			tx.Exec("INSERT INTO visitor_salts (day, salt) VALUES (?, ?) ON CONFLICT (day) DO NOTHING", day, fresh[:]).Error,
			tx.Exec("DELETE FROM visitor_salts WHERE day < ?", day).Error,
			tx.Raw("SELECT salt FROM visitor_salts WHERE day = ?", day).Row().Scan(&shared),
		)
	})
	if err != nil {
		return err
	}
	k.day = day
	copy(k.salt[:], shared)
	return nil
}

// visitor gives the number of who has this address and user agent, and the day
// for which it counts. Of an IPv6 address the /64 counts: devices change the
// rest all the time (RFC 8981). ok is false without an address.
func (k *saltKeeper) visitor(address netip.Addr, agent uint64) (id uint64, day int64, ok bool) {
	if !address.IsValid() || k.day == 0 {
		return 0, 0, false
	}
	if address = address.Unmap(); address.Is6() {
		household, _ := address.Prefix(64) // fits every IPv6 address
		address = household.Addr()
	}
	var text [32 + 16 + 8]byte
	where := address.As16()
	copy(text[:], k.salt[:])
	copy(text[32:], where[:])
	binary.BigEndian.PutUint64(text[48:], agent)
	sum := sha256.Sum256(text[:])
	return binary.BigEndian.Uint64(sum[:]), k.day, true
}

type linkDay struct {
	link uint32
	day  int64
}

// sketches estimate how many different visitors there were, by HyperLogLog
// (Flajolet and others, 2007), of which any number can be put together.
type sketches map[linkDay]*hyperloglog.Sketch

func newSketch() *hyperloglog.Sketch {
	sketch, err := hyperloglog.NewSketch(sketchPrecision, true)
	if err != nil {
		panic(err) // the precision is one of those that it takes
	}
	return sketch
}

func (s sketches) insert(key linkDay, visitor uint64) {
	if s[key] == nil {
		s[key] = newSketch()
	}
	s[key].InsertHash(visitor)
}

// store puts the sketches together with those in the database.
func (s sketches) store(ctx context.Context, tx *storage.Tx) error {
	// Sorted, so that two processes that change the same rows cannot deadlock.
	keys := slices.SortedFunc(maps.Keys(s), func(a, b linkDay) int {
		return cmp.Or(cmp.Compare(a.link, b.link), cmp.Compare(a.day, b.day))
	})
	stored, err := storedSketches(ctx, tx, keys)
	if err != nil {
		return err
	}
	for i, key := range keys {
		if err := storeSketch(ctx, tx, key, s[key], stored[i]); err != nil {
			return err
		}
	}
	return nil
}

// storedSketches reads what the database has under keys, and lets nobody else
// change it until the transaction ends.
func storedSketches(ctx context.Context, tx *storage.Tx, keys []linkDay) ([][]byte, error) {
	read := "SELECT sketch FROM click_visitors WHERE link_id = $1 AND day = $2"
	if tx.Dialect() == storage.Postgres {
		read += " FOR UPDATE" // another process may be about to do the same
	}
	stored := make([][]byte, len(keys))
	for i, key := range keys {
		err := cmp.Or(
			tx.Later(ctx, "INSERT INTO click_visitors (link_id, day, sketch) VALUES ($1, $2, $3) ON CONFLICT (link_id, day) DO NOTHING",
				int64(key.link), key.day, []byte{}),
			tx.LaterEach(ctx, read, []any{int64(key.link), key.day}, func(row storage.Row) error { return row.Scan(&stored[i]) }),
		)
		if err != nil {
			return nil, err
		}
	}
	return stored, tx.Send(ctx)
}

func storeSketch(ctx context.Context, tx *storage.Tx, key linkDay, sketch *hyperloglog.Sketch, before []byte) error {
	all := sketch
	if len(before) > 0 {
		var err error
		if all, err = parseSketch(before); err != nil {
			return err
		}
		if err := all.Merge(sketch); err != nil {
			return fault.Wrap(err, "put visitors together")
		}
	}
	after, err := all.MarshalBinary()
	if err != nil || bytes.Equal(before, after) { // the many who were here already
		return fault.Wrap(err, "write visitors")
	}
	return tx.Later(ctx, "UPDATE click_visitors SET sketch = $1 WHERE link_id = $2 AND day = $3", after, int64(key.link), key.day)
}

func parseSketch(data []byte) (*hyperloglog.Sketch, error) {
	var sketch hyperloglog.Sketch
	err := sketch.UnmarshalBinary(data)
	return &sketch, fault.Wrap(err, "read visitors")
}
