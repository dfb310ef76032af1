package storage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

const throw = "INSERT INTO switches (name, thrown_by, thrown_at) VALUES ($1, 1, $2)"

// thrower makes the person of throw.
func thrower(t *testing.T, db *storage.DB) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Create(&person{ID: 1, Email: "lei@example.com", Name: "Lei", Role: "admin", CreatedAt: tx.Now}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func switches(t *testing.T, db *storage.DB) (n int64) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Model(&switchRow{}).Count(&n).Error }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatWasLeftForLaterIsDoneInItsOrder(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		thrower(t, db)
		var seen []string
		note := func(row storage.Row) error {
			var name string
			err := row.Scan(&name)
			seen = append(seen, name)
			return err
		}
		names := "SELECT name FROM switches WHERE thrown_by < $1 ORDER BY name"
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			return errors.Join(
				tx.Later(t.Context(), throw, "b", tx.Now),
				tx.Each(t.Context(), names, []any{9}, note),
				tx.Later(t.Context(), throw, "a", tx.Now),
				tx.Model(&switchRow{}).Where("name = ?", "a").Update("name", "d").Error,
				tx.LaterEach(t.Context(), names, []any{9}, note),
				tx.Later(t.Context(), throw, "c", tx.Now),
			)
		})
		if err != nil || len(seen) != 3 || seen[0] != "b" || seen[1] != "b" || seen[2] != "d" {
			t.Errorf("seen %q, %v", seen, err)
		}
		if n := switches(t, db); n != 3 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestWhatFailsLaterFailsTheTransaction(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		thrower(t, db)
		effects := 0
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			tx.AfterCommit(func() { effects++ })
			if err := tx.Later(t.Context(), throw, "a", tx.Now); err != nil {
				return err
			}
			return tx.Later(t.Context(), throw, "a", tx.Now)
		})
		if !fault.Is(err, fault.Conflict) || effects != 0 || switches(t, db) != 0 {
			t.Errorf("%v, %d effects, %d rows", err, effects, switches(t, db))
		}
		failure := errors.New("no")
		err = db.Write(t.Context(), func(tx *storage.Tx) error {
			return errors.Join(tx.Later(t.Context(), throw, "a", tx.Now), failure)
		})
		if !errors.Is(err, failure) || switches(t, db) != 0 {
			t.Errorf("rolled back: %v, %d rows", err, switches(t, db))
		}
		// The connection is good for the next ones.
		for range 20 {
			if err := db.Write(t.Context(), func(tx *storage.Tx) error { return nil }); err != nil {
				t.Error("an empty one:", err)
			}
		}
		wrong := db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Exec(throw, "a", tx.Now).Error })
		if wrong == nil || switches(t, db) != 0 {
			t.Errorf("written while reading: %v", wrong)
		}
	})
}

// A transaction whose context ends is rolled back at once: what comes after must
// not be done outside of it.
func TestNothingIsDoneAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		thrower(t, db)
		for _, told := range []bool{true, false} {
			ctx, cancel := context.WithCancel(t.Context())
			err := db.Write(ctx, func(tx *storage.Tx) error {
				if err := tx.Later(t.Context(), throw, "a", tx.Now); err != nil {
					return err
				}
				cancel()
				var ended error
				for ended == nil { // database/sql rolls back in a goroutine of its own
					ended = tx.Each(t.Context(), "SELECT name FROM switches WHERE thrown_by < $1", []any{9}, func(storage.Row) error { return nil })
				}
				if told {
					return ended
				}
				return nil
			})
			if !fault.Is(err, fault.Unavailable) || switches(t, db) != 0 {
				t.Errorf("told %v: %v, %d rows", told, err, switches(t, db))
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := db.Write(ctx, func(tx *storage.Tx) error { return tx.Later(ctx, throw, "a", tx.Now) }); err != nil || switches(t, db) != 1 {
			t.Errorf("the next one: %v, %d rows", err, switches(t, db))
		}
	})
}
