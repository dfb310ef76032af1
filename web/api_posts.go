package web

import (
	"context"
	"strconv"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/connectors"
	"fanfare/fault"
)

type postInput struct {
	ByID
	Body struct {
		Text         string            `json:"text" doc:"Holds {link} once: each account gets a link of its own there."`
		Variants     map[string]string `json:"variants,omitempty" doc:"Another text for an account, by its id."`
		Accounts     []int64           `json:"accounts"`
		Media        []postImage       `json:"media,omitempty" doc:"Images, in the order in which they show."`
		DueAt        time.Time         `json:"due_at"`
		ExpiresAfter string            `json:"expires_after,omitempty" doc:"A Go duration after due_at, such as 10m, past which it must not go out any more." example:"10m"`
		Priority     int               `json:"priority,omitempty" minimum:"-9" maximum:"9" doc:"Higher goes first where a network's limit leaves room for some posts only; 0 is usual."`
	}
}

// postImage is an image of a post, as its author names it.
type postImage struct {
	ID      string `json:"id" doc:"As POST /api/v1/media gave it."`
	AltText string `json:"alt_text,omitempty" doc:"What is to be seen on it: 1,000 characters at the most."`
}

// draft parses what JSON cannot express: durations, and numbers as keys.
func (in *postInput) draft() (campaigns.PostDraft, error) {
	draft := campaigns.PostDraft{
		CampaignID: in.ID, Text: in.Body.Text, Accounts: in.Body.Accounts, DueAt: in.Body.DueAt,
		Priority: in.Body.Priority, Variants: make(map[int64]string, len(in.Body.Variants)),
	}
	for _, image := range in.Body.Media {
		draft.Media = append(draft.Media, campaigns.PostMedia{Hash: image.ID, AltText: image.AltText})
	}
	var wrong fault.Fields
	for key, text := range in.Body.Variants {
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			wrong.Add("variants", "post.variant_key", "Each variant's key must be the id of an account.", key, nil)
		}
		draft.Variants[id] = text
	}
	if in.Body.ExpiresAfter != "" {
		draft.ExpiresAfter = parseExpiry(&wrong, in.Body.ExpiresAfter)
	}
	return draft, wrong.Err()
}

func parseExpiry(wrong *fault.Fields, text string) time.Duration {
	after, err := time.ParseDuration(text)
	if err != nil {
		wrong.Add("expires_after", "post.expires_unreadable", "This is no duration: write it as 10m or 1h30m.", text, nil)
	}
	return after
}

type postMetrics struct {
	Items []reports.DeliveryCounts `json:"items"`
}

type rescheduleInput struct {
	ByID
	Body struct {
		DueAt        time.Time `json:"due_at"`
		ExpiresAfter string    `json:"expires_after,omitempty" doc:"As when scheduling; what it was when absent, 0s is never."`
	}
}

// change parses the duration, which JSON cannot express.
func (in *rescheduleInput) change() (campaigns.Rescheduling, error) {
	change := campaigns.Rescheduling{DueAt: in.Body.DueAt}
	if in.Body.ExpiresAfter == "" {
		return change, nil
	}
	var wrong fault.Fields
	after := parseExpiry(&wrong, in.Body.ExpiresAfter)
	change.ExpiresAfter = &after
	return change, wrong.Err()
}

type settleInput struct {
	ByID
	Body struct {
		RemoteURL string `json:"remote_url,omitempty" doc:"Where the post is, as copied from the network: it must be a post of the delivery's account, and no other delivery's. Empty when it surely is not out and shall go once more, which no delayed delivery does."`
	}
}

type aliasInput struct {
	ByID
	Body struct {
		Alias string `json:"alias" doc:"3 to 40 letters from a to z, digits and hyphens."`
	}
}

type checkInput struct {
	Body struct {
		Network string `json:"network" enum:"twitter,weibo"`
		Text    string `json:"text" maxLength:"20000"`
	}
}

type checkAnswer struct {
	Network string `json:"network"`
	connectors.Check
}

func (s *Server) postsAPI() {
	s.pauseAPI()
	operate(s, marketing.in(accounts.ScopePosts), call("POST", "/api/v1/campaigns/{id}/posts", 201, "Schedule a post"),
		func(ctx context.Context, actor *accounts.Actor, in *postInput) (*answer[campaigns.Post], error) {
			draft, err := in.draft()
			if err != nil {
				return nil, err
			}
			return answerWith(s.Campaigns.SchedulePost(ctx, *actor, draft))
		})
	operate(s, marketing.in(accounts.ScopePosts), call("GET", "/api/v1/posts/{id}", 200, "Get a post with its deliveries"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[campaigns.Post], error) {
			return answerWith(s.Campaigns.Post(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopePosts), call("GET", "/api/v1/posts/{id}/metrics", 200, "Get how a post does on its networks, over time"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[postMetrics], error) {
			metrics, err := s.Reports.PostMetrics(ctx, in.ID)
			return answerWith(postMetrics{metrics}, err)
		})
	operate(s, marketing.in(accounts.ScopePosts), call("POST", "/api/v1/posts/{id}/cancel", 200, "Cancel what of a post is not out yet"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*answer[campaigns.Post], error) {
			return answerWith(s.Campaigns.CancelPost(ctx, *actor, in.ID))
		})
	operate(s, marketing.in(accounts.ScopePosts), call("POST", "/api/v1/posts/{id}/reschedule", 200, "Give a post that has not begun another due instant"),
		func(ctx context.Context, actor *accounts.Actor, in *rescheduleInput) (*answer[campaigns.Post], error) {
			change, err := in.change()
			if err != nil {
				return nil, err
			}
			return answerWith(s.Campaigns.Reschedule(ctx, *actor, in.ID, change))
		})
	operate(s, marketing.in(accounts.ScopePosts), call("POST", "/api/v1/deliveries/{id}/settle", 200, "Settle a delivery in doubt, or tell where a delayed one is"),
		func(ctx context.Context, actor *accounts.Actor, in *settleInput) (*struct{}, error) {
			return nil, s.Campaigns.SettleDelivery(ctx, *actor, in.ID, in.Body.RemoteURL)
		})
	operate(s, marketing.in(accounts.ScopePosts), call("PUT", "/api/v1/deliveries/{id}/alias", 200, "Give a delivery's link another name"),
		func(ctx context.Context, actor *accounts.Actor, in *aliasInput) (*answer[campaigns.Delivery], error) {
			if _, err := s.Links.SetAlias(ctx, *actor, in.ID, in.Body.Alias); err != nil {
				return nil, err
			}
			return answerWith(s.Campaigns.Delivery(ctx, in.ID))
		})
	operate(s, marketing.in(accounts.ScopePosts), call("DELETE", "/api/v1/deliveries/{id}/alias", 204, "Take a delivery's link its other name"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*struct{}, error) {
			return nil, s.Links.RemoveAlias(ctx, *actor, in.ID)
		})
	operate(s, marketing.in(accounts.ScopePosts), call("POST", "/api/v1/check", 200, "Count and examine a text as a network does"),
		func(_ context.Context, _ *accounts.Actor, in *checkInput) (*answer[checkAnswer], error) {
			check, err := s.Campaigns.CheckText(in.Body.Network, in.Body.Text)
			return answerWith(checkAnswer{in.Body.Network, check}, err)
		})
}
