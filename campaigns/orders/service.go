// Package orders takes what stores report: orders, cancellations and refunds. It
// finds out through which campaign links an order came, shares it out among them
// by the terms of their campaigns, and adds it to the sums that reports read.
package orders

import (
	"github.com/prometheus/client_golang/prometheus"

	"fanfare/campaigns/links"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Options are what the service is made of.
type Options struct {
	DB     *storage.DB
	Jobs   *scheduler.Scheduler
	Links  *links.Service
	Secret []byte // FANFARE_SECRET_KEY; the key of customers' hashes is derived from it
	// Tell hands over what happened, in the transaction in which it does, and
	// asks for data when somebody wants to know; nil is nobody. See events.go.
	Tell    func(tx *storage.Tx, event string, data func() []any) error
	Metrics prometheus.Registerer // gets the figures of this service; nil keeps them to itself
}

// Service is the door to this package.
type Service struct {
	db        *storage.DB
	jobs      *scheduler.Scheduler
	links     *links.Service
	tokens    *links.Codec
	customers *customerHasher
	intake    *intake
	telling   tellFunc
	metrics   *metrics
}

// New makes the service and registers its job with the scheduler. Call Start
// before orders come.
func New(o Options) (*Service, error) {
	if o.Tell == nil {
		o.Tell = tellNobody
	}
	customers, err := newCustomerHasher(o.Secret)
	if err != nil {
		return nil, err
	}
	figures, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: o.DB, jobs: o.Jobs, links: o.Links, tokens: o.Links.Codec(),
		customers: customers, telling: o.Tell, metrics: figures,
	}
	s.intake = newIntake(s)
	scheduler.HandleWithin(s.jobs, recomputeWithin, s.recompute)
	return s, nil
}

// Start opens the intake. The links are to be started before it.
func (s *Service) Start() { s.intake.start() }

// Stop closes the intake, and returns once all that it holds is committed.
func (s *Service) Stop() { s.intake.stop() }
