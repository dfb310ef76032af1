package stores

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"fanfare/accounts"
	"fanfare/storage"
)

const (
	keptHooks     = 200 // webhooks that are remembered of each source
	hookFlush     = time.Second
	maxHookTopic  = 100 // bytes
	maxHookDetail = 500 // bytes
)

// HookDelivery is one webhook and what became of it.
type HookDelivery struct {
	ID       int64      `json:"-"`
	SourceID int64      `json:"-"`
	At       time.Time  `json:"at"`
	Topic    string     `json:"topic"`
	RemoteID string     `json:"remote_id,omitempty" doc:"The store's id of the order it was about."`
	Result   HookResult `json:"result" enum:"accepted,replayed,kept_first,adjusted,ignored,ping,bad_signature,unreadable,failed"`
	Detail   string     `json:"detail,omitempty"`
	LagMS    *int64     `json:"lag_ms,omitempty" doc:"How long after the store's own time of it the webhook came."`
}

// unsigned tells whether anybody could have caused it. Only the latest of
// these is kept: strangers must not push out what the store sent.
func (d HookDelivery) unsigned() bool { return d.Result == HookBadSignature || d.Result == HookPinged }

// HookDeliveries lists the latest webhooks of a source, newest first, 200 at
// the most. Those that other processes took may be missing for a second. It
// returns NotFound when there is no such source that the actor may see.
func (s *Service) HookDeliveries(ctx context.Context, actor accounts.Actor, name string) (list []HookDelivery, err error) {
	if err := s.hooks.flush(ctx); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		source, err := sourceOf(tx, actor, name)
		if err != nil {
			return err
		}
		return tx.Where("source_id = ?", source.ID).Order("id DESC").Limit(keptHooks).Find(&list).Error
	})
	return list, err
}

// hookLog gathers in memory what became of webhooks and writes it down once a
// second: in a drop, a write for each would halve the orders that are taken.
// Of each source it holds and keeps no more than the latest.
type hookLog struct {
	db  *storage.DB
	log *slog.Logger

	mu      sync.Mutex
	pending map[int64][]HookDelivery // by source

	flushing sync.Mutex // held over a flush: one at a time
	quit     chan struct{}
	quitOnce sync.Once
	loops    sync.WaitGroup
}

func newHookLog(db *storage.DB, log *slog.Logger) *hookLog {
	return &hookLog{db: db, log: log, pending: make(map[int64][]HookDelivery), quit: make(chan struct{})}
}

func (l *hookLog) add(d HookDelivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.pending[d.SourceID]
	if d.unsigned() {
		list = slices.DeleteFunc(list, func(old HookDelivery) bool { return old.Result == d.Result })
	}
	if len(list) == 2*keptHooks { // seldom, for what it moves
		list = slices.Delete(list, 0, keptHooks)
	}
	l.pending[d.SourceID] = append(list, d)
}

func (l *hookLog) start() {
	l.loops.Go(func() {
		ticker := time.NewTicker(hookFlush)
		defer ticker.Stop()
		for {
			select {
			case <-l.quit:
				return
			case <-ticker.C:
				if err := l.flush(context.Background()); err != nil {
					l.log.Error("the list of webhooks was not written", "err", err)
				}
			}
		}
	})
}

// stop ends the loop and flushes what is left.
func (l *hookLog) stop(ctx context.Context) error {
	l.quitOnce.Do(func() { close(l.quit) })
	l.loops.Wait()
	return l.flush(ctx)
}

// flush writes down what is pending. What cannot be written is dropped: the
// orders themselves are safe, and the next failure will show again.
func (l *hookLog) flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	l.mu.Lock()
	taken := l.pending
	l.pending = make(map[int64][]HookDelivery)
	l.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	return l.db.Write(ctx, func(tx *storage.Tx) error {
		for _, source := range slices.Sorted(maps.Keys(taken)) {
			if err := keepDeliveries(tx, source, latest(taken[source])); err != nil {
				return err
			}
		}
		return nil
	})
}

// latest gives a copy: a transaction that is run again must find no ids in it.
func latest(list []HookDelivery) []HookDelivery {
	return slices.Clone(list[max(0, len(list)-keptHooks):])
}

// keepDeliveries adds to what is known of a source, unless it was deleted in
// the meantime, and cuts it.
func keepDeliveries(tx *storage.Tx, source int64, list []HookDelivery) error {
	var there int64
	if err := tx.Model(&Source{}).Where("id = ?", source).Count(&there).Error; err != nil || there == 0 {
		return err
	}
	for _, d := range list {
		if !d.unsigned() {
			continue
		}
		if err := tx.Exec("DELETE FROM hook_deliveries WHERE source_id = ? AND result = ?", source, d.Result).Error; err != nil {
			return err
		}
	}
	if err := tx.CreateInBatches(list, 50).Error; err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM hook_deliveries WHERE source_id = ? AND id NOT IN
(SELECT id FROM hook_deliveries WHERE source_id = ? ORDER BY id DESC LIMIT ?)`, source, source, keptHooks).Error
}
