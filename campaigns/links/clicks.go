package links

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"fanfare/storage"
)

// clickFlush is how often clicks go to the database. With the time of a commit
// it is what a crash may lose: 250 ms.
const clickFlush = 150 * time.Millisecond

type clickKey struct {
	link   uint32
	second int64 // Unix time
}

type clickCount struct{ people, bots int64 }

// clickCounter counts clicks by link and second in memory and adds them to the
// database several times a second: a redirect waits for no write, and a link
// that everybody clicks is one row to add to.
type clickCounter struct {
	db  *storage.DB
	log *slog.Logger

	audience *audience

	mu      sync.Mutex
	pending map[clickKey]clickCount

	flushing sync.Mutex // held over a flush: one at a time
	quit     chan struct{}
	quitOnce sync.Once
	loops    sync.WaitGroup
}

func newClickCounter(db *storage.DB, log *slog.Logger, country func(netip.Addr) string) *clickCounter {
	return &clickCounter{db: db, log: log, audience: newAudience(db, country), pending: make(map[clickKey]clickCount), quit: make(chan struct{})}
}

func (c *clickCounter) count(link uint32, at time.Time, bot bool) {
	key := clickKey{link, at.Unix()}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.pending[key]
	if bot {
		n.bots++
	} else {
		n.people++
	}
	c.pending[key] = n
}

func (c *clickCounter) start() {
	c.loops.Go(func() {
		ticker := time.NewTicker(clickFlush)
		defer ticker.Stop()
		waiting := false
		for {
			select {
			case <-c.quit:
				return
			case <-ticker.C:
				err := c.flush(context.Background())
				switch {
				case err != nil && !waiting: // once, not four times a second
					c.log.Error("clicks wait in memory", "err", err)
				case err == nil && waiting:
					c.log.Info("clicks are written again")
				}
				waiting = err != nil
			}
		}
	})
}

// stop ends the loop and flushes what is left.
func (c *clickCounter) stop(ctx context.Context) error {
	c.quitOnce.Do(func() { close(c.quit) })
	c.loops.Wait()
	err := c.flush(ctx)
	if err != nil {
		lost := int64(0)
		for _, n := range c.take() {
			lost += n.people + n.bots
		}
		c.log.Error("clicks that could not be written are lost", "clicks", lost, "err", err)
	}
	return err
}

var (
	addClicks = storage.NewBulk("INSERT INTO clicks (link_id, second, people, bots) VALUES ", 4,
		" ON CONFLICT (link_id, second) DO UPDATE SET people = clicks.people + excluded.people, bots = clicks.bots + excluded.bots")
	addClickTotals = storage.NewBulk("INSERT INTO click_totals (link_id, people, bots) VALUES ", 3,
		" ON CONFLICT (link_id) DO UPDATE SET people = click_totals.people + excluded.people, bots = click_totals.bots + excluded.bots")
)

// flush adds the pending counts to the database. If that fails they stay
// pending.
func (c *clickCounter) flush(ctx context.Context) error {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	if err := c.audience.salts.renew(ctx); err != nil {
		c.log.Error("visitors wait for a new salt", "err", err)
	}
	taken := c.take()
	c.audience.roll()
	if len(taken) == 0 && len(c.audience.rolled.counts) == 0 {
		return nil
	}
	err := c.db.Write(ctx, func(tx *storage.Tx) error {
		return cmp.Or(storeClicks(ctx, tx, taken), c.audience.rolled.store(ctx, tx))
	})
	if err != nil {
		c.giveBack(taken)
		return err
	}
	c.audience.rolled = newRollup()
	return nil
}

// storeClicks adds counts to their seconds, minutes and hours and to the totals
// of their links.
func storeClicks(ctx context.Context, tx *storage.Tx, taken map[clickKey]clickCount) error {
	// Sorted, so that two processes that add to the same rows cannot deadlock.
	keys := slices.SortedFunc(maps.Keys(taken), func(a, b clickKey) int {
		return cmp.Or(cmp.Compare(a.link, b.link), cmp.Compare(a.second, b.second))
	})
	totals := make(map[uint32]clickCount)
	for _, key := range keys {
		sum, n := totals[key.link], taken[key]
		totals[key.link] = clickCount{sum.people + n.people, sum.bots + n.bots}
	}
	links := slices.Sorted(maps.Keys(totals))
	err := addClicks.Each(tx.Dialect(), len(keys), func(statement string, from, to int) error {
		args := make([]any, 0, 4*(to-from))
		for _, key := range keys[from:to] {
			args = append(args, int64(key.link), key.second, taken[key].people, taken[key].bots)
		}
		return tx.Later(ctx, statement, args...)
	})
	if err := cmp.Or(err, storeClickCounts(ctx, tx, taken)); err != nil {
		return err
	}
	return addClickTotals.Each(tx.Dialect(), len(links), func(statement string, from, to int) error {
		args := make([]any, 0, 3*(to-from))
		for _, link := range links[from:to] {
			args = append(args, int64(link), totals[link].people, totals[link].bots)
		}
		return tx.Later(ctx, statement, args...)
	})
}

// take gives what is pending, to the caller alone; nil if there is nothing.
func (c *clickCounter) take() map[clickKey]clickCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) == 0 {
		return nil // not the map itself: clicks are about to land in it
	}
	taken := c.pending
	c.pending = make(map[clickKey]clickCount)
	return taken
}

func (c *clickCounter) giveBack(taken map[clickKey]clickCount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, n := range taken {
		now := c.pending[key]
		c.pending[key] = clickCount{people: now.people + n.people, bots: now.bots + n.bots}
	}
}
