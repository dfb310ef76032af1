package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// Free space on the disk of a SQLite database.
const (
	diskFail = 100 << 20
	diskWarn = 1 << 30
)

// checkStored looks at the database and at what is in it.
func (c *checkup) checkStored(ctx context.Context) {
	path, isSQLite := storage.SQLitePath(c.Database)
	if isSQLite {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // opening would make it
			c.warn("database", "%s is not there yet: the first start makes it.", path)
			c.checkDisk(filepath.Dir(path), 0)
			return
		}
	}
	db, err := storage.Open(ctx, storage.Config{URL: c.Database, Clock: c.Clock})
	if err != nil {
		c.fail("database", "%s", explained(err))
		return
	}
	defer db.Close()
	if err := db.Ping(ctx); err != nil {
		c.fail("database", "%s", explained(err))
		return
	}
	c.ok("database", "%s answers", map[bool]string{true: path, false: "PostgreSQL"}[isSQLite])
	if isSQLite {
		c.checkFile(ctx, db, path)
	} else {
		c.checkDatabaseClock(ctx, db)
	}
	if c.checkSchema(ctx, db) {
		c.checkSealed(ctx, db)
	}
}

func (c *checkup) checkFile(ctx context.Context, db *storage.DB, path string) {
	if err := db.QuickCheck(ctx); err != nil {
		c.fail("integrity", "%s", explained(err))
	} else {
		c.ok("integrity", "quick_check found no damage")
	}
	info, err := os.Stat(path)
	if err != nil {
		c.fail("disk", "%v", err)
		return
	}
	c.checkDisk(filepath.Dir(path), info.Size())
}

// checkDisk wants room for the database to grow, and for a backup beside it.
func (c *checkup) checkDisk(dir string, database int64) {
	free, err := freeDisk(dir)
	switch {
	case err != nil:
		c.warn("disk", "The free space cannot be told: %v", err)
	case free < diskFail:
		c.fail("disk", "%d MB are free: orders would soon be refused.", free>>20)
	case free < diskWarn, free < database:
		c.warn("disk", "%d MB are free, and the database has %d MB.", free>>20, database>>20)
	default:
		c.ok("disk", "%d MB are free", free>>20)
	}
}

// freeDisk gives the bytes that are free on a folder's disk.
func freeDisk(dir string) (int64, error) {
	var disk syscall.Statfs_t
	err := syscall.Statfs(dir, &disk)
	return int64(disk.Bavail * uint64(disk.Bsize)), err
}

// checkSchema tells whether the rest can be read.
func (c *checkup) checkSchema(ctx context.Context, db *storage.DB) bool {
	schema, err := db.Schema(ctx)
	switch {
	case err != nil:
		c.fail("schema", "%s", explained(err))
	case schema.Current == 0:
		c.warn("schema", "The database is empty: the first start fills it in.")
	case schema.Current > schema.Latest:
		c.fail("schema", "A newer version of Fanfare has been here (%d, this one knows %d). Run that one.", schema.Current, schema.Latest)
	case !schema.UpToDate():
		c.fail("schema", "The schema is behind (%d of %d): fanfare migrate, or a start, brings it up to date.", schema.Current, schema.Latest)
	default:
		c.ok("schema", "up to date (%d)", schema.Current)
		return true
	}
	return false
}

// checkSealed looks at what only the right key opens.
func (c *checkup) checkSealed(ctx context.Context, db *storage.DB) {
	secret, err := readSecret(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		c.fail("secret key", "There is a database, but neither a key file in %s nor FANFARE_SECRET_KEY.", c.Data)
		return
	}
	if err != nil {
		c.fail("secret key", "%s", explained(err))
		return
	}
	service := accounts.New(db, secret)
	defer service.Close(ctx)
	if err := service.CheckSecret(ctx); err != nil {
		c.fail("secret key", "%s", explained(err))
		return
	}
	c.ok("secret key", "fits the database")
	c.checkAccounts(ctx, service)
}

// explained gives the sentence of an error and, for the operator, its cause.
func explained(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Error()
	}
	return err.Error()
}
