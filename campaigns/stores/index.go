package stores

import (
	"context"
	"sync"
	"time"

	"fanfare/accounts"
	"fanfare/storage"
)

// sourceTTL is how long a source that was deleted in another process may go on
// here.
const sourceTTL = 10 * time.Second

// openSource is a source with its secret opened.
type openSource struct {
	Source
	secret []byte
	readAt time.Time
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

// find gives a source of a kind: NotFound when there is none.
func (x *sourceIndex) find(ctx context.Context, kind SourceKind, name string) (openSource, error) {
	source, err := x.named(ctx, name)
	if err == nil && source.Kind != kind {
		err = noSource()
	}
	return source, err
}

func (x *sourceIndex) named(ctx context.Context, name string) (openSource, error) {
	now := x.db.Clock().Now()
	x.mu.Lock()
	source, found := x.byName[name]
	x.mu.Unlock()
	if age := now.Sub(source.readAt); found && age >= 0 && age < sourceTTL {
		return source, nil
	}
	err := x.db.Read(ctx, func(tx *storage.Tx) (err error) {
		source.Source, err = sourceNamed(tx, name)
		return err
	})
	if err != nil {
		return openSource{}, err
	}
	source.readAt = now
	if source.secret, err = x.accounts.Unseal(purposeSource, name, source.Sealed); err != nil {
		return openSource{}, err
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
