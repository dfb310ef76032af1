package campaigns

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/media"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Options are what the service is made of.
type Options struct {
	DB        *storage.DB
	Jobs      *scheduler.Scheduler
	Accounts  *accounts.Service
	Networks  []connectors.Network
	Media     *media.Service
	Secret    []byte // FANFARE_SECRET_KEY; the tokens' keys are derived from it
	PublicURL string // where /r/{token} is reached, for accounts without a link base of their own
	Logger    *slog.Logger
	Timing    *Timing // of deliveries; DefaultTiming when nil
	// Machine tells, for pre-flights, how the machine and its connections are
	// that these accounts use; nil tells nothing.
	Machine func(ctx context.Context, social []accounts.NetworkAccount) []Finding
	// Tell hands over what happened, in the transaction in which it does, and
	// asks for data when somebody wants to know; nil is nobody. See events.go.
	Tell func(tx *storage.Tx, event string, data func() []any) error
	// WithoutCounts keeps from asking the networks how published posts do.
	WithoutCounts bool
	Metrics       prometheus.Registerer   // gets the figures of this service; nil keeps them to itself
	Country       func(netip.Addr) string // tells where an address is, ISO 3166-1 alpha-2 or ""; nil knows none
}

// Service is the door to this package.
type Service struct {
	db        *storage.DB
	jobs      *scheduler.Scheduler
	accounts  *accounts.Service
	networks  map[string]connectors.Network
	turns     map[string]*turns // by network
	media     *media.Service
	publicURL string
	log       *slog.Logger
	tokens    *tokenCodec
	links     *linkIndex
	aliases   *aliasIndex
	agents    agentCache
	clicks    *clickCounter
	intake    *intake
	sources   *sourceIndex
	hooks     *hookLog
	timing    Timing
	machine   func(ctx context.Context, social []accounts.NetworkAccount) []Finding
	telling   tellFunc
	metrics   *metrics

	withoutCounts bool

	// Deliveries that are due together are prepared, claimed, released and recorded together.
	prepares *group[int64, prepared]
	claims   *group[outgoing, Delivery]
	releases *group[outgoing, Delivery]
	receipts *group[finishedCall, struct{}]
	uploads  singleflight.Group // by delivery
	renewals singleflight.Group // by the account's id
}

// New makes the service and registers its jobs with the scheduler. Call Start
// before clicks or orders come.
func New(o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = tellNobody
	}
	tokens, err := newTokenCodec(o.Secret)
	if err != nil {
		return nil, err
	}
	figures, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	s := &Service{
		metrics: figures, timing: DefaultTiming(), machine: o.Machine, withoutCounts: o.WithoutCounts, telling: o.Tell,
		db: o.DB, jobs: o.Jobs, accounts: o.Accounts, media: o.Media, publicURL: o.PublicURL, log: o.Logger,
		networks: make(map[string]connectors.Network, len(o.Networks)),
		turns:    make(map[string]*turns, len(o.Networks)),
		tokens:   tokens,
		links:    newLinkIndex(o.DB),
		aliases:  newAliasIndex(o.DB),
		clicks:   newClickCounter(o.DB, o.Logger),
		sources:  newSourceIndex(o.DB, o.Accounts),
		hooks:    newHookLog(o.DB, o.Logger),
	}
	s.clicks.audience.country = o.Country
	for _, n := range o.Networks {
		s.networks[n.Name()], s.turns[n.Name()] = n, newTurns(mostCalls)
	}
	if o.Timing != nil {
		s.timing = *o.Timing
	}
	s.prepares = newGroup(1000, s.prepareAll)
	s.claims = newGroup(2000, s.claimAll)
	s.releases = newGroup(10_000, s.releaseAll) // whatever is due goes first
	s.receipts = newGroup(100, s.recordAll)
	s.intake = newIntake(s)
	return s, s.registerJobs()
}

// Start loads the links, takes up what a killed process left, and opens the
// intake of clicks and orders. Jobs are to run after it.
func (s *Service) Start(ctx context.Context) error {
	if err := cmp.Or(s.links.load(ctx), s.aliases.load(ctx), s.doubtAbandoned(ctx)); err != nil {
		return err
	}
	s.clicks.start()
	s.intake.start()
	s.hooks.start()
	return nil
}

// Stop closes the intake, commits what it holds, and writes down the clicks and
// what became of webhooks.
func (s *Service) Stop(ctx context.Context) error {
	s.intake.stop()
	return errors.Join(s.clicks.stop(ctx), s.hooks.stop(ctx))
}
