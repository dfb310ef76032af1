package storage

import (
	"context"
	"strings"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"fanfare/fault"
)

// Schema tells how far a database's schema is, against this program's.
type Schema struct {
	Current int64 // number of the last migration that ran; 0 in an empty database
	Latest  int64 // number of the last one that this program brings
	Jobs    bool  // whether the job engine's tables are up to date
}

// UpToDate tells whether Migrate would have nothing to do.
func (s Schema) UpToDate() bool { return s.Jobs && s.Current == s.Latest }

// Schema looks at the schema and changes nothing.
func (db *DB) Schema(ctx context.Context) (Schema, error) {
	var schema Schema
	tables, err := db.tableMigrations()
	if err != nil {
		return schema, fault.Wrap(err, "migrations")
	}
	sources := tables.ListSources()
	schema.Latest = sources[len(sources)-1].Version
	if begun, err := db.hasVersions(ctx); err != nil || !begun {
		return schema, err // asking goose would make the table
	}
	if schema.Current, err = tables.GetDBVersion(ctx); err != nil {
		return schema, translate(err)
	}
	schema.Jobs, err = db.jobsUpToDate(ctx)
	return schema, translate(err)
}

// hasVersions tells whether a migration was ever run.
func (db *DB) hasVersions(ctx context.Context) (there bool, err error) {
	look := "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'goose_db_version')"
	if db.dialect == Postgres {
		look = "SELECT to_regclass('goose_db_version') IS NOT NULL"
	}
	err = db.read.WithContext(ctx).Raw(look).Scan(&there).Error
	return there, translate(err)
}

func (db *DB) jobsUpToDate(ctx context.Context) (bool, error) {
	if db.dialect == Postgres {
		return riverCurrent(ctx, riverpgxv5.New(db.pool))
	}
	return riverCurrent(ctx, riversqlite.New(db.SQL()))
}

// QuickCheck has SQLite read the whole file and look for damage: Internal,
// with what it found, unless all is well. PostgreSQL watches over its own
// pages, and there is nothing to ask.
func (db *DB) QuickCheck(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	var found []string
	if err := db.read.WithContext(ctx).Raw("PRAGMA quick_check(10)").Scan(&found).Error; err != nil {
		return translate(err)
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil
	}
	return fault.New(fault.Internal, "storage.damaged", "The database file is damaged: "+strings.Join(found, "; "))
}

// ServerTime asks the PostgreSQL server for its time. SQLite has this
// machine's.
func (db *DB) ServerTime(ctx context.Context) (time.Time, error) {
	if db.dialect != Postgres {
		return SystemClock{}.Now(), nil
	}
	var now time.Time
	err := db.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now)
	return now.UTC(), translate(err)
}
