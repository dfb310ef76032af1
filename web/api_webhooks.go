package web

import (
	"context"

	"fanfare/accounts"
	"fanfare/webhooks"
)

type endpointInput struct {
	Body struct {
		URL    string   `json:"url" doc:"Begins with https://."`
		Events []string `json:"events" doc:"order.attributed, sale.sold_out, post.published, post.failed."`
	}
}

// newEndpoint is an endpoint with its secret, which is told once.
type newEndpoint struct {
	webhooks.Endpoint
	Secret string `json:"secret" doc:"What its messages are signed with: it is not shown again."`
}

type attemptQuery struct {
	ByID
	Paging
}

// webhooksAPI names no scope: a key that is confined has nobody told.
func (s *Server) webhooksAPI() {
	operate(s, marketing, call("POST", "/api/v1/webhooks", 201, "Have an endpoint told what happens"),
		func(ctx context.Context, actor *accounts.Actor, in *endpointInput) (*answer[newEndpoint], error) {
			endpoint, secret, err := s.Webhooks.Create(ctx, *actor, webhooks.EndpointDraft(in.Body))
			return answerWith(newEndpoint{endpoint, secret}, err)
		})
	operate(s, marketing, call("GET", "/api/v1/webhooks", 200, "List the endpoints that are told what happens"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[listPage[webhooks.Endpoint]], error) {
			all, err := s.Webhooks.Endpoints(ctx)
			return answerPart(all, err, *in, func(e webhooks.Endpoint) string { return decimal(e.ID) })
		})
	operate(s, marketing, call("DELETE", "/api/v1/webhooks/{id}", 204, "Delete an endpoint, with what it was still to be told"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*struct{}, error) {
			return nil, s.Webhooks.Delete(ctx, *actor, in.ID)
		})
	operate(s, marketing, call("POST", "/api/v1/webhooks/{id}/rotate", 200, "Give an endpoint another secret; for a day messages are signed with the old one too"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*answer[newEndpoint], error) {
			endpoint, secret, err := s.Webhooks.Rotate(ctx, *actor, in.ID)
			return answerWith(newEndpoint{endpoint, secret}, err)
		})
	operate(s, marketing, call("POST", "/api/v1/webhooks/{id}/test", 200, "Send an endpoint a test event, and wait for its answer"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*answer[webhooks.Attempt], error) {
			return answerWith(s.Webhooks.Test(ctx, *actor, in.ID))
		})
	operate(s, marketing, call("GET", "/api/v1/webhooks/{id}/deliveries", 200, "List the latest requests to an endpoint, newest first, 100 at the most"),
		func(ctx context.Context, _ *accounts.Actor, in *attemptQuery) (*answer[listPage[webhooks.Attempt]], error) {
			all, err := s.Webhooks.Attempts(ctx, in.ID)
			return answerPart(all, err, in.Paging, func(a webhooks.Attempt) string { return decimal(a.ID) })
		})
}
