package storage

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"fanfare/fault"
)

//go:embed migrations
var migrations embed.FS

// waitingJobs is an index of ours on the job engine's table: each five seconds
// the engine asks for jobs whose time has come, and without it reads all that
// wait, those of the months to come too (docs/decisions/0014-jobs-of-months-to-come.md).
// It is no numbered migration, for the engine's own may make the table anew.
const waitingJobs = `CREATE INDEX IF NOT EXISTS fanfare_job_waiting ON river_job (state, scheduled_at) WHERE state IN ('retryable', 'scheduled')`

// Migrate brings the schema up to date: the job engine's tables, then ours. It
// may run in several processes at once.
func (db *DB) Migrate(ctx context.Context) error {
	if db.dialect == Postgres {
		holder, err := db.pool.Acquire(ctx)
		if err != nil {
			return unreachable(err)
		}
		defer holder.Release()
		if _, err := holder.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
			return fault.Wrap(err, "lock the schema")
		}
		defer func() { _, _ = holder.Exec(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLock)) }()
	}
	if err := db.migrateJobs(ctx); err != nil {
		return fault.Wrap(err, "migrate the job engine")
	}
	if err := db.indexJobs(ctx); err != nil {
		return fault.Wrap(err, "index the jobs")
	}
	return fault.Wrap(db.migrateTables(ctx), "migrate")
}

func (db *DB) indexJobs(ctx context.Context) error {
	if db.dialect == Postgres { // there the statement waits for all who write, also where it does nothing
		var there bool
		err := db.pool.QueryRow(ctx, "SELECT to_regclass('fanfare_job_waiting') IS NOT NULL").Scan(&there)
		if err != nil || there {
			return err
		}
	}
	_, err := db.SQL().ExecContext(ctx, waitingJobs)
	return err
}

func (db *DB) migrateJobs(ctx context.Context) error {
	if db.dialect == Postgres {
		return riverUp(ctx, riverpgxv5.New(db.pool))
	}
	return riverUp(ctx, riversqlite.New(db.SQL()))
}

func riverUp[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := riverMigrations(driver)
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func riverCurrent[T any](ctx context.Context, driver riverdriver.Driver[T]) (bool, error) {
	migrator, err := riverMigrations(driver)
	if err != nil {
		return false, err
	}
	result, err := migrator.Validate(ctx, nil)
	return err == nil && result.OK, err
}

func riverMigrations[T any](driver riverdriver.Driver[T]) (*rivermigrate.Migrator[T], error) {
	return rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

func (db *DB) migrateTables(ctx context.Context) error {
	tables, err := db.tableMigrations()
	if err != nil {
		return err
	}
	_, err = tables.Up(ctx)
	return err
}

func (db *DB) tableMigrations() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if db.dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, "migrations/"+string(db.dialect))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db.SQL(), files)
}
