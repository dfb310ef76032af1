package web

import (
	"context"

	"fanfare/accounts"
	"fanfare/campaigns/stores"
)

type sourceInput struct {
	Body struct {
		Name   string            `json:"name" doc:"Small letters, digits and hyphens: it stands in the webhook's address."`
		Kind   stores.SourceKind `json:"kind" enum:"shopify,woocommerce,generic"`
		Store  string            `json:"store" doc:"The store of its orders, as the sale API names it."`
		Secret string            `json:"secret" doc:"What the store signs with: 8 to 1,000 bytes. Stored sealed, never returned."`
	}
}

// ByName is the path of every call about one source.
type ByName struct {
	Name string `path:"name"`
}

type sourceSecretInput struct {
	ByName
	Body struct {
		Secret string `json:"secret" doc:"What the store signs with from now on: 8 to 1,000 bytes."`
	}
}

type hookQuery struct {
	ByName
	Paging
}

func (s *Server) sourcesAPI() {
	operate(s, marketing.in(accounts.ScopeOrders), call("POST", "/api/v1/sources", 201, "Let a store report its orders by webhooks"),
		func(ctx context.Context, actor *accounts.Actor, in *sourceInput) (*answer[stores.Source], error) {
			return answerWith(s.Stores.CreateSource(ctx, *actor, stores.SourceDraft(in.Body)))
		})
	operate(s, marketing.in(accounts.ScopeOrders), call("GET", "/api/v1/sources", 200, "List the sources of orders"),
		func(ctx context.Context, actor *accounts.Actor, in *Paging) (*answer[listPage[stores.Source]], error) {
			all, err := s.Stores.Sources(ctx, *actor)
			return answerPart(all, err, *in, func(x stores.Source) string { return x.Name })
		})
	operate(s, marketing.in(accounts.ScopeOrders), call("DELETE", "/api/v1/sources/{name}", 204, "Close a source; its orders stay"),
		func(ctx context.Context, actor *accounts.Actor, in *ByName) (*struct{}, error) {
			return nil, s.Stores.DeleteSource(ctx, *actor, in.Name)
		})
	operate(s, marketing.in(accounts.ScopeOrders), call("POST", "/api/v1/sources/{name}/rotate", 204, "Give a source another secret; what the former one signs is taken for a day more"),
		func(ctx context.Context, actor *accounts.Actor, in *sourceSecretInput) (*struct{}, error) {
			return nil, s.Stores.ChangeSourceSecret(ctx, *actor, in.Name, in.Body.Secret)
		})
	operate(s, marketing.in(accounts.ScopeOrders), call("GET", "/api/v1/sources/{name}/deliveries", 200, "List the latest webhooks of a source, newest first, 200 at the most"),
		func(ctx context.Context, actor *accounts.Actor, in *hookQuery) (*answer[listPage[stores.HookDelivery]], error) {
			all, err := s.Stores.HookDeliveries(ctx, *actor, in.Name)
			return answerPart(all, err, in.Paging, func(d stores.HookDelivery) string { return decimal(d.ID) })
		})
}
