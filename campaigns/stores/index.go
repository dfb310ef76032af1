package stores

import (
	"context"
	"sync"
	"time"

	"fanfare/accounts"
	"fanfare/storage"
)

// sourceTTL is how long a source that was deleted in another process may go on
// here. Where a signature is wrong it is half a second: the secret may be new.
const (
	sourceTTL        = 10 * time.Second
	doubtedSourceTTL = time.Second / 2
)

// openSource is a source with its secrets opened.
type openSource struct {
	Source
	secret   []byte
	replaced []byte // the one before; nil without
	readAt   time.Time
}

// secrets gives those that are good now.
func (s openSource) secrets(now time.Time) [][]byte {
	if s.replaced != nil && now.Before(*s.ReplacedUntil) {
		return [][]byte{s.secret, s.replaced}
	}
	return [][]byte{s.secret}
}

// sourceIndex keeps the sources in use in memory, so that a webhook costs no
// look-up. Names that do not exist are not kept: strangers could fill it.
type sourceIndex struct {
	db       *storage.DB
	accounts *accounts.Service

	mu     sync.Mutex
	byName map[string]openSource
}

func newSourceIndex(db *storage.DB, sealed *accounts.Service) *sourceIndex {
	return &sourceIndex{db: db, accounts: sealed, byName: make(map[string]openSource)}
}

// find gives a source of a kind, as it was within a time: NotFound when there
// is none.
func (x *sourceIndex) find(ctx context.Context, kind SourceKind, name string, within time.Duration) (openSource, error) {
	source, err := x.named(ctx, name, within)
	if err == nil && source.Kind != kind {
		err = noSource()
	}
	return source, err
}

func (x *sourceIndex) named(ctx context.Context, name string, within time.Duration) (openSource, error) {
	now := x.db.Clock().Now()
	x.mu.Lock()
	source, found := x.byName[name]
	x.mu.Unlock()
	if age := now.Sub(source.readAt); found && age >= 0 && age < within {
		return source, nil
	}
	err := x.db.Read(ctx, func(tx *storage.Tx) (err error) {
		source.Source, err = sourceNamed(tx, name)
		return err
	})
	if err != nil {
		return openSource{}, err
	}
	source.readAt, source.replaced = now, nil
	if source.secret, err = x.accounts.Unseal(purposeSource, name, source.Sealed); err != nil {
		return openSource{}, err
	}
	if source.ReplacedUntil != nil {
		if source.replaced, err = x.accounts.Unseal(purposeSource, name, source.Replaced); err != nil {
			return openSource{}, err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byName[name] = source
	return source, nil
}

func (x *sourceIndex) forget(name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.byName, name)
}
