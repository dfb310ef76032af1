// Package storage opens the database (SQLite by default, PostgreSQL on
// request), brings its schema up to date and runs transactions. It is the one
// package that knows which of the two is underneath.
package storage

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"fanfare/fault"
)

// Dialect names the database underneath.
type Dialect string

// The two databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Config says which database to open.
type Config struct {
	// URL is "sqlite:PATH" or "postgres://…".
	URL string
	// Clock is the system's when nil.
	Clock Clock
	// Logger hears of slow statements; nil is silent.
	Logger *slog.Logger
	// Throwaway gives up durability for speed. For tests alone.
	Throwaway bool
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	dialect Dialect
	clock   Clock
	write   *gorm.DB
	read    *gorm.DB
	pool    *pgxpool.Pool // PostgreSQL only
}

// Open opens the database at c.URL without touching its schema. It returns an
// Unavailable error when the database cannot be reached, Invalid when the URL
// is of neither kind.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Clock == nil {
		c.Clock = SystemClock{}
	}
	switch {
	case strings.HasPrefix(c.URL, "sqlite:"):
		return openSQLite(ctx, c)
	case strings.HasPrefix(c.URL, "postgres://"), strings.HasPrefix(c.URL, "postgresql://"):
		return openPostgres(ctx, c)
	}
	return nil, fault.New(fault.Invalid, "storage.url",
		"The database address must begin with sqlite: or postgres://")
}

// Close ends all connections.
func (db *DB) Close() error {
	for _, g := range []*gorm.DB{db.read, db.write} {
		if pool, err := g.DB(); err == nil {
			_ = pool.Close()
		}
	}
	if db.pool != nil {
		db.pool.Close()
	}
	return nil
}

// Dialect tells which database it is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Clock gives the clock that stamps transactions.
func (db *DB) Clock() Clock { return db.clock }

// Pool gives the PostgreSQL pool that the job engine shares; nil on SQLite.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// SQL gives the pool that writes: one connection on SQLite.
func (db *DB) SQL() *sql.DB {
	pool, err := db.write.DB()
	if err != nil {
		panic("storage: gorm without a pool: " + err.Error()) // both openers set one
	}
	return pool
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return translate(db.SQL().PingContext(ctx))
}

// Tx is one transaction.
type Tx struct {
	*gorm.DB
	// Now is the instant the transaction began, UTC, in microseconds. All that
	// it writes carries this one time.
	Now         time.Time
	dialect     Dialect
	conn        *sql.Conn // PostgreSQL's
	afterCommit []func()
}

// Dialect tells which database the transaction runs in.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

// AfterCommit has f called once the transaction is durable, and never if it is
// rolled back: for caches, signals and whatever must not promise too early.
func (tx *Tx) AfterCommit(f func()) { tx.afterCommit = append(tx.afterCommit, f) }

// SQL gives the transaction itself, for hot paths and for the job engine.
func (tx *Tx) SQL() *sql.Tx {
	sqlTx, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		panic("storage: a Tx outside DB.Write and DB.Read")
	}
	return sqlTx
}

// Row is a row that was read.
type Row interface{ Scan(into ...any) error }

// Later runs a statement whose outcome is not needed yet: on PostgreSQL with
// the next one or with the commit, in one round trip, and then its error comes
// from there.
func (tx *Tx) Later(ctx context.Context, statement string, args ...any) error {
	if tx.conn != nil {
		return tx.conn.Raw(func(c any) error { return c.(*postgresConn).later(statement, args, nil) })
	}
	_, err := tx.SQL().ExecContext(ctx, statement, args...)
	return err
}

// LaterEach is Later for a query: f gets its rows one by one when it runs, and
// must not use the transaction.
func (tx *Tx) LaterEach(ctx context.Context, query string, args []any, f func(Row) error) error {
	if tx.conn != nil {
		return tx.conn.Raw(func(c any) error { return c.(*postgresConn).later(query, args, f) })
	}
	rows, err := tx.SQL().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Send runs what was put off.
func (tx *Tx) Send(ctx context.Context) error {
	if tx.conn == nil {
		return nil
	}
	return tx.conn.Raw(func(c any) error { return c.(*postgresConn).send(ctx) })
}

// Each is LaterEach that does not wait.
func (tx *Tx) Each(ctx context.Context, query string, args []any, f func(Row) error) error {
	if err := tx.LaterEach(ctx, query, args, f); err != nil {
		return err
	}
	return tx.Send(ctx)
}

// Write runs f in a transaction that may write, and commits it when f returns
// nil. On PostgreSQL a transaction that lost a race (serialization failure or
// deadlock) is run again, at most three times: f must not change anything but
// the database.
func (db *DB) Write(ctx context.Context, f func(*Tx) error) error {
	var tx *Tx
	var err error
	for range 3 {
		err = db.transact(ctx, db.write, func(t *Tx) error {
			tx = t
			return f(t)
		})
		if !lostRace(err) {
			break
		}
	}
	if err != nil {
		return translate(err)
	}
	for _, effect := range tx.afterCommit {
		effect()
	}
	return nil
}

// Read runs f in a transaction that sees one state of the database and cannot
// change it. On SQLite it does not wait for writers.
func (db *DB) Read(ctx context.Context, f func(*Tx) error) error {
	return translate(db.transact(ctx, db.read, f, &sql.TxOptions{ReadOnly: true, Isolation: db.readIsolation()}))
}

func (db *DB) transact(ctx context.Context, g *gorm.DB, f func(*Tx) error, o ...*sql.TxOptions) error {
	g = g.WithContext(ctx)
	if db.dialect == SQLite {
		return g.Transaction(func(g *gorm.DB) error {
			return f(&Tx{DB: g, Now: db.clock.Now(), dialect: db.dialect})
		}, o...)
	}
	return g.Connection(func(g *gorm.DB) error {
		conn := g.Statement.ConnPool.(*sql.Conn) // so Connection says
		return g.Session(&gorm.Session{NewDB: true}).Transaction(func(g *gorm.DB) error {
			return f(&Tx{DB: g, Now: db.clock.Now(), dialect: db.dialect, conn: conn})
		}, o...)
	})
}
