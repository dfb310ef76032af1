package web

import (
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/campaigns/reports"
	"fanfare/fault"
)

type reportInput struct {
	ByID
	By   string    `query:"by" enum:"second,minute,hour,day" doc:"Adds by_second, three hours at the most; or series: a week by minutes, a year by hours, ten by days."`
	From time.Time `query:"from" doc:"Where it begins; when absent, an hour before the sale opens, by hour and day when the campaign was made; with to absent too and nothing then, so that it ends with what came last."`
	To   time.Time `query:"to" doc:"Where it ends, exclusive; when absent, as late as it can be."`
	Zone string    `query:"zone" doc:"The time zone in which days begin, such as Asia/Hong_Kong; UTC when absent."`
}

// query parses what JSON Schema cannot: the zone.
func (in reportInput) query() (reports.Query, error) {
	query := reports.Query{By: reports.Interval(in.By), From: in.From, To: in.To}
	var wrong fault.Fields
	var err error
	if query.Zone, err = time.LoadLocation(in.Zone); err != nil || in.Zone == "Local" {
		wrong.Add("zone", "report.zone", "This is no time zone. Write it as Asia/Hong_Kong.", in.Zone, nil)
	}
	return query, wrong.Err()
}

type compareInput struct {
	By   string    `query:"by" required:"true" enum:"network,campaign,post,market,language"`
	From time.Time `query:"from" doc:"Whole hours are compared; from the beginning when absent."`
	To   time.Time `query:"to" doc:"Exclusive; until now when absent."`
}

type comparison struct {
	Items []reports.Compared `json:"items"`
}

func (s *Server) reportsAPI() {
	operate(s, marketing.in(accounts.ScopeCampaigns, accounts.ScopeReports), call("GET", "/api/v1/campaigns/{id}/report", 200, "Tell what came of a campaign"),
		func(ctx context.Context, _ *accounts.Actor, in *reportInput) (*answer[reports.Report], error) {
			query, err := in.query()
			if err != nil {
				return nil, err
			}
			return answerWith(s.Reports.Campaign(ctx, in.ID, query))
		})
	operate(s, marketing.in(accounts.ScopePosts, accounts.ScopeReports), call("GET", "/api/v1/posts/{id}/report", 200, "Tell what came of a post"),
		func(ctx context.Context, _ *accounts.Actor, in *reportInput) (*answer[reports.Outcome], error) {
			query, err := in.query()
			if err != nil {
				return nil, err
			}
			return answerWith(s.Reports.Post(ctx, in.ID, query))
		})
	operate(s, marketing.in(accounts.ScopeCampaigns, accounts.ScopeReports), call("GET", "/api/v1/campaigns/{id}/audience", 200, "Tell where people came from who followed a campaign's links"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[links.Audience], error) {
			return answerWith(s.Links.Audience(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopePosts, accounts.ScopeReports), call("GET", "/api/v1/posts/{id}/audience", 200, "Tell where people came from who followed a post's links"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[links.Audience], error) {
			return answerWith(s.Links.PostAudience(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopeReports), call("GET", "/api/v1/reports/compare", 200, "Compare what each brought, over all campaigns"),
		func(ctx context.Context, _ *accounts.Actor, in *compareInput) (*answer[comparison], error) {
			items, err := s.Reports.Compare(ctx, reports.CompareQuery{By: reports.Comparison(in.By), From: in.From, To: in.To})
			return answerWith(comparison{items}, err)
		})
}
