package webhooks

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"fanfare/accounts"
	"fanfare/netguard"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Options are what the service is made of.
type Options struct {
	DB        *storage.DB
	Jobs      *scheduler.Scheduler
	Accounts  *accounts.Service
	PublicURL string // a service that is this machine's alone may call this machine
	Logger    *slog.Logger
}

// Service is the door to this package.
type Service struct {
	db       *storage.DB
	jobs     *scheduler.Scheduler
	accounts *accounts.Service
	local    bool
	client   *http.Client
	log      *slog.Logger
	wishes   wishes
	lanes    lanes
}

const (
	sendWithin  = 10 * time.Second
	giveUpAfter = 72 * time.Hour // of failures and nothing else
	keptFor     = 7 * 24 * time.Hour
)

// New makes the service and registers its jobs.
func New(o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	local := netguard.IsLocal(o.PublicURL)
	s := &Service{
		db: o.DB, jobs: o.Jobs, accounts: o.Accounts, log: o.Logger, local: local, client: netguard.Client(local, sendWithin),
	}
	scheduler.HandleWithin(s.jobs, deliverWithin, s.deliver)
	scheduler.Handle(s.jobs, s.clear)
	return s, s.jobs.Every("@every 1h", clearJob{})
}

type clearJob struct{}

func (clearJob) Kind() string { return "webhooks.clear" }

// clear forgets messages that are done with, and those of endpoints that are gone.
func (s *Service) clear(ctx context.Context, _ clearJob) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		return tx.Exec(`DELETE FROM webhook_messages WHERE state <> ? AND created_at < ?
OR endpoint_id NOT IN (SELECT id FROM webhook_endpoints)`, Pending, tx.Now.Add(-keptFor)).Error
	})
}
