package campaigns

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"fanfare/accounts"
	"fanfare/campaigns/links"
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
	Links     *links.Service
	PublicURL string // where people reach the service
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
	Metrics       prometheus.Registerer // gets the figures of this service; nil keeps them to itself
}

// Service is the door to this package.
type Service struct {
	db          *storage.DB
	jobs        *scheduler.Scheduler
	accounts    *accounts.Service
	networks    map[string]connectors.Network
	dispatchers map[string]*dispatcher // by network
	media       *media.Service
	publicURL   string
	log         *slog.Logger
	links       *links.Service
	tokens      *links.Codec
	timing      Timing
	machine     func(ctx context.Context, social []accounts.NetworkAccount) []Finding
	telling     tellFunc
	metrics     *metrics

	withoutCounts bool

	// Deliveries that are due together are prepared, claimed and recorded together.
	prepares *group[int64, prepared]
	claims   *group[outgoing, Delivery]
	receipts *group[finishedCall, struct{}]
	uploads  singleflight.Group // by delivery
	renewals singleflight.Group // by the account's id
}

// New makes the service and registers its jobs with the scheduler. Call Start
// before those run.
func New(o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = tellNobody
	}
	figures, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	s := &Service{
		metrics: figures, timing: DefaultTiming(), machine: o.Machine, withoutCounts: o.WithoutCounts, telling: o.Tell,
		db: o.DB, jobs: o.Jobs, accounts: o.Accounts, media: o.Media, publicURL: o.PublicURL, log: o.Logger,
		networks:    make(map[string]connectors.Network, len(o.Networks)),
		dispatchers: make(map[string]*dispatcher, len(o.Networks)),
		links:       o.Links,
		tokens:      o.Links.Codec(),
	}
	for _, n := range o.Networks {
		s.networks[n.Name()] = n
		s.dispatchers[n.Name()] = newDispatcher(s.db.Clock(), mostCalls, s.release, s.takeBack)
	}
	if o.Timing != nil {
		s.timing = *o.Timing
	}
	s.prepares = newGroup(1000, s.prepareAll)
	s.claims = newGroup(2000, s.claimAll)
	s.receipts = newGroup(100, s.recordAll)
	return s, s.registerJobs()
}

// Start takes up what a killed process left. The links are to be started before
// it, and jobs after it.
func (s *Service) Start(ctx context.Context) error { return s.doubtAbandoned(ctx) }
