package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/community"
	"fanfare/fault"
)

// shownComments is how many comments a page holds, the newest; the rest is one
// click away.
const shownComments = 200

// ideaView is one idea with its discussion, and what was typed into its forms.
type ideaView struct {
	Idea     community.Idea
	Comments []community.Comment
	Earlier  int // comments that are not shown
	Comment  string
	Status   community.Status
	Response string
}

// Statuses lists what the team can answer.
func (ideaView) Statuses() []community.Status { return community.Statuses }

func ideaPath(number int64) string { return fmt.Sprintf("/ideas/%d", number) }

// ideaNumber reads the idea's number off the path.
func ideaNumber(c *gin.Context) (int64, error) {
	number, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "idea.not_found", "There is no such idea.")
	}
	return number, nil
}

// asPerson hands the handler who sent the form; a stranger signs in first and
// comes back to where the form was.
func (s *Server) asPerson(h func(*gin.Context, accounts.Actor)) gin.HandlerFunc {
	return func(c *gin.Context) {
		if actor := actorOf(c.Request.Context()); actor != nil {
			h(c, *actor)
			return
		}
		seeOther(c, "/sign-in?next="+url.QueryEscape(localPath(c.PostForm("back"), c.Request.URL.Path)))
	}
}

func (s *Server) backToIdea(c *gin.Context) {
	number, err := ideaNumber(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	seeOther(c, ideaPath(number))
}

func (s *Server) ideaPage(c *gin.Context) {
	page, err := s.loadIdea(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, 200, "idea", page)
}

func (s *Server) loadIdea(c *gin.Context) (ideaView, error) {
	ctx := c.Request.Context()
	number, err := ideaNumber(c)
	if err != nil {
		return ideaView{}, err
	}
	idea, err := s.Community.Idea(ctx, actorOf(ctx), number)
	if err != nil {
		return ideaView{}, err
	}
	comments, err := s.Community.Comments(ctx, actorOf(ctx), number)
	if err != nil {
		return ideaView{}, err
	}
	earlier := 0
	if c.Query("comments") != "all" {
		earlier = max(0, len(comments)-shownComments)
	}
	return ideaView{
		Idea: idea, Comments: comments[earlier:], Earlier: earlier, Status: idea.Status, Response: idea.Response,
	}, nil
}

// renderIdeaForm shows the idea again with what is wrong in one of its forms.
func (s *Server) renderIdeaForm(c *gin.Context, cause error, typed func(*ideaView)) {
	page, err := s.loadIdea(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	typed(&page)
	s.renderForm(c, "idea", page, cause)
}

func (s *Server) vote(c *gin.Context, actor accounts.Actor)   { s.changeVote(c, actor, true) }
func (s *Server) unvote(c *gin.Context, actor accounts.Actor) { s.changeVote(c, actor, false) }

// changeVote answers a script with the vote button alone, and a form with the
// page it came from.
func (s *Server) changeVote(c *gin.Context, actor accounts.Actor, vote bool) {
	ctx := c.Request.Context()
	number, err := ideaNumber(c)
	if err == nil && vote {
		_, err = s.Community.Vote(ctx, actor, number)
	} else if err == nil {
		_, err = s.Community.Unvote(ctx, actor, number)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	back := localPath(c.PostForm("back"), ideaPath(number))
	if c.GetHeader("X-Fragment") == "" {
		seeOther(c, back+"#vote-"+strconv.FormatInt(number, 10))
		return
	}
	idea, err := s.Community.Idea(ctx, &actor, number)
	if err != nil {
		s.fail(c, err)
		return
	}
	v := s.view(c, "idea_vote", idea)
	v.Path = back
	s.renderView(c, http.StatusOK, "idea_vote", v)
}

func (s *Server) comment(c *gin.Context, actor accounts.Actor) {
	number, err := ideaNumber(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	body := c.PostForm("body")
	comment, err := s.Community.AddComment(c.Request.Context(), actor, number, body)
	if err != nil {
		s.renderIdeaForm(c, err, func(page *ideaView) { page.Comment = body })
		return
	}
	seeOther(c, fmt.Sprintf("%s#comment-%d", ideaPath(number), comment.ID))
}

// answer is what the product team makes of an idea.
func (s *Server) answer(c *gin.Context, actor accounts.Actor) {
	number, err := ideaNumber(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	status, response := community.Status(c.PostForm("status")), c.PostForm("response")
	if _, err := s.Community.SetStatus(c.Request.Context(), actor, number, status, response); err != nil {
		s.renderIdeaForm(c, err, func(page *ideaView) { page.Status, page.Response = status, response })
		return
	}
	s.say(c, "idea.answered", "")
	seeOther(c, ideaPath(number))
}

func (s *Server) hideIdea(c *gin.Context, actor accounts.Actor) {
	number, err := ideaNumber(c)
	if err == nil {
		err = s.Community.HideIdea(c.Request.Context(), actor, number, c.PostForm("hidden") == "true")
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	seeOther(c, ideaPath(number))
}

func (s *Server) hideComment(c *gin.Context, actor accounts.Actor) {
	id, err := strconv.ParseInt(c.Param("comment"), 10, 64)
	if err != nil {
		s.fail(c, fault.New(fault.NotFound, "comment.not_found", "There is no such comment."))
		return
	}
	if err := s.Community.HideComment(c.Request.Context(), actor, id, c.PostForm("hidden") == "true"); err != nil {
		s.fail(c, err)
		return
	}
	number, err := ideaNumber(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	seeOther(c, fmt.Sprintf("%s#comment-%d", ideaPath(number), id))
}

// votingClosed tells whether nobody votes on the idea any more.
func votingClosed(idea community.Idea) bool {
	return idea.HiddenAt != nil || slices.Contains([]community.Status{community.Completed, community.Declined}, idea.Status)
}
