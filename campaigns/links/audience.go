package links

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"fanfare/storage"
)

const (
	mostVisits = 1 << 16 // that wait in memory; further ones are counted as clicks alone
	mostHosts  = 30      // referrers kept apart for a link in an hour, by each process
)

// Unknown is the country of people of whom none is known. OtherReferrer stands
// for all that are not told apart, DirectReferrer for none.
const (
	Unknown        = "unknown"
	OtherReferrer  = "other"
	DirectReferrer = "direct"
)

// sighting is a person's click as it waits in memory, until the next flush. It is
// the only place where an address stands, and that is never written down.
type sighting struct {
	origin
	address netip.Addr
}

// origin is what many clicks of one flush have in common.
type origin struct {
	link     uint32
	at       int64 // begin of the hour, Unix time
	agent    *agent
	country  string // as a proxy told it
	referrer string // the header
}

type audienceKey struct {
	link  uint32
	at    int64 // begin of the hour, Unix time
	kind  string
	value string
}

// rollup is what remains of visits: sums and sketches.
type rollup struct {
	counts   map[audienceKey]int64
	visitors sketches
}

func newRollup() rollup {
	return rollup{counts: make(map[audienceKey]int64), visitors: make(sketches)}
}

// audience gathers where people come from. A redirect adds a visit to a list,
// and the flush does the rest.
type audience struct {
	salts   saltKeeper
	country func(netip.Addr) string // nil knows none

	mu      sync.Mutex
	waiting []sighting

	// What only the flush touches.
	spare  []sighting // memory for the next ones
	rolled rollup
	hosts  map[clickSpan]map[string]bool // referrers kept apart, by link and hour
}

func newAudience(db *storage.DB, country func(netip.Addr) string) *audience {
	return &audience{country: country, salts: saltKeeper{db: db}, rolled: newRollup(), hosts: make(map[clickSpan]map[string]bool)}
}

// see notes where a person came from.
func (a *audience) see(link uint32, at time.Time, agent *agent, v Visit) {
	address, _ := netip.ParseAddr(v.Address) // an invalid one is nobody's
	second := at.Unix()
	a.add(sighting{origin{link, second - second%hour, agent, v.Country, v.Referrer}, address})
}

func (a *audience) add(v sighting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting) < mostVisits {
		a.waiting = append(a.waiting, v)
	}
}

// roll turns the visits into sums and sketches, which wait in rolled until they
// are stored.
func (a *audience) roll() {
	a.mu.Lock()
	seen := a.waiting
	a.waiting, a.spare = a.spare[:0], nil
	a.mu.Unlock()
	origins := make(map[origin]int64)
	for _, v := range seen {
		if v.country == "" && a.country != nil && v.address.IsValid() {
			v.country = a.country(v.address)
		}
		origins[v.origin]++
		if id, day, ok := a.salts.visitor(v.address, v.agent.digest); ok {
			a.rolled.visitors.insert(linkDay{v.link, day}, id)
		}
	}
	for o, people := range origins {
		a.rolled.counts[audienceKey{o.link, o.at, "country", countryCode(o.country)}] += people
		a.rolled.counts[audienceKey{o.link, o.at, "device", o.agent.device}] += people
		a.rolled.counts[audienceKey{o.link, o.at, "referrer", a.referrerOf(o)}] += people
	}
	clear(seen) // addresses and headers go now, not when they are written over
	a.spare = seen
}

// countryCode tells codes from what is none. Proxies write XX or T1 where they know
// none (https://developers.cloudflare.com/fundamentals/reference/http-headers/).
func countryCode(text string) string {
	code := strings.ToUpper(text)
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' || code == "XX" {
		return Unknown
	}
	return code
}

// referrerOf keeps hosts apart while there are few of them: anybody can make
// them up.
func (a *audience) referrerOf(v origin) string {
	if v.agent.app != "" {
		return v.agent.app
	}
	name := referrerName(v.referrer)
	if !strings.Contains(name, ".") {
		return name // not a host
	}
	key := clickSpan{v.link, hour, v.at}
	known := a.hosts[key]
	if known == nil {
		maps.DeleteFunc(a.hosts, func(k clickSpan, _ map[string]bool) bool { return k.at < v.at-hour })
		known = make(map[string]bool)
		a.hosts[key] = known
	}
	if !known[name] && len(known) >= mostHosts {
		return OtherReferrer
	}
	known[name] = true
	return name
}

var addAudience = storage.NewBulk("INSERT INTO click_audience (link_id, at, kind, value, people) VALUES ", 5,
	" ON CONFLICT (link_id, at, kind, value) DO UPDATE SET people = click_audience.people + excluded.people")

// store adds a rollup to the database.
func (r rollup) store(ctx context.Context, tx *storage.Tx) error {
	// Sorted, so that two processes that add to the same rows cannot deadlock.
	keys := slices.SortedFunc(maps.Keys(r.counts), func(a, b audienceKey) int {
		return cmp.Or(cmp.Compare(a.link, b.link), cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.value, b.value))
	})
	err := addAudience.Each(tx.Dialect(), len(keys), func(statement string, from, to int) error {
		args := make([]any, 0, 5*(to-from))
		for _, k := range keys[from:to] {
			args = append(args, int64(k.link), k.at, k.kind, k.value, r.counts[k])
		}
		return tx.Later(ctx, statement, args...)
	})
	if err != nil {
		return err
	}
	return r.visitors.store(ctx, tx)
}
