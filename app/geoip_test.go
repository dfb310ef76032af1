package app

import (
	"bytes"
	"cmp"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/connectors/sandbox"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// writeCountries writes a MaxMind DB file with a country for each network. It
// takes the place of one that is there as geoipupdate has it: by its name.
func writeCountries(t *testing.T, path string, ipVersion int, networks map[string]string) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: "Test-Country", IPVersion: ipVersion, RecordSize: 24,
		IncludeReservedNetworks: true, DisableIPv4Aliasing: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for network, code := range networks {
		_, prefix, err := net.ParseCIDR(network)
		err = cmp.Or(err, tree.Insert(prefix, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}))
		if err != nil {
			t.Fatal(err)
		}
	}
	var content bytes.Buffer
	if _, err := tree.WriteTo(&content); err != nil {
		t.Fatal(err)
	}
	if err := cmp.Or(os.WriteFile(path+".new", content.Bytes(), 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

func TestCountriesOfAddresses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countries.mmdb")
	for ipVersion, expected := range map[int]map[string]string{
		4: {"203.0.113.7": "HK", "::ffff:203.0.113.7": "HK", "198.51.100.1": "", "10.0.0.1": "", "2001:db8::1": ""},
		6: {
			"203.0.113.7": "HK", "::ffff:203.0.113.7": "HK", "198.51.100.1": "", "2001:db8::1": "DE", "2001:db9::1": "",
			"10.0.0.1": "", "127.0.0.1": "", "::1": "", "fe80::1%eth0": "", "fd00::1": "",
		},
	} {
		networks := map[string]string{"203.0.113.0/24": "HK"}
		if ipVersion == 6 {
			networks["2001:db8::/32"] = "DE"
		}
		writeCountries(t, path, ipVersion, networks)
		country, err := openCountries(path, storagetest.NewClock(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for address, want := range expected {
			if got := country(netip.MustParseAddr(address)); got != want {
				t.Errorf("IPv%d file: %s is in %q, want %q", ipVersion, address, got, want)
			}
		}
		if got := country(netip.Addr{}); got != "" {
			t.Errorf("no address is in %q", got)
		}
	}
}

func TestFilesOfCountries(t *testing.T) {
	t.Parallel()
	path, clock, log := filepath.Join(t.TempDir(), "countries.mmdb"), storagetest.NewClock(), &lockedBuffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	if country, err := openCountries("", clock, logger); country != nil || err != nil {
		t.Errorf("without a path: %v", err)
	}
	if _, err := openCountries(path, clock, logger); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing: %v", err)
	}
	write := func(content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("no such thing"))
	if _, err := openCountries(path, clock, logger); !fault.Is(err, fault.Invalid) {
		t.Errorf("broken: %v", err)
	}

	address := netip.MustParseAddr("203.0.113.7")
	writeCountries(t, path, 6, map[string]string{"203.0.113.0/24": "HK"})
	country, err := openCountries(path, clock, logger)
	if err != nil {
		t.Fatal(err)
	}
	want := func(code string) {
		t.Helper()
		if got := country(address); got != code {
			t.Errorf("it is in %q, want %q; %s", got, code, log)
		}
	}
	want("HK")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeCountries(t, path, 6, map[string]string{"203.0.113.0/24": "DE", "198.51.100.0/24": "CN"})
	want("HK") // not looked at yet
	clock.Advance(countriesEvery)
	want("DE")
	write(content[:len(content)/2]) // in place, and broken off
	clock.Advance(countriesEvery)
	want("DE")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	clock.Advance(countriesEvery)
	want("DE")
	if n := strings.Count(log.String(), "level=WARN"); n != 2 {
		t.Errorf("%d warnings: %s", n, log)
	}
	writeCountries(t, path, 6, map[string]string{"203.0.113.0/24": "TW", "198.51.100.0/24": "CN"})
	clock.Advance(-time.Hour) // set back
	want("TW")
}

// TestNoAddressIsWrittenDown: where people came from is counted, and who they
// were is neither in the database's files nor in the log.
func TestNoAddressIsWrittenDown(t *testing.T) {
	t.Parallel()
	config, log := testConfig(t, storage.SQLite), &lockedBuffer{}
	config.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.GeoIP = filepath.Join(config.Data, "countries.mmdb")
	config.Database = "sqlite:" + filepath.Join(config.Data, "fanfare.db")
	x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
	config.XURL = listen(t, x)
	writeCountries(t, config.GeoIP, 6, map[string]string{"203.0.113.0/24": "HK", "2001:db8::/32": "DE"})
	a, stop := start(t, config)
	_, key, err := a.Accounts.CreateKey(t.Context(), accounts.System(), "desk", accounts.Admin)
	if err != nil {
		t.Fatal(err)
	}
	link := makeLink(t, newClient(config.PublicURL, key), x)
	addresses := []string{"203.0.113.77", "::ffff:203.0.113.78", "2001:db8:feed:beef::77", "198.51.100.77"}
	for _, address := range addresses {
		for _, url := range []string{link, config.PublicURL + "/r/nosuchtoken0", config.PublicURL + "/sign-in"} {
			visit(t, url, address)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	wantCountries(t, config, map[string]int64{"HK": 2, "DE": 1, links.Unknown: 1})

	written := log.String()
	files, err := filepath.Glob(filepath.Join(config.Data, "fanfare.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		written += string(content)
	}
	for _, sure := range []string{"shop.example.com/mi2", "level=INFO msg=stopped"} {
		if !strings.Contains(written, sure) {
			t.Errorf("%q is not found, so that nothing would be", sure)
		}
	}
	for _, address := range addresses {
		ip := netip.MustParseAddr(address)
		raw, bare := ip.As16(), ip.Unmap().String()
		for form, text := range map[string]string{"text": bare, "binary": string(raw[:]), "URL": strings.ReplaceAll(bare, ":", "%3A")} {
			if strings.Contains(written, text) {
				t.Errorf("%s is written down as %s", address, form)
			}
		}
	}
}

// wantCountries compares what a service that has stopped has counted.
func wantCountries(t *testing.T, config Config, want map[string]int64) {
	t.Helper()
	a, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(t.Context())
	audience, err := a.Links.Audience(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	for _, part := range audience.Countries {
		found[part.Value] = part.People
	}
	if !maps.Equal(found, want) || audience.Visitors != audience.People {
		t.Errorf("people came from %v, want %v; %d visitors of %d", found, want, audience.Visitors, audience.People)
	}
}

// visit asks for a page as a browser behind a proxy on this machine does.
func visit(t *testing.T, url, address string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", address)
	request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}

// lockedBuffer is a log that many write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
