package app

import (
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"fanfare/fault"
	"fanfare/storage"
)

// countriesEvery is how often a file of countries is looked at for a newer one:
// MaxMind's come twice a week.
const countriesEvery = time.Minute

// countries tells where addresses are, out of a MaxMind DB file
// (https://maxmind.github.io/MaxMind-DB/), and takes up a newer one by itself.
type countries struct {
	path  string
	clock storage.Clock
	log   *slog.Logger

	mu       sync.Mutex
	file     *maxminddb.Reader
	read     os.FileInfo // of the file as it was read
	lookedAt time.Time
}

// openCountries gives the function that tells the country of an address, as ISO
// 3166-1 alpha-2, "" for one of none. Without a path there is nothing to ask.
// It returns Invalid for a file that is none.
func openCountries(path string, clock storage.Clock, log *slog.Logger) (country func(netip.Addr) string, err error) {
	if path == "" {
		return nil, nil
	}
	c := &countries{path: path, clock: clock, log: log, lookedAt: clock.Now()}
	if err := c.load(); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "FANFARE_GEOIP: " + path + " cannot be read as a MaxMind DB file.", Err: err}
	}
	return c.of, nil
}

// load reads the file into memory. Mapped, it would end the program when
// somebody writes over it in place.
func (c *countries) load() error {
	info, err := os.Stat(c.path)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(c.path)
	if err != nil {
		return err
	}
	file, err := maxminddb.OpenBytes(content)
	if err != nil {
		return err
	}
	c.file, c.read = file, info
	return nil
}

// current gives the file, read anew if there is another one now. One that
// cannot be read leaves the one before it in use.
func (c *countries) current() *maxminddb.Reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	if age := now.Sub(c.lookedAt); age >= 0 && age < countriesEvery {
		return c.file
	}
	c.lookedAt = now
	info, err := os.Stat(c.path)
	if err == nil && info.ModTime().Equal(c.read.ModTime()) && info.Size() == c.read.Size() {
		return c.file
	}
	if err = c.load(); err != nil {
		c.log.Warn("the newer FANFARE_GEOIP cannot be read; the one before it stays in use", "file", c.path, "err", err)
	} else {
		c.log.Info("FANFARE_GEOIP read anew", "file", c.path, "built", c.file.Metadata.BuildTime())
	}
	return c.file
}

func (c *countries) of(address netip.Addr) string {
	var code string
	// An IPv4 address may come as ::ffff:203.0.113.7, which not every file knows.
	if err := c.current().Lookup(address.Unmap()).DecodePath(&code, "country", "iso_code"); err != nil {
		return "" // a damaged entry is like none
	}
	return code
}
