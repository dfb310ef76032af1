package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
)

// pausedState is how a scheduled delivery is shown that stands behind a kill switch.
const pausedState campaigns.State = "paused"

// shownState gives the state that a delivery is shown in.
func shownState(d campaigns.Delivery) campaigns.State {
	if d.Paused {
		return pausedState
	}
	return d.State
}

// pauseNote is a kill switch that is thrown, as a page tells of it.
type pauseNote struct {
	campaigns.Pause
	Name string // of the campaign or the account
	By   string // who threw it; "" is the program itself
}

// Kind tells what it stops, as the keys of its words end: "all", "campaign",
// "account" or "post".
func (n pauseNote) Kind() string { return cmp.Or(n.Scope.Kind(), "all") }

// ResumePath takes it back.
func (n pauseNote) ResumePath() string { return switchPath(n.Scope) + "resume" }

// pauses are those that concern a page.
type pauses []pauseNote

// pauseSwitch is the button that throws one.
type pauseSwitch struct {
	Kind, Path string
	Thrown     *pauseNote // nil while things go out
}

// Switch gives the switch of everything ("all", 0), or of one thing.
func (p pauses) Switch(kind string, id int64) pauseSwitch {
	scope := map[string]campaigns.Scope{
		"campaign": campaigns.OfCampaign(id), "account": campaigns.OfAccount(id), "post": campaigns.OfPost(id),
	}[kind]
	button := pauseSwitch{Kind: kind, Path: switchPath(scope) + "pause"}
	for i := range p {
		if p[i].Scope == scope {
			button.Thrown = &p[i]
		}
	}
	return button
}

// Only gives those of one kind.
func (p pauses) Only(kind string) (notes pauses) {
	for _, note := range p {
		if note.Kind() == kind {
			notes = append(notes, note)
		}
	}
	return notes
}

// switchPath begins the paths of a scope's switch.
func switchPath(scope campaigns.Scope) string {
	switch scope.Kind() {
	case "campaign":
		return fmt.Sprintf("/campaigns/%d/", scope.ID())
	case "account":
		return fmt.Sprintf("/settings/accounts/%d/", scope.ID())
	case "post":
		return fmt.Sprintf("/posts/%d/", scope.ID())
	}
	return "/"
}

// pausesOf gives the thrown switches that concern a page, and always that of
// everything.
func (s *Server) pausesOf(ctx context.Context, concerns func(campaigns.Scope) bool) (pauses, error) {
	thrown, err := s.Campaigns.Pauses(ctx)
	if err != nil || len(thrown) == 0 {
		return nil, err
	}
	social, err := s.Accounts.NetworkAccounts(ctx)
	if err != nil {
		return nil, err
	}
	var notes pauses
	for _, pause := range thrown {
		if pause.Scope != (campaigns.Scope{}) && !concerns(pause.Scope) {
			continue
		}
		note, err := s.pauseNote(ctx, pause, social)
		if err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	return notes, nil
}

func (s *Server) pauseNote(ctx context.Context, pause campaigns.Pause, social []accounts.NetworkAccount) (note pauseNote, err error) {
	note.Pause = pause
	if pause.By != 0 {
		if note.By, err = s.personName(ctx, pause.By); err != nil {
			return note, err
		}
	}
	switch pause.Scope.Kind() {
	case "campaign":
		var campaign campaigns.Campaign
		campaign, err = s.Campaigns.Campaign(ctx, pause.Scope.ID())
		note.Name = campaign.Name
	case "account":
		note.Name = handleOf(social, pause.Scope.ID())
	}
	return note, err
}

// largePauses are those that the pages about many posts tell of: a post alone
// has its badge there.
func (s *Server) largePauses(ctx context.Context) (pauses, error) {
	return s.pausesOf(ctx, func(scope campaigns.Scope) bool { return scope.Kind() != "post" })
}

// pausesOfPost are those that stop something of a post: nothing, once it is over.
func (s *Server) pausesOfPost(ctx context.Context, post campaigns.Post) (pauses, error) {
	var concerned []campaigns.Scope
	for _, d := range post.Deliveries {
		if isOpen(d.State) {
			concerned = append(concerned, campaigns.OfCampaign(post.CampaignID), campaigns.OfPost(post.ID), campaigns.OfAccount(d.AccountID))
		}
	}
	return s.pausesOf(ctx, func(scope campaigns.Scope) bool { return slices.Contains(concerned, scope) })
}

// isOpen tells of a delivery's state whether the delivery may still go out.
func isOpen(state campaigns.State) bool {
	return state == campaigns.Scheduled || state == campaigns.Publishing || state == campaigns.InDoubt
}

// pausesOfCampaign are those that stop more of a campaign, which posts to these
// accounts, than one post.
func (s *Server) pausesOfCampaign(ctx context.Context, id int64, social []int64) (pauses, error) {
	return s.pausesOf(ctx, func(scope campaigns.Scope) bool {
		return scope == campaigns.OfCampaign(id) || scope.Kind() == "account" && slices.Contains(social, scope.ID())
	})
}

// scopeOf finds the scope of a switch in a path.
type scopeOf func(c *gin.Context) (campaigns.Scope, error)

func everything(*gin.Context) (campaigns.Scope, error) { return campaigns.Scope{}, nil }

func inPath(of func(id int64) campaigns.Scope) scopeOf {
	return func(c *gin.Context) (campaigns.Scope, error) {
		id, err := pathID(c, "id")
		return of(id), err
	}
}

// pause is the kill switch of a scope.
func (s *Server) pause(of scopeOf) gin.HandlerFunc {
	return func(c *gin.Context) {
		scope, err := of(c)
		if err == nil {
			err = s.Campaigns.PauseScope(c.Request.Context(), *actorOf(c.Request.Context()), scope)
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		s.say(c, "pause.paused_"+cmp.Or(scope.Kind(), "all"), "")
		seeOther(c, localPath(c.PostForm("back"), "/calendar"))
	}
}

// resume takes it back.
func (s *Server) resume(of scopeOf) gin.HandlerFunc {
	return func(c *gin.Context) {
		scope, err := of(c)
		if err == nil {
			err = s.Campaigns.ResumeScope(c.Request.Context(), *actorOf(c.Request.Context()), scope)
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		s.say(c, "pause.resumed", "")
		seeOther(c, localPath(c.PostForm("back"), "/calendar"))
	}
}
