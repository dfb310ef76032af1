package app

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// TestABackupWhileOrdersCome takes a backup of a service that is taking
// orders: what was acknowledged before it began is in it, whole.
func TestABackupWhileOrdersCome(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	a, stop := start(t, config)
	_, key, err := a.Accounts.CreateKey(t.Context(), accounts.System(), "store", accounts.Marketing)
	if err != nil {
		t.Fatal(err)
	}
	api := newClient(config.PublicURL, key)
	var acknowledged atomic.Int64
	var stores sync.WaitGroup
	closing, closeStores := context.WithCancel(t.Context())
	for store := range 4 {
		stores.Go(func() {
			for i := 0; closing.Err() == nil; i++ {
				order := storeOrder{Store: fmt.Sprint("s", store), OrderID: fmt.Sprint(i), Kind: "order", Units: 1, Total: 1, Currency: "HKD", PlacedAt: time.Now()}
				if status, err := api.do(t.Context(), http.MethodPost, "/api/v1/orders", 0, order, nil); status != http.StatusCreated {
					t.Error(status, err)
					return
				}
				acknowledged.Add(1)
			}
		})
	}
	for acknowledged.Load() < 40 {
		time.Sleep(time.Millisecond)
	}

	file := filepath.Join(t.TempDir(), "backup.tar.gz")
	before := acknowledged.Load()
	if _, err := backup(t.Context(), config, file); err != nil {
		t.Fatal(err)
	}
	closeStores()
	stores.Wait()
	after := acknowledged.Load()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}

	elsewhere := config
	elsewhere.Listener, elsewhere.Data, elsewhere.Database = nil, filepath.Join(t.TempDir(), "new"), ""
	if _, err := restore(t.Context(), elsewhere, file, false); err != nil {
		t.Fatal(err)
	}
	b, err := Open(t.Context(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	var orders int64
	var verdict string
	err = b.DB.Read(t.Context(), func(tx *storage.Tx) error {
		if err := tx.Raw("PRAGMA integrity_check").Scan(&verdict).Error; err != nil {
			return err
		}
		return tx.Table("orders").Count(&orders).Error
	})
	if err != nil || verdict != "ok" || orders < before || orders > after {
		t.Errorf("%d orders, want %d to %d; integrity %q, %v", orders, before, after, verdict, err)
	}
	if _, err := b.Accounts.KeyActor(t.Context(), key); err != nil {
		t.Errorf("the key of the old folder in the new one: %v", err)
	}
}

// backedUp gives a configuration whose database holds one person, and a backup
// of it.
func backedUp(t *testing.T) (config Config, file string) {
	t.Helper()
	config = testConfig(t, storage.SQLite)
	config.Database = ""
	addPerson(t, config, "lei@example.com")
	file = filepath.Join(t.TempDir(), "backup.tar.gz")
	if _, err := backup(t.Context(), config, file); err != nil {
		t.Fatal(err)
	}
	return config, file
}

func addPerson(t *testing.T, config Config, email string) {
	t.Helper()
	err := with(t.Context(), &config, func(a *App) error {
		_, err := a.Accounts.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: email, Name: "Lei", Role: accounts.Fan})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func people(t *testing.T, config Config) (emails string) {
	t.Helper()
	err := with(t.Context(), &config, func(a *App) error {
		page, err := a.Accounts.People(t.Context(), accounts.Everybody, 100, "")
		for _, p := range page.Items {
			emails += p.Email + " "
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return emails
}

func TestRestoreReplacesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	config, file := backedUp(t)
	addPerson(t, config, "later@example.com")
	if _, err := restore(t.Context(), config, file, false); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("without --replace: %v", err)
	}
	if got := people(t, config); got != "later@example.com lei@example.com " {
		t.Errorf("people %q", got)
	}
	if _, err := restore(t.Context(), config, file, true); err != nil {
		t.Fatal(err)
	}
	if got := people(t, config); got != "lei@example.com " {
		t.Errorf("people after the restore %q", got)
	}
	err := with(t.Context(), &config, func(a *App) error {
		var last int64
		err := a.DB.SQL().QueryRowContext(t.Context(), "SELECT seq FROM sqlite_sequence WHERE name = 'links'").Scan(&last)
		if last == 0 {
			t.Error("the ids of links that were lost are not left out")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	aside, _ := filepath.Glob(filepath.Join(config.Data, "replaced-*", databaseEntry))
	if len(aside) != 1 {
		t.Fatalf("moved aside: %q", aside)
	}
	old := config
	old.Database = "sqlite:" + aside[0]
	if got := people(t, old); got != "later@example.com lei@example.com " {
		t.Errorf("people moved aside %q", got)
	}
	if hidden, _ := filepath.Glob(filepath.Join(config.Data, ".*")); len(hidden) > 0 {
		t.Errorf("left behind: %q", hidden)
	}
}

func TestRestoreOverAnotherKey(t *testing.T) {
	t.Parallel()
	config, file := backedUp(t)
	config.Data = t.TempDir()
	addPerson(t, config, "other@example.com") // makes a key of its own
	if _, err := restore(t.Context(), config, file, true); err != nil {
		t.Fatal(err)
	}
	if got := people(t, config); got != "lei@example.com " {
		t.Errorf("people after the restore %q", got)
	}
	if aside, _ := filepath.Glob(filepath.Join(config.Data, "replaced-*", keyFile)); len(aside) != 1 {
		t.Errorf("keys moved aside: %q", aside)
	}
}

// TestAKeyOfTheEnvironmentStaysThere is not parallel: the environment is
// everybody's.
func TestAKeyOfTheEnvironmentStaysThere(t *testing.T) {
	t.Setenv("FANFARE_SECRET_KEY", strings.Repeat("cd", 32))
	config, file := backedUp(t)
	elsewhere := config
	elsewhere.Data = t.TempDir()
	t.Setenv("FANFARE_SECRET_KEY", "")
	if _, err := restore(t.Context(), elsewhere, file, false); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "holds no secret key") {
		t.Errorf("without the key: %v", err)
	}
	t.Setenv("FANFARE_SECRET_KEY", strings.Repeat("ef", 32))
	if _, err := restore(t.Context(), elsewhere, file, false); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("with another key: %v", err)
	}
	t.Setenv("FANFARE_SECRET_KEY", strings.Repeat("cd", 32))
	if _, err := restore(t.Context(), elsewhere, file, false); err != nil {
		t.Fatal(err)
	}
	if got := people(t, elsewhere); got != "lei@example.com " {
		t.Errorf("people after the restore %q", got)
	}
	if _, err := os.Stat(filepath.Join(elsewhere.Data, keyFile)); err == nil {
		t.Error("the key was written down")
	}
}

func TestRestoreWhileServingIsRefused(t *testing.T) {
	t.Parallel()
	config, file := backedUp(t)
	_, stop := start(t, config)
	if _, err := restore(t.Context(), config, file, true); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "serves") {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestPostgreSQLHasToolsOfItsOwn(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	config.Database = "postgres://127.0.0.1:1/x"
	if _, err := backup(t.Context(), config, "x"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "pg_dump") {
		t.Error(err)
	}
	if _, err := restore(t.Context(), config, "x", false); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "pg_restore") {
		t.Error(err)
	}
}

func TestABackupOfNothing(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	config.Database = ""
	if _, err := backup(t.Context(), config, filepath.Join(t.TempDir(), "x")); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	if made, _ := os.ReadDir(config.Data); len(made) > 0 {
		t.Errorf("it made %v", made)
	}
}

// TestADamagedBackupChangesNothing restores archives with one thing wrong.
func TestADamagedBackupChangesNothing(t *testing.T) {
	t.Parallel()
	_, file := backedUp(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"nothing":          {},
		"no archive":       []byte("Dear diary"),
		"the first half":   whole[:len(whole)/2],
		"a byte turned":    repack(t, whole, func(h *tar.Header, c []byte) { turn(h, c, databaseEntry) }),
		"a digit of a key": repack(t, whole, func(h *tar.Header, c []byte) { turn(h, c, keyEntry) }),
		"a way out":        repack(t, whole, func(h *tar.Header, _ []byte) { rename(h, keyEntry, "../secret.key") }),
		"a link":           repack(t, whole, func(h *tar.Header, _ []byte) { link(h, keyEntry) }),
		"no manifest":      repack(t, whole, func(h *tar.Header, _ []byte) { rename(h, manifestEntry, "manifest") }),
		"a broken manifest": repack(t, whole, func(h *tar.Header, c []byte) {
			if h.Name == manifestEntry {
				copy(c, "]")
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(t, storage.SQLite)
			config.Database = ""
			broken := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(broken, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := restore(t.Context(), config, broken, true); !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			made, _ := os.ReadDir(config.Data)
			if len(made) != 1 || made[0].Name() != "lock" {
				t.Errorf("it left %v", made)
			}
		})
	}
}

// repack changes the entries of an archive.
func repack(t *testing.T, archive []byte, change func(*tar.Header, []byte)) []byte {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zipping := gzip.NewWriter(&out)
	in, packing := tar.NewReader(zipped), tar.NewWriter(zipping)
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		change(header, content)
		if err := packing.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := packing.Write(content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := firstOf(packing.Close(), zipping.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func turn(h *tar.Header, content []byte, name string) {
	if h.Name == name {
		content[len(content)/2] ^= 1
	}
}

func rename(h *tar.Header, from, to string) {
	if h.Name == from {
		h.Name = to
	}
}

func link(h *tar.Header, name string) {
	if h.Name == name {
		h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0
	}
}
