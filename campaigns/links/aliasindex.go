package links

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"fanfare/storage"
)

const (
	aliasAge       = 10 * time.Second // after which an alias is read again: another process may have changed it
	mostStrangers  = 10_000           // names that are no aliases, remembered before all are forgotten
	strangeLookups = 50               // names a second that are looked up though nobody knew them before
)

// aliasIndex holds the aliases in memory. Anybody can ask for any name: names
// that are none are remembered too, and new ones looked up only so often.
type aliasIndex struct {
	db      *storage.DB
	limit   *rate.Limiter
	lookups singleflight.Group

	mu        sync.RWMutex
	known     map[string]knownAlias
	strangers map[string]time.Time // when they were looked up
}

type knownAlias struct {
	link uint32
	read time.Time
}

func newAliasIndex(db *storage.DB) *aliasIndex {
	return &aliasIndex{
		db: db, limit: rate.NewLimiter(strangeLookups, strangeLookups),
		known: make(map[string]knownAlias), strangers: make(map[string]time.Time),
	}
}

// load reads all aliases.
func (x *aliasIndex) load(ctx context.Context) error {
	var links []Link
	now := x.db.Clock().Now()
	err := x.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Select("id", "alias").Where("alias IS NOT NULL").Find(&links).Error
	})
	for _, l := range links {
		x.known[*l.Alias] = knownAlias{uint32(l.ID), now}
	}
	return err
}

// change makes a link's new alias known at once, and its old one forgotten;
// call it from Tx.AfterCommit.
func (x *aliasIndex) change(before, after *string, link uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if before != nil {
		delete(x.known, *before)
	}
	if after != nil {
		x.known[*after] = knownAlias{link, x.db.Clock().Now()}
		delete(x.strangers, *after)
	}
}

// find gives the link of an alias. When too many names that nobody knew are
// asked for, it takes them for none: only an alias that another process has made
// since can be among them, and for no longer than that goes on.
func (x *aliasIndex) find(ctx context.Context, text string, now time.Time) (link uint32, found bool, err error) {
	alias, ok := foldAlias(text)
	if !ok {
		return 0, false, nil
	}
	x.mu.RLock()
	known, found := x.known[alias]
	lookedUp, strange := x.strangers[alias]
	x.mu.RUnlock()
	switch {
	case found && now.Sub(known.read) < aliasAge:
		return known.link, true, nil
	case strange && now.Sub(lookedUp) < aliasAge:
		return 0, false, nil
	case !found && !x.limit.AllowN(now, 1):
		return 0, false, nil
	}
	read, err, _ := x.lookups.Do(alias, func() (any, error) { return x.lookUp(context.WithoutCancel(ctx), alias, now) })
	if err != nil {
		return known.link, found, orNil(err, found) // what was known may still be so
	}
	link = read.(uint32)
	return link, link != 0, nil
}

// lookUp reads an alias and remembers it, or that there is none: then it gives 0.
func (x *aliasIndex) lookUp(ctx context.Context, alias string, now time.Time) (link uint32, err error) {
	err = x.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw("SELECT id FROM links WHERE alias = ?", alias).Row().Scan(&link)
	})
	none := errors.Is(err, sql.ErrNoRows)
	if err != nil && !none {
		return 0, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if none {
		if len(x.strangers) >= mostStrangers {
			clear(x.strangers)
		}
		delete(x.known, alias)
		x.strangers[alias] = now
		return 0, nil
	}
	x.known[alias] = knownAlias{link, now}
	return link, nil
}

// orNil drops an error where there is an answer in spite of it.
func orNil(err error, answered bool) error {
	if answered {
		return nil
	}
	return err
}
