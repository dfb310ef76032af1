package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// healthy is an installation with an account on each sandbox network.
type healthy struct {
	config  Config
	x       *sandbox.X
	xKeys   sandbox.XAccount
	xServer *httptest.Server
}

func newHealthy(t *testing.T, dialect storage.Dialect) healthy {
	t.Helper()
	h := healthy{config: testConfig(t, dialect)}
	clock := storage.SystemClock{}.Now
	h.x = sandbox.NewX(sandbox.XOptions{Clock: clock})
	weibo := sandbox.NewWeibo(sandbox.WeiboOptions{Clock: clock})
	h.xKeys = h.x.AddAccount(sandbox.XAccount{Handle: "mi_check", Name: "Mi Check"})
	weiboKeys := weibo.AddAccount(sandbox.WeiboAccount{Name: "小米检查", SafeDomain: hostOf(h.config.PublicURL)})
	h.xServer = httptest.NewServer(h.x)
	weiboServer := httptest.NewServer(weibo)
	t.Cleanup(h.xServer.Close)
	t.Cleanup(weiboServer.Close)
	h.config.XURL, h.config.WeiboURL = h.xServer.URL, weiboServer.URL

	h.connect(t, connectors.Twitter, map[string]any{
		"api": "v2", "consumer_key": h.xKeys.ConsumerKey, "consumer_secret": h.xKeys.ConsumerSecret,
		"access_token": h.xKeys.AccessToken, "access_secret": h.xKeys.AccessSecret,
	})
	h.connect(t, connectors.Weibo, map[string]any{
		"app_key": weiboKeys.AppKey, "app_secret": weiboKeys.AppSecret,
		"access_token": weiboKeys.AccessToken, "safe_domain": weiboKeys.SafeDomain,
	})
	return h
}

func (h healthy) connect(t *testing.T, network string, credentials map[string]any) {
	t.Helper()
	content, err := json.Marshal(credentials)
	if err != nil {
		t.Fatal(err)
	}
	err = with(t.Context(), &h.config, func(a *App) error {
		person, err := a.Accounts.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: network + "@example.com", Name: "Lin", Role: accounts.Marketing})
		if err != nil {
			return err
		}
		actor, err := a.Accounts.Actor(t.Context(), person.ID)
		if err != nil {
			return err
		}
		_, err = a.Campaigns.ConnectAccount(t.Context(), actor, campaigns.AccountDraft{Network: network, Name: network, Credentials: content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// find gives what was found of a check.
func find(findings []finding, check string) finding {
	for _, f := range findings {
		if strings.HasPrefix(f.Check, check) {
			return f
		}
	}
	return finding{}
}

// wantFinding checks one verdict and that its sentence says what it should.
func wantFinding(t *testing.T, findings []finding, check string, want verdict, says string) {
	t.Helper()
	if f := find(findings, check); f.Verdict != want || !strings.Contains(f.Detail, says) {
		t.Errorf("%s: %+v, want %s that says %q; all: %+v", check, f, want, says, findings)
	}
}

func TestAHealthyInstallationWhileItServes(t *testing.T) {
	t.Parallel()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			h := newHealthy(t, dialect)
			_, stop := start(t, h.config)
			findings := examine(t.Context(), h.config)
			checks := map[string]bool{}
			for _, f := range findings {
				checks[f.Check] = true
				if f.Verdict == verdictFail || f.Verdict == verdictWarn && f.Check != "disk" && f.Check != "mail" && !strings.HasPrefix(f.Check, "account 小米检查") {
					t.Errorf("%+v", f)
				}
			}
			for _, check := range []string{"configuration", "public URL", "database", "schema", "secret key", "images", "account @mi_check", "account 小米检查", "clock of X", "clock of Weibo"} {
				if !checks[check] {
					t.Errorf("%q was not looked at: %+v", check, findings)
				}
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestWhatACheckFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, h *healthy)
		check string
		want  verdict
		says  string
	}{
		"a bad address": {func(_ *testing.T, h *healthy) { h.config.Addr = "8080" }, "configuration", verdictFail, "FANFARE_ADDR"},
		"no file of countries": {func(_ *testing.T, h *healthy) { h.config.GeoIP = filepath.Join(h.config.Data, "none.mmdb") },
			"countries", verdictFail, "none.mmdb cannot be read"},
		"a public address without TLS": {func(_ *testing.T, h *healthy) { h.config.PublicURL = "http://fans.example.com" },
			"public URL", verdictFail, "https"},
		"a public address with a path": {func(_ *testing.T, h *healthy) { h.config.PublicURL = "https://fans.example.com/forum" },
			"public URL", verdictFail, "root"},
		"a good public address, which is not Weibo's": {func(_ *testing.T, h *healthy) { h.config.PublicURL = "https://fans.example.com" },
			"public URL", verdictOK, "fans.example.com"},
		"another key": {func(t *testing.T, h *healthy) { writeKey(t, h.config.Data, strings.Repeat("ab", 32)) },
			"secret key", verdictFail, "does not fit"},
		"no key": {func(t *testing.T, h *healthy) { _ = os.Remove(filepath.Join(h.config.Data, keyFile)) },
			"secret key", verdictFail, "key file"},
		"no database": {func(t *testing.T, h *healthy) { h.config.Database = "sqlite:" + filepath.Join(t.TempDir(), "x.db") },
			"database", verdictWarn, "first start"},
		"an empty database": {func(t *testing.T, h *healthy) { h.config.Database = "sqlite:" + emptyFile(t) },
			"schema", verdictWarn, "first start"},
		"no SQLite file": {func(t *testing.T, h *healthy) { h.config.Database = "sqlite:" + notADatabase(t) },
			"database", verdictFail, "cannot be opened"},
		"an older schema": {func(t *testing.T, h *healthy) {
			tamper(t, h.config, "DELETE FROM goose_db_version WHERE version_id > 2")
		},
			"schema", verdictFail, "fanfare migrate"},
		"a newer schema": {func(t *testing.T, h *healthy) {
			tamper(t, h.config, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		}, "schema", verdictFail, "newer"},
		"images nobody could keep": {func(t *testing.T, h *healthy) {
			if err := os.WriteFile(filepath.Join(h.config.Data, "media"), nil, 0o400); err != nil {
				t.Fatal(err)
			}
		}, "images", verdictFail, "does not answer"},
		"a bucket that is away": {func(_ *testing.T, h *healthy) {
			h.config.MediaURL = "s3://key:topsecret@127.0.0.1:1/bucket?region=r&tls=off"
		}, "images", verdictFail, "does not answer"},
		"no address of a bucket": {func(_ *testing.T, h *healthy) { h.config.MediaURL = "s3://key:topsecret@host" },
			"configuration", verdictFail, "FANFARE_MEDIA cannot be read"},
		"a network that is away": {func(_ *testing.T, h *healthy) { h.xServer.Close() }, "account @mi_check", verdictFail, "reached"},
		"the clock of a network that is away": {func(_ *testing.T, h *healthy) { h.xServer.Close() },
			"clock of X", verdictWarn, "asked"},
		"credentials revoked": {func(_ *testing.T, h *healthy) { h.x.Faults.Add(sandbox.Fault{Kind: sandbox.Revoked}) },
			"account @mi_check", verdictFail, "does not accept the account's token"},
		"an account held back": {func(t *testing.T, h *healthy) {
			tamper(t, h.config, "UPDATE network_accounts SET problem = 'Sign in again.'")
		}, "account @mi_check", verdictFail, "Sign in again."},
		"a network that is busy": {func(_ *testing.T, h *healthy) { h.x.Faults.Add(sandbox.Fault{Kind: sandbox.RateLimited}) },
			"account @mi_check", verdictWarn, "429"},
		"a fast clock": {func(_ *testing.T, h *healthy) { h.config.Clock = shifted(time.Minute) }, "clock of X", verdictFail, "ahead"},
		"a slow clock": {func(_ *testing.T, h *healthy) { h.config.Clock = shifted(-time.Minute) }, "clock of Weibo", verdictFail, "behind"},
		"a clock within bounds": {func(_ *testing.T, h *healthy) { h.config.Clock = shifted(900 * time.Millisecond) },
			"clock of X", verdictOK, "2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHealthy(t, storage.SQLite)
			c.spoil(t, &h)
			findings := examine(t.Context(), h.config)
			wantFinding(t, findings, c.check, c.want, c.says)
			if strings.Contains(fmt.Sprint(findings), "topsecret") {
				t.Errorf("a secret is told: %+v", findings)
			}
		})
	}
}

func TestTheClockOfADatabase(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.Postgres)
	wantFinding(t, examine(t.Context(), config), "clock of database", verdictOK, "")
	config.Clock = shifted(-time.Hour)
	wantFinding(t, examine(t.Context(), config), "clock of database", verdictFail, "behind")
}

func TestAnAnswerWithoutADate(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }))
	t.Cleanup(server.Close)
	config := testConfig(t, storage.SQLite)
	config.XURL = server.URL
	wantFinding(t, examine(t.Context(), config), "clock of X", verdictWarn, "date")
}

// TestACheckTouchesNothing looks over a folder that is not there yet.
func TestACheckTouchesNothing(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	config.Data, config.Database = filepath.Join(t.TempDir(), "none"), ""
	examine(t.Context(), config)
	if _, err := os.Stat(config.Data); err == nil {
		t.Error("it made the data folder")
	}
}

// TestLinkHosts holds an account's link address against what its network says.
func TestLinkHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		network, xURL, public, base, host string
		works                             bool
	}{
		{"weibo", "", "https://fans.example.com", "", "fans.example.com", true},
		{"weibo", "", "https://fans.example.com", "", "go.example.com", false},
		{"weibo", "", "https://fans.example.com", "https://go.example.com", "GO.example.com", true},
		{"twitter", "https://api.x.com", "http://127.0.0.1:8080", "", "", false},
		{"twitter", "https://api.x.com", "http://127.0.0.1:8080", "https://go.example.com", "", true},
		{"twitter", "http://127.0.0.1:9001", "http://127.0.0.1:8080", "", "", true},
	} {
		c := &checkup{Config: Config{PublicURL: test.public, XURL: test.xURL, WeiboURL: "https://api.weibo.com"}}
		works := c.linksWork("account", accounts.NetworkAccount{Network: test.network, LinkBaseURL: test.base}, connectors.Identity{LinkHost: test.host})
		if works != test.works || works != (len(c.findings) == 0) {
			t.Errorf("%+v: %v %+v", test, works, c.findings)
		}
	}
}

func emptyFile(t *testing.T) string {
	t.Helper()
	return writeFile(t, "")
}

func notADatabase(t *testing.T) string {
	t.Helper()
	return writeFile(t, strings.Repeat("Dear diary. ", 1000))
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tamper changes a database behind the program's back.
func tamper(t *testing.T, config Config, statement string) {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Config{URL: config.Database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Exec(statement).Error }); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
}

// shifted gives a clock that goes wrong by d.
func shifted(d time.Duration) storage.Clock {
	clock := storagetest.NewClock()
	clock.Set(time.Now().Add(d))
	return clock
}
