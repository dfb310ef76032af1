package web

import (
	"context"

	"fanfare/accounts"
	"fanfare/community"
)

type ideaInput struct {
	Body struct {
		Title  string   `json:"title"`
		Body   string   `json:"body" doc:"Markdown."`
		Tags   []string `json:"tags,omitempty"`
		Locale string   `json:"locale,omitempty" enum:"en,zh-Hans,zh-Hant,de" doc:"The author's when empty."`
	}
}

type ideaQuery struct {
	Paging
	Sort   community.Sort   `query:"sort" enum:"top,trending,rate,recent,discussed,fider" default:"top"`
	Status community.Status `query:"status" enum:"open,planned,started,completed,declined"`
	Tag    string           `query:"tag"`
	Q      string           `query:"q" doc:"Words to search for, in any language."`
}

// ByNumber is the path of every call about one idea.
type ByNumber struct {
	Number int64 `path:"number"`
}

type statusInput struct {
	ByNumber
	Body struct {
		Status   community.Status `json:"status" enum:"open,planned,started,completed,declined"`
		Response string           `json:"response,omitempty" doc:"The official answer."`
	}
}

type commentInput struct {
	ByNumber
	Body struct {
		Body string `json:"body" doc:"Markdown."`
	}
}

type commentQuery struct {
	ByNumber
	Paging
}

type voteAnswer struct {
	Votes int64 `json:"votes"`
	Voted bool  `json:"voted"`
}

func (s *Server) ideasAPI() {
	operate(s, signedIn.in(accounts.ScopeIdeas), call("POST", "/api/v1/ideas", 201, "Submit an idea"),
		func(ctx context.Context, actor *accounts.Actor, in *ideaInput) (*answer[community.Idea], error) {
			return answerWith(s.Community.SubmitIdea(ctx, *actor, community.IdeaDraft(in.Body)))
		})
	operate(s, everybody.in(accounts.ScopeIdeas), call("GET", "/api/v1/ideas", 200, "List ideas"),
		func(ctx context.Context, actor *accounts.Actor, in *ideaQuery) (*answer[listPage[community.Idea]], error) {
			return answerList(s.Community.Ideas(ctx, actor, community.Query{
				Sort: in.Sort, Status: in.Status, Tag: in.Tag, Q: in.Q, Limit: in.Limit, Cursor: in.Cursor,
			}))
		})
	operate(s, everybody.in(accounts.ScopeIdeas), call("GET", "/api/v1/ideas/{number}", 200, "Get an idea"),
		func(ctx context.Context, actor *accounts.Actor, in *ByNumber) (*answer[community.Idea], error) {
			return answerWith(s.Community.Idea(ctx, actor, in.Number))
		})
	operate(s, product.in(accounts.ScopeIdeas), call("PUT", "/api/v1/ideas/{number}/status", 200, "Give the company's answer"),
		func(ctx context.Context, actor *accounts.Actor, in *statusInput) (*answer[community.Idea], error) {
			return answerWith(s.Community.SetStatus(ctx, *actor, in.Number, in.Body.Status, in.Body.Response))
		})
	operate(s, signedIn.in(accounts.ScopeIdeas), call("PUT", "/api/v1/ideas/{number}/vote", 200, "Have the caller's vote stand"),
		func(ctx context.Context, actor *accounts.Actor, in *ByNumber) (*answer[voteAnswer], error) {
			votes, err := s.Community.Vote(ctx, *actor, in.Number)
			return answerWith(voteAnswer{votes, true}, err)
		})
	operate(s, signedIn.in(accounts.ScopeIdeas), call("DELETE", "/api/v1/ideas/{number}/vote", 200, "Take the caller's vote back"),
		func(ctx context.Context, actor *accounts.Actor, in *ByNumber) (*answer[voteAnswer], error) {
			votes, err := s.Community.Unvote(ctx, *actor, in.Number)
			return answerWith(voteAnswer{votes, false}, err)
		})
	operate(s, everybody.in(accounts.ScopeIdeas), call("GET", "/api/v1/ideas/{number}/comments", 200, "List an idea's comments, oldest first"),
		func(ctx context.Context, actor *accounts.Actor, in *commentQuery) (*answer[listPage[community.Comment]], error) {
			comments, err := s.Community.Comments(ctx, actor, in.Number)
			return answerPart(comments, err, in.Paging, func(c community.Comment) string { return decimal(c.ID) })
		})
	operate(s, signedIn.in(accounts.ScopeIdeas), call("POST", "/api/v1/ideas/{number}/comments", 201, "Add a comment"),
		func(ctx context.Context, actor *accounts.Actor, in *commentInput) (*answer[community.Comment], error) {
			return answerWith(s.Community.AddComment(ctx, *actor, in.Number, in.Body.Body))
		})
	s.exportAPI()
}
