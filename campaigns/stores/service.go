// Package stores takes what stores say of their orders in their own words: by
// webhooks, signed and each kind in its format, and in the exports that are
// compared with our books.
package stores

import (
	"context"
	"log/slog"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/storage"
)

// Options are what the service is made of.
type Options struct {
	DB        *storage.DB
	Accounts  *accounts.Service // seals what stores sign with
	Tokens    *links.Codec      // finds tokens among all that stores write
	Orders    *orders.Service
	PublicURL string // where stores reach the service
	Logger    *slog.Logger
}

// Service is the door to this package.
type Service struct {
	db        *storage.DB
	accounts  *accounts.Service
	tokens    *links.Codec
	orders    *orders.Service
	publicURL string
	sources   *sourceIndex
	hooks     *hookLog
}

// New makes the service. Call Start before webhooks come.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		db: o.DB, accounts: o.Accounts, tokens: o.Tokens, orders: o.Orders, publicURL: o.PublicURL,
		sources: newSourceIndex(o.DB, o.Accounts), hooks: newHookLog(o.DB, o.Logger),
	}
}

// Start begins to write down what becomes of webhooks. The orders are to be
// started before it.
func (s *Service) Start() { s.hooks.start() }

// Stop writes down what is still in memory.
func (s *Service) Stop(ctx context.Context) error { return s.hooks.stop(ctx) }
