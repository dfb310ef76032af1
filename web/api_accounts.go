package web

import (
	"context"
	"encoding/json"

	"fanfare/accounts"
	"fanfare/campaigns"
)

type accountInput struct {
	Body struct {
		Network     string         `json:"network" enum:"twitter,weibo"`
		Name        string         `json:"name"`
		LinkBaseURL string         `json:"link_base_url,omitempty" doc:"Scheme and host of the account's campaign links; the service's own when empty."`
		Credentials map[string]any `json:"credentials" doc:"As the network issued them; checked with it, stored sealed, never returned."`
	}
}

func (s *Server) accountsAPI() {
	operate(s, marketing, call("GET", "/api/v1/budgets", 200, "List what is left of the networks' limits"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[listPage[campaigns.Budget]], error) {
			budgets, err := s.Campaigns.Budgets(ctx)
			return answerPart(budgets, err, *in, func(b campaigns.Budget) string { return decimal(b.AccountID) + " " + b.Limit })
		})
	operate(s, marketing, call("POST", "/api/v1/accounts", 201, "Connect a social account"),
		func(ctx context.Context, actor *accounts.Actor, in *accountInput) (*answer[accounts.NetworkAccount], error) {
			credentials, err := json.Marshal(in.Body.Credentials)
			if err != nil {
				return nil, err
			}
			return answerWith(s.Campaigns.ConnectAccount(ctx, *actor, campaigns.AccountDraft{
				Network: in.Body.Network, Name: in.Body.Name, LinkBaseURL: in.Body.LinkBaseURL, Credentials: credentials,
			}))
		})
	operate(s, marketing, call("GET", "/api/v1/accounts", 200, "List the social accounts"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[listPage[accounts.NetworkAccount]], error) {
			all, err := s.Accounts.NetworkAccounts(ctx)
			return answerPart(all, err, *in, func(a accounts.NetworkAccount) string { return decimal(a.ID) })
		})
}
