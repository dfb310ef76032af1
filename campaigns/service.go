package campaigns

import (
	"context"
	"log/slog"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Options are what the service is made of.
type Options struct {
	DB        *storage.DB
	Jobs      *scheduler.Scheduler
	Accounts  *accounts.Service
	Networks  []connectors.Network
	Secret    []byte // FANFARE_SECRET_KEY; the tokens' keys are derived from it
	PublicURL string // where /r/{token} is reached, for accounts without a link base of their own
	Logger    *slog.Logger
}

// Service is the door to this package.
type Service struct {
	db        *storage.DB
	jobs      *scheduler.Scheduler
	accounts  *accounts.Service
	networks  map[string]connectors.Network
	publicURL string
	log       *slog.Logger
	tokens    *tokenCodec
	links     *linkIndex
	clicks    *clickCounter
	intake    *intake
}

// New makes the service and registers its jobs with the scheduler. Call Start
// before clicks or orders come.
func New(o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	tokens, err := newTokenCodec(o.Secret)
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: o.DB, jobs: o.Jobs, accounts: o.Accounts, publicURL: o.PublicURL, log: o.Logger,
		networks: make(map[string]connectors.Network, len(o.Networks)),
		tokens:   tokens,
		links:    newLinkIndex(o.DB),
		clicks:   newClickCounter(o.DB, o.Logger),
	}
	for _, n := range o.Networks {
		s.networks[n.Name()] = n
	}
	s.intake = newIntake(s)
	return s, s.registerJobs()
}

// Start loads the links and opens the intake of clicks and orders.
func (s *Service) Start(ctx context.Context) error {
	if err := s.links.load(ctx); err != nil {
		return err
	}
	s.clicks.start()
	s.intake.start()
	return nil
}

// Stop closes the intake, commits what it holds, and flushes the clicks.
func (s *Service) Stop(ctx context.Context) error {
	s.intake.stop()
	return s.clicks.stop(ctx)
}
