package web

import (
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
	"fanfare/fault"
)

type saleInput struct {
	Body struct {
		Name     string     `json:"name"`
		Product  string     `json:"product"`
		Market   string     `json:"market" doc:"ISO 3166-1 alpha-2."`
		Currency string     `json:"currency" doc:"ISO 4217."`
		Units    int64      `json:"units"`
		OpensAt  time.Time  `json:"opens_at"`
		ClosesAt *time.Time `json:"closes_at,omitempty"`
		StoreURL string     `json:"store_url" doc:"Where campaign links lead."`
	}
}

type campaignInput struct {
	Body struct {
		SaleID int64  `json:"sale_id"`
		Name   string `json:"name"`
		TermsInput
	}
}

// TermsInput is how a campaign shares out its orders.
type TermsInput struct {
	Model  orders.AttributionModel `json:"attribution_model,omitempty" enum:"last_touch,first_touch,linear" doc:"Which visit has an order: the last, the first, or each an equal part. last_touch at first."`
	Window string                  `json:"attribution_window,omitempty" doc:"How long after a visit an order still counts: a Go duration from 1m to 2160h. 720h at first."`
}

type termsInput struct {
	ByID
	Body TermsInput
}

func (s *Server) salesAPI() {
	operate(s, marketing.in(accounts.ScopeCampaigns), call("POST", "/api/v1/sales", 201, "Make a sale"),
		func(ctx context.Context, actor *accounts.Actor, in *saleInput) (*answer[campaigns.Sale], error) {
			b := in.Body
			return answerWith(s.Campaigns.CreateSale(ctx, *actor, campaigns.Sale{
				Name: b.Name, Product: b.Product, Market: b.Market, Currency: b.Currency, Units: b.Units,
				OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, StoreURL: b.StoreURL,
			}))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns, accounts.ScopeReports), call("GET", "/api/v1/sales", 200, "List sales, newest first"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[listPage[campaigns.Sale]], error) {
			return answerList(s.Campaigns.Sales(ctx, in.Limit, in.Cursor))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns, accounts.ScopeReports), call("GET", "/api/v1/sales/{id}", 200, "Get a sale"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Sale], error) {
			return answerWith(s.Campaigns.Sale(ctx, in.ID))
		})
}

func (s *Server) campaignsAPI() {
	operate(s, marketing.in(accounts.ScopeCampaigns), call("POST", "/api/v1/campaigns", 201, "Make a campaign for a sale"),
		func(ctx context.Context, actor *accounts.Actor, in *campaignInput) (*answer[campaigns.Campaign], error) {
			return answerWith(s.Campaigns.CreateCampaignWith(ctx, *actor, in.Body.SaleID, in.Body.Name, orders.TermsDraft(in.Body.TermsInput)))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns, accounts.ScopeReports), call("GET", "/api/v1/campaigns", 200, "List campaigns, newest first"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[listPage[campaigns.Campaign]], error) {
			return answerList(s.Campaigns.Campaigns(ctx, in.Limit, in.Cursor))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns, accounts.ScopeReports), call("GET", "/api/v1/campaigns/{id}", 200, "Get a campaign"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Campaign], error) {
			return answerWith(s.Campaigns.Campaign(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns), call("PATCH", "/api/v1/campaigns/{id}", 200, "Change how a campaign shares out its orders; those that are here are attributed anew"),
		func(ctx context.Context, actor *accounts.Actor, in *termsInput) (*answer[campaigns.Campaign], error) {
			if err := s.Orders.ChangeAttribution(ctx, *actor, in.ID, orders.TermsDraft(in.Body)); err != nil {
				return nil, err
			}
			return answerWith(s.Campaigns.Campaign(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns), call("POST", "/api/v1/campaigns/{id}/attribution/recompute", 202, "Attribute a campaign's orders anew, as a job"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*answer[campaigns.Campaign], error) {
			if err := s.Orders.RecomputeAttribution(ctx, *actor, in.ID); err != nil {
				return nil, err
			}
			return answerWith(s.Campaigns.Campaign(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns), call("GET", "/api/v1/campaigns/{id}/preflight", 200, "Examine a campaign before it runs; takes 15 s at the most"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Preflight], error) {
			return answerWith(s.Campaigns.Preflight(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns), call("POST", "/api/v1/campaigns/{id}/rehearsal", 202, "Begin a rehearsal against sandbox networks"),
		func(_ context.Context, _ *accounts.Actor, in *ByID) (*answer[reports.Rehearsal], error) {
			if err := s.Rehearse(in.ID); err != nil {
				return nil, err
			}
			return s.lastRehearsal(in.ID)
		})
	operate(s, marketing.in(accounts.ScopeCampaigns), call("GET", "/api/v1/campaigns/{id}/rehearsal", 200, "Get the last rehearsal, or the one that is running"),
		func(_ context.Context, _ *accounts.Actor, in *ByID) (*answer[reports.Rehearsal], error) {
			return s.lastRehearsal(in.ID)
		})
}

func (s *Server) lastRehearsal(campaignID int64) (*answer[reports.Rehearsal], error) {
	last := s.Rehearsal(campaignID)
	if last == nil {
		return nil, fault.New(fault.NotFound, "rehearsal.not_yet", "This campaign has not been rehearsed since the service was started.")
	}
	return answerWith(*last, nil)
}
