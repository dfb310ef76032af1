package web

import (
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
)

type switchAnswer struct {
	Paused bool       `json:"paused"`
	Since  *time.Time `json:"since,omitempty"`
}

// pauseAPI registers the kill switches: for all deliveries, and for those of
// one campaign, account or post.
func (s *Server) pauseAPI() {
	pauseCalls(s, "/api/v1/", "all deliveries", func(*struct{}) campaigns.Scope { return campaigns.Scope{} })
	pauseCalls(s, "/api/v1/campaigns/{id}/", "the deliveries of a campaign", func(in *ByID) campaigns.Scope { return campaigns.OfCampaign(in.ID) })
	pauseCalls(s, "/api/v1/accounts/{id}/", "the deliveries to an account", func(in *ByID) campaigns.Scope { return campaigns.OfAccount(in.ID) })
	pauseCalls(s, "/api/v1/posts/{id}/", "the deliveries of a post", func(in *ByID) campaigns.Scope { return campaigns.OfPost(in.ID) })
}

// pauseCalls registers the two calls that throw one kind of switch.
func pauseCalls[I any](s *Server, path, what string, scopeOf func(*I) campaigns.Scope) {
	operate(s, marketing.in(accounts.ScopePosts), call("POST", path+"pause", 200, "Stop "+what),
		func(ctx context.Context, actor *accounts.Actor, in *I) (*answer[switchAnswer], error) {
			if err := s.Campaigns.PauseScope(ctx, *actor, scopeOf(in)); err != nil {
				return nil, err
			}
			return s.switchState(ctx, scopeOf(in))
		})
	operate(s, marketing.in(accounts.ScopePosts), call("POST", path+"resume", 200, "Let "+what+" go again"),
		func(ctx context.Context, actor *accounts.Actor, in *I) (*answer[switchAnswer], error) {
			if err := s.Campaigns.ResumeScope(ctx, *actor, scopeOf(in)); err != nil {
				return nil, err
			}
			return s.switchState(ctx, scopeOf(in))
		})
}

// switchState tells of the one switch: another may stop the same deliveries.
func (s *Server) switchState(ctx context.Context, scope campaigns.Scope) (*answer[switchAnswer], error) {
	since, err := s.Campaigns.PausedScope(ctx, scope)
	return answerWith(switchAnswer{since != nil, since}, err)
}
