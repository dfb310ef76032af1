package storage

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gorm.io/gorm"
	"modernc.org/sqlite" // in pure Go

	"fanfare/fault"
)

// openSQLite opens one connection that writes and a pool of readers beside it.
// SQLite has one writer at a time: a queue in front of one connection is fair
// and never meets SQLITE_BUSY, where many connections would fight for the lock.
func openSQLite(ctx context.Context, c Config) (*DB, error) {
	path := strings.TrimPrefix(c.URL, "sqlite:")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unreachable(err)
	}
	// SQLite would make it readable for all; the files beside it get its mode.
	if file, err := os.OpenFile(path, os.O_CREATE, 0o600); err == nil {
		_ = file.Close() // nothing was written
	}
	synchronous := "FULL" // an answer given survives a power cut
	if c.Throwaway {
		synchronous = "OFF"
	}
	pragmas := []string{
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + synchronous + ")",
		"foreign_keys(1)", "temp_store(MEMORY)", "journal_size_limit(67108864)",
	}
	// Folded into the file after 16 MB, not 4: most pages of the log are written again and again.
	const checkpoint = "wal_autocheckpoint(4000)"
	write, err := openSQLitePool(ctx, c, path, true, 1,
		url.Values{"_txlock": {"immediate"}, "_pragma": append(pragmas, "cache_size(-16000)", checkpoint)})
	if err != nil {
		return nil, err
	}
	read, err := openSQLitePool(ctx, c, path, false, max(4, runtime.NumCPU()),
		url.Values{"_txlock": {"deferred"}, "_pragma": append(pragmas, "cache_size(-4000)", "query_only(1)")})
	if err != nil {
		return nil, err
	}
	return &DB{dialect: SQLite, clock: c.Clock, write: write, read: read}, nil
}

func openSQLitePool(ctx context.Context, c Config, path string, writes bool, size int, options url.Values) (*gorm.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_time_format=sqlite&" + options.Encode()
	pool := sql.OpenDB(sqliteConnector{&sqlite.Driver{}, dsn, writes})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, unreachable(fmt.Errorf("%s: %w", path, err))
	}
	g, err := gorm.Open(sqliteDialect{pool}, gormConfig(c))
	return g, unreachable(err)
}

func unreachable(err error) error {
	if err == nil || IsFull(err) {
		return translate(err)
	}
	return &fault.Error{
		Kind: fault.Unavailable, Key: "storage.unreachable",
		Message: "The database cannot be opened.", Err: err,
	}
}
