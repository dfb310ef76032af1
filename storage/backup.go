package storage

import (
	"context"
	"strings"

	"fanfare/fault"
)

// SQLitePath gives the file of a "sqlite:PATH" address; ok is false for the
// address of another database.
func SQLitePath(url string) (path string, ok bool) { return strings.CutPrefix(url, "sqlite:") }

// CopyTo writes the database as it is at one instant into a new file at path,
// while others go on writing: VACUUM INTO, as https://www.sqlite.org/lang_vacuum.html
// has it. The copy is not yet safe from a power cut: the caller syncs it. It
// returns Invalid on PostgreSQL, which brings a tool of its own.
func (db *DB) CopyTo(ctx context.Context, path string) error {
	if db.dialect != SQLite {
		return fault.New(fault.Invalid, "storage.copy", "Only a SQLite database can be copied into a file. PostgreSQL has pg_dump.")
	}
	pool, err := db.read.DB()
	if err != nil {
		return translate(err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Close()
	// A reader's connection refuses to write anything, a copy included.
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only(0)"); err != nil {
		return translate(err)
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", path)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA query_only(1)")
	if err == nil {
		err = again
	}
	return translate(err)
}
