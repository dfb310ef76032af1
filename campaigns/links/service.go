// Package links is the campaign link and what happens on it: its token and its
// alias, where it leads, who followed it, and where they came from.
package links

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"fanfare/fault"
	"fanfare/storage"
)

// Options are what the service is made of.
type Options struct {
	DB        *storage.DB
	Secret    []byte // FANFARE_SECRET_KEY; the tokens' keys are derived from it
	PublicURL string // where /r/{token} is reached, for accounts without a link base of their own
	Logger    *slog.Logger
	Metrics   prometheus.Registerer   // gets the figures of this service; nil keeps them to itself
	Country   func(netip.Addr) string // tells where an address is, ISO 3166-1 alpha-2 or ""; nil knows none
}

// Service is the door to this package.
type Service struct {
	db        *storage.DB
	publicURL string
	tokens    *Codec
	known     *index
	aliases   *aliasIndex
	agents    agentCache
	clicks    *clickCounter
	followed  *prometheus.CounterVec // by kind: people and bots
}

// New makes the service. It returns Invalid for a secret of fewer than 16
// bytes. Call Start before clicks come.
func New(o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	tokens, err := NewCodec(o.Secret)
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: o.DB, publicURL: o.PublicURL, tokens: tokens,
		known: newIndex(o.DB), aliases: newAliasIndex(o.DB), clicks: newClickCounter(o.DB, o.Logger, o.Country),
		followed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fanfare_clicks_total", Help: "Clicks on campaign links, by people and by bots.",
		}, []string{"kind"}),
	}
	if o.Metrics != nil {
		err = o.Metrics.Register(s.followed)
	}
	return s, fault.Wrap(err, "metrics")
}

// Start reads the links into memory and begins to commit clicks.
func (s *Service) Start(ctx context.Context) error {
	if err := s.known.load(ctx); err != nil {
		return err
	}
	if err := s.aliases.load(ctx); err != nil {
		return err
	}
	s.clicks.start()
	return nil
}

// Stop commits the clicks that are still in memory.
func (s *Service) Stop(ctx context.Context) error { return s.clicks.stop(ctx) }

// Codec makes and reads the tokens of this service's links.
func (s *Service) Codec() *Codec { return s.tokens }

// Example is an address like those of the service's own links, and as long. It
// leads nowhere.
func (s *Service) Example() string { return address(s.publicURL, "0123456789ab") }

// address gives the campaign link of a token, as it is posted.
func address(base, token string) string { return strings.TrimRight(base, "/") + "/r/" + token }
