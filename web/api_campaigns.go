package web

import (
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/fault"
	"fanfare/storage"
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
	}
}

type reportInput struct {
	ByID
	By   string    `query:"by" enum:"second" doc:"Adds by_second: one day, second by second."`
	From time.Time `query:"from" doc:"Where that day begins; an hour before the sale opens when absent."`
}

func (s *Server) salesAPI() {
	operate(s, marketing, call("POST", "/api/v1/sales", 201, "Make a sale"),
		func(ctx context.Context, actor *accounts.Actor, in *saleInput) (*answer[campaigns.Sale], error) {
			b := in.Body
			return answerWith(s.Campaigns.CreateSale(ctx, *actor, campaigns.Sale{
				Name: b.Name, Product: b.Product, Market: b.Market, Currency: b.Currency, Units: b.Units,
				OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, StoreURL: b.StoreURL,
			}))
		})
	operate(s, marketing, call("GET", "/api/v1/sales", 200, "List sales, newest first"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[storage.Page[campaigns.Sale]], error) {
			return answerWith(s.Campaigns.Sales(ctx, in.Limit, in.Cursor))
		})
	operate(s, marketing, call("GET", "/api/v1/sales/{id}", 200, "Get a sale"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Sale], error) {
			return answerWith(s.Campaigns.Sale(ctx, in.ID))
		})
}

func (s *Server) campaignsAPI() {
	operate(s, marketing, call("POST", "/api/v1/campaigns", 201, "Make a campaign for a sale"),
		func(ctx context.Context, actor *accounts.Actor, in *campaignInput) (*answer[campaigns.Campaign], error) {
			return answerWith(s.Campaigns.CreateCampaign(ctx, *actor, in.Body.SaleID, in.Body.Name))
		})
	operate(s, marketing, call("GET", "/api/v1/campaigns", 200, "List campaigns, newest first"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[storage.Page[campaigns.Campaign]], error) {
			return answerWith(s.Campaigns.Campaigns(ctx, in.Limit, in.Cursor))
		})
	operate(s, marketing, call("GET", "/api/v1/campaigns/{id}", 200, "Get a campaign"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Campaign], error) {
			return answerWith(s.Campaigns.Campaign(ctx, in.ID))
		})
	operate(s, marketing, call("GET", "/api/v1/campaigns/{id}/preflight", 200, "Examine a campaign before it runs; takes 15 s at the most"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Preflight], error) {
			return answerWith(s.Campaigns.Preflight(ctx, in.ID))
		})
	operate(s, marketing, call("POST", "/api/v1/campaigns/{id}/rehearsal", 202, "Begin a rehearsal against sandbox networks"),
		func(_ context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Rehearsal], error) {
			if err := s.Rehearse(in.ID); err != nil {
				return nil, err
			}
			return s.lastRehearsal(in.ID)
		})
	operate(s, marketing, call("GET", "/api/v1/campaigns/{id}/rehearsal", 200, "Get the last rehearsal, or the one that is running"),
		func(_ context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Rehearsal], error) {
			return s.lastRehearsal(in.ID)
		})
	operate(s, marketing, call("GET", "/api/v1/campaigns/{id}/report", 200, "Tell what came of a campaign"),
		func(ctx context.Context, _ *accounts.Actor, in *reportInput) (*answer[campaigns.Report], error) {
			if in.By == "second" {
				return answerWith(s.Campaigns.ReportBySecond(ctx, in.ID, in.From))
			}
			return answerWith(s.Campaigns.Report(ctx, in.ID))
		})
}

func (s *Server) lastRehearsal(campaignID int64) (*answer[campaigns.Rehearsal], error) {
	last := s.Rehearsal(campaignID)
	if last == nil {
		return nil, fault.New(fault.NotFound, "rehearsal.not_yet", "This campaign has not been rehearsed since the service was started.")
	}
	return answerWith(*last, nil)
}
