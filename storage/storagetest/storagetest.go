// Package storagetest gives tests a migrated database of their own: SQLite
// always, PostgreSQL where FANFARE_TEST_POSTGRES names a server.
package storagetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver

	"fanfare/storage"
)

// Each runs f once on each database, in parallel, with a clock that stands
// still until the test moves it.
func Each(t *testing.T, f func(t *testing.T, db *storage.DB, clock *Clock)) {
	t.Helper()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			clock := NewClock()
			f(t, Open(t, dialect, clock), clock)
		})
	}
}

// Open gives a migrated database that goes with the test. It skips the test
// where there is no PostgreSQL, and fails it if FANFARE_TEST_REQUIRE is "all".
func Open(t testing.TB, dialect storage.Dialect, clock storage.Clock) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Config{URL: URL(t, dialect), Clock: clock, Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// URL gives the address of a migrated database that goes with the test.
func URL(t testing.TB, dialect storage.Dialect) string {
	t.Helper()
	if dialect == storage.Postgres {
		return postgresURL(t)
	}
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fanfare.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// sqliteTemplate migrates one file; every test gets a copy, which is far
// quicker than migrating again.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "fanfare-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "fanfare.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(url string) error {
	ctx := context.Background()
	db, err := storage.Open(ctx, storage.Config{URL: url, Throwaway: true})
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return db.Close() // folds the write-ahead log into the file
}

func postgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("FANFARE_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("FANFARE_TEST_REQUIRE") == "all" {
			t.Fatal("FANFARE_TEST_REQUIRE=all, but FANFARE_TEST_POSTGRES names no server; `make test` starts one")
		}
		t.Skip("FANFARE_TEST_POSTGRES names no server; `make test` starts one")
	}
	template, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	name := "fanfare_test_" + strings.ToLower(rand.Text())
	if err := admin(server, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin(server, "DROP DATABASE "+name+" WITH (FORCE)") })
	return withDatabase(server, name)
}

// postgresTemplate migrates one database for each test binary; the server that
// `make test` starts goes as a whole, and the template with it.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	server := os.Getenv("FANFARE_TEST_POSTGRES")
	name := "fanfare_template_" + strings.ToLower(rand.Text())
	if err := admin(server, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	return name, migrate(withDatabase(server, name))
})

var adminMutex sync.Mutex // a template cannot be copied twice at once

func admin(server, statement string) error {
	adminMutex.Lock()
	defer adminMutex.Unlock()
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic("storagetest: FANFARE_TEST_POSTGRES: " + err.Error())
	}
	u.Path = "/" + name
	return u.String()
}
