package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// testConfig is a configuration with a data folder, a database and a port of
// its own. The networks it names do not exist.
func testConfig(t *testing.T, dialect storage.Dialect) Config {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	return Config{
		Addr: addr, Listener: listener, PublicURL: "http://" + addr, Data: t.TempDir(),
		Database: storagetest.URL(t, dialect),
		XURL:     "http://127.0.0.1:1", WeiboURL: "http://127.0.0.1:1", LogLevel: "error",
		Log: slog.New(slog.DiscardHandler),
	}
}

// eachDatabase runs f once on each.
func eachDatabase(t *testing.T, f func(t *testing.T, config Config)) {
	t.Helper()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			f(t, testConfig(t, dialect))
		})
	}
}

// start runs the service until the returned function stops it.
func start(t *testing.T, config Config) (a *App, stop func() error) {
	t.Helper()
	a, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- a.Run(ctx, RoleAll, func() { close(up) }) }()
	select {
	case <-up:
	case err := <-ended:
		cancel()
		t.Fatal(err)
	}
	return a, func() error {
		cancel()
		err := <-ended
		return firstOf(err, a.Close(context.Background()))
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestServeStopsInOrderAndStartsAgain(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, config Config) {
		a, stop := start(t, config)
		if status, body := get(t, config.PublicURL+"/readyz"); status != http.StatusOK {
			t.Fatalf("readyz: %d %s", status, body)
		}
		if status, body := get(t, config.PublicURL+"/metrics"); status != http.StatusOK || !strings.Contains(body, "go_goroutines") {
			t.Errorf("metrics: %d", status)
		}
		_, key, err := a.Accounts.CreateKey(t.Context(), accounts.System(), "store", accounts.Marketing)
		if err != nil {
			t.Fatal(err)
		}
		api := newClient(config.PublicURL, key)
		const sent = 50
		for i := range sent {
			order := storeOrder{Store: "hk", OrderID: fmt.Sprint(i), Kind: "order", Units: 1, Total: 1, Currency: "HKD", PlacedAt: time.Now()}
			if status, err := api.do(t.Context(), http.MethodPost, "/api/v1/orders", 0, order, nil); status != http.StatusCreated {
				t.Fatal(status, err)
			}
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}

		config.Listener = nil // the port is free again
		a, stop = start(t, config)
		orders, err := a.Orders.List(t.Context(), orders.Filter{}, 100, "")
		if err != nil || len(orders.Items) != sent {
			t.Errorf("%d orders after the restart, want %d (%v)", len(orders.Items), sent, err)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheDemoAddsUp(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	_ = config.Listener.Close()
	config.Database = ""
	d := &demo{tell: io.Discard, orders: 1500, stage: stage{config: config}}
	stop, err := d.open(t.Context(), t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	err = d.story(t.Context())
	if stopping := stop(); err != nil || stopping != nil {
		t.Fatal(err, stopping)
	}
	s := d.summary
	if !s.OK || s.Orders.Sent != 1500 || s.Orders.Unattributed == 0 || s.Orders.DuplicatesRefused == 0 || s.Posts.Duplicates != 0 || s.Ideas.Votes == 0 {
		t.Errorf("the summary is %+v", s)
	}
	var shape map[string]any
	content, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &shape); err != nil || shape["ok"] != true || len(shape) != 5 {
		t.Errorf("as JSON it is %s", content)
	}
}

func TestASummaryThatDoesNotAddUpSaysWhere(t *testing.T) {
	t.Parallel()
	var s Summary
	s.mustEqual("apples", 2, 2)
	s.mustEqual("pears", 1, 3)
	if got, want := s.disagreements(), "pears is 1, not 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatKeepsItFromStartingIsSaidClearly(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for name, c := range map[string]struct {
		change func(t *testing.T, c *Config)
		kind   fault.Kind
		says   string
	}{
		"a port in use":            {func(_ *testing.T, c *Config) { c.Listener, c.Addr = nil, taken.Addr().String() }, fault.Unavailable, "--addr"},
		"a bad address":            {func(_ *testing.T, c *Config) { c.Addr = "8080" }, fault.Invalid, "FANFARE_ADDR"},
		"a bad proxy":              {func(_ *testing.T, c *Config) { c.TrustedProxies = []string{"proxy.local"} }, fault.Invalid, "FANFARE_TRUSTED_PROXIES"},
		"no database there":        {func(_ *testing.T, c *Config) { c.Database = "postgres://127.0.0.1:1/x?connect_timeout=1" }, fault.Unavailable, "database"},
		"another kind of database": {func(_ *testing.T, c *Config) { c.Database = "mysql://x" }, fault.Invalid, "sqlite:"},
		"a broken key file":        {func(t *testing.T, c *Config) { writeKey(t, c.Data, "short") }, fault.Invalid, "64 hexadecimal digits"},
		"another key": {func(t *testing.T, c *Config) {
			a, err := Open(t.Context(), *c)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			writeKey(t, c.Data, strings.Repeat("ab", 32))
		}, fault.Unavailable, "secret key"},
		"a second one in the same folder": {func(t *testing.T, c *Config) {
			_, stop := start(t, *c)
			t.Cleanup(func() { _ = stop() })
			c.Listener = nil
		}, fault.Conflict, "already"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(t, storage.SQLite)
			c.change(t, &config)
			err := openAndRun(t, config, RoleAll)
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %s that says %q", err, c.kind, c.says)
			}
		})
	}
}

func TestOneProcessDoesAllOnSQLite(t *testing.T) {
	t.Parallel()
	if err := openAndRun(t, testConfig(t, storage.SQLite), RoleWorker); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// openAndRun starts the service and gives why it did not.
func openAndRun(t *testing.T, config Config, role Role) error {
	t.Helper()
	a, err := Open(t.Context(), config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err = a.Run(ctx, role, cancel) // should it start, it stops at once
	return firstOf(err, a.Close(context.Background()))
}

func writeKey(t *testing.T, data, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(data, "secret.key"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
