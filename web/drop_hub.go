package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fanfare/campaigns/reports"
	"fanfare/fault"
)

const (
	dropEvery    = time.Second
	dropPatience = 5 * time.Second // for one reading of the figures
	dropViewers  = 1000            // in one process
)

// dropHub shows drops to those who watch. However many watch a campaign, its
// figures are read once a second, and written out once a second in each
// language; a campaign that nobody watches is not read at all.
type dropHub struct {
	read   func(ctx context.Context, campaign int64) (reports.Drop, error)
	render func(locale string, d reports.Drop) ([]byte, error)
	every  time.Duration
	most   int // viewers
	log    *slog.Logger
	quit   chan struct{} // closed with the hub

	mu       sync.Mutex
	samplers map[int64]*dropSampler // by campaign
	viewers  int
}

// dropSampler reads one campaign's figures while anybody watches.
type dropSampler struct {
	viewers map[*dropViewer]struct{}
	stop    chan struct{}
}

// dropViewer is one who watches. The channel holds the latest event alone:
// whoever is slow misses events, and keeps nobody waiting.
type dropViewer struct {
	campaign int64
	locale   string
	events   chan []byte
}

func newDropHub(s *Server) *dropHub {
	return &dropHub{
		read: s.Reports.Drop, render: s.renderDrop, every: dropEvery, most: dropViewers, log: s.Logger,
		quit: make(chan struct{}), samplers: make(map[int64]*dropSampler),
	}
}

// join lets somebody watch a campaign. It returns Unavailable when too many
// watch already or the service is stopping.
func (h *dropHub) join(campaign int64, locale string) (*dropViewer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.quit:
		return nil, fault.New(fault.Unavailable, "drop.stopping", "The service is stopping. Try again in a moment.")
	default:
	}
	if h.viewers >= h.most {
		return nil, fault.New(fault.Unavailable, "drop.full", "Too many people are watching. Reload the page to see the figures of the moment.")
	}
	v := &dropViewer{campaign: campaign, locale: locale, events: make(chan []byte, 1)}
	sampler := h.samplers[campaign]
	if sampler == nil {
		sampler = &dropSampler{viewers: make(map[*dropViewer]struct{}), stop: make(chan struct{})}
		h.samplers[campaign] = sampler
		go h.run(campaign, sampler)
	}
	sampler.viewers[v] = struct{}{}
	h.viewers++
	return v, nil
}

// leave takes a viewer out; with the last one the reading stops.
func (h *dropHub) leave(v *dropViewer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sampler := h.samplers[v.campaign]
	delete(sampler.viewers, v)
	h.viewers--
	if len(sampler.viewers) == 0 {
		delete(h.samplers, v.campaign)
		close(sampler.stop)
	}
}

// close ends every stream: each viewer waits on quit too.
func (h *dropHub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.quit:
	default:
		close(h.quit)
	}
}

func (h *dropHub) run(campaign int64, sampler *dropSampler) {
	ticker := time.NewTicker(h.every)
	defer ticker.Stop()
	for {
		h.sample(campaign, sampler)
		select {
		case <-ticker.C:
		case <-sampler.stop:
			return
		case <-h.quit:
			return
		}
	}
}

// sample reads the figures once and gives them to all. When they cannot be
// read nobody gets any: the pages tell by themselves since when theirs stand.
func (h *dropHub) sample(campaign int64, sampler *dropSampler) {
	ctx, cancel := context.WithTimeout(context.Background(), dropPatience)
	defer cancel()
	drop, err := h.read(ctx, campaign)
	if err != nil {
		h.log.Warn("the figures of a drop cannot be read", "campaign", campaign, "err", err)
		return
	}
	events := make(map[string][]byte) // by locale
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range sampler.viewers {
		event, made := events[v.locale]
		if !made {
			if event, err = h.render(v.locale, drop); err != nil {
				h.log.Error("render a drop", "locale", v.locale, "err", err)
			}
			events[v.locale] = event
		}
		if event != nil {
			v.offer(event)
		}
	}
}

// offer replaces an event that was not taken yet. Only the sampler offers, so
// there is room for it then.
func (v *dropViewer) offer(event []byte) {
	select {
	case <-v.events:
	default:
	}
	v.events <- event
}
