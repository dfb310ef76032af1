package stores

import (
	"context"
	"net/http"
	"slices"
	"time"

	"fanfare/storage"
)

const shownHooks = 10 // of each source, beside its figures

// SourceHealth is a source and how its webhooks come in, by those that are
// remembered of it.
type SourceHealth struct {
	Source
	Latest  []HookDelivery // newest first
	Seen    int
	Refused int            // of Seen: badly signed, unreadable, or failed
	LagLast *time.Duration // from the store's own time of it to its arrival; nil when not known
	LagP50  *time.Duration
}

// Refused tells whether the store was not answered with a success.
func (d HookDelivery) Refused() bool {
	return d.Result == HookBadSignature || d.Result == HookUnreadable || d.Result == HookFailed
}

// Lag is how long after the store's own time of it the webhook came; nil where
// the store told none.
func (d HookDelivery) Lag() *time.Duration {
	if d.LagMS == nil {
		return nil
	}
	lag := time.Duration(*d.LagMS) * time.Millisecond
	return &lag
}

// SourcesHealth lists all sources by name with how they fare.
func (s *Service) SourcesHealth(ctx context.Context) ([]SourceHealth, error) {
	if err := s.hooks.flush(ctx); err != nil {
		return nil, err
	}
	var all []SourceHealth
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		var sources []Source
		if err := tx.Omit("sealed", "replaced").Order("name").Find(&sources).Error; err != nil {
			return err
		}
		all = nil
		for _, source := range sources {
			var list []HookDelivery
			if err := tx.Where("source_id = ?", source.ID).Order("id DESC").Limit(keptHooks).Find(&list).Error; err != nil {
				return err
			}
			all = append(all, healthOf(s.withURL(source), list))
		}
		return nil
	})
	return all, err
}

func healthOf(source Source, list []HookDelivery) SourceHealth {
	h := SourceHealth{Source: source, Latest: list[:min(len(list), shownHooks)], Seen: len(list)}
	var lags []time.Duration
	for _, d := range list {
		if d.Refused() {
			h.Refused++
		}
		if lag := d.Lag(); lag != nil {
			lags = append(lags, *lag)
		}
	}
	if len(lags) > 0 {
		last := lags[0]
		slices.Sort(lags)
		h.LagLast, h.LagP50 = &last, &lags[len(lags)/2]
	}
	return h
}

// lagOf is how long ago a store says that a webhook's reason was: Shopify by
// its header, the others by the time of an order that is new. A store whose
// clock is ahead of ours is taken to be on time.
func lagOf(header http.Header, event storeEvent, result HookResult, now time.Time) *int64 {
	at, err := time.Parse(time.RFC3339, header.Get("X-Shopify-Triggered-At"))
	if err != nil {
		if event.order == nil || result != HookAccepted {
			return nil
		}
		at = event.order.PlacedAt
	}
	ms := max(0, now.Sub(at).Milliseconds())
	return &ms
}
