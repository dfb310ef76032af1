package storage_test

import (
	"path/filepath"
	"testing"
	"time"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestACopyIsAWholeDatabase(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		path := filepath.Join(t.TempDir(), "it's a copy.db")
		if db.Dialect() == storage.Postgres {
			if err := db.CopyTo(t.Context(), path); !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			return
		}
		insert := func(db *storage.DB, hash string) error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				return tx.Exec("INSERT INTO one_time_links (hash, purpose, created_at, expires_at) VALUES (?, 'copy', ?, ?)", hash, tx.Now, tx.Now).Error
			})
		}
		if err := insert(db, "before"); err != nil {
			t.Fatal(err)
		}
		if err := db.CopyTo(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if err := db.CopyTo(t.Context(), path); err == nil {
			t.Error("a copy was written over another")
		}
		if err := insert(db, "after"); err != nil {
			t.Fatal(err)
		}
		twin, err := storage.Open(t.Context(), storage.Config{URL: "sqlite:" + path, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		defer twin.Close()
		if err := twin.QuickCheck(t.Context()); err != nil {
			t.Error(err)
		}
		if n := count(t, twin); n != 1 {
			t.Errorf("the copy holds %d rows, want the one from before", n)
		}
		if err := insert(twin, "later"); err != nil {
			t.Errorf("the copy cannot be written to: %v", err)
		}
		// The readers read on, and still write nothing.
		if n := count(t, db); n != 2 {
			t.Errorf("the original holds %d rows", n)
		}
		err = db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Exec("DELETE FROM one_time_links").Error })
		if err == nil {
			t.Error("a reader wrote after the copy")
		}
	})
}

func count(t *testing.T, db *storage.DB) (n int64) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Table("one_time_links").Count(&n).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheStateOfTheSchema(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		schema, err := db.Schema(t.Context())
		if err != nil || !schema.UpToDate() || schema.Latest < 3 {
			t.Errorf("%+v, %v", schema, err)
		}
		if err := db.QuickCheck(t.Context()); err != nil {
			t.Error(err)
		}
		now, err := db.ServerTime(t.Context())
		if err != nil || time.Since(now).Abs() > time.Minute || now.Location() != time.UTC {
			t.Errorf("%v, %v", now, err)
		}
	})
	empty, err := storage.Open(t.Context(), storage.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "empty.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if schema, err := empty.Schema(t.Context()); err != nil || schema.UpToDate() || schema.Current != 0 {
		t.Errorf("an empty database: %+v, %v", schema, err)
	}
}
