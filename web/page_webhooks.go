package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"fanfare/webhooks"
)

const shownAttempts = 20 // of each endpoint

// webhooksPage is the endpoints with their last requests, and the form to make one.
type webhooksPage struct {
	Endpoints []endpointCard
	Types     []string
	Draft     webhooks.EndpointDraft
}

type endpointCard struct {
	webhooks.Endpoint
	Attempts []webhooks.Attempt
}

// webhookPage shows a new endpoint's secret, for the only time.
type webhookPage struct {
	Endpoint webhooks.Endpoint
	Secret   string
}

// Has tells whether an event is chosen.
func (p webhooksPage) Has(event string) bool { return slices.Contains(p.Draft.Events, event) }

func (s *Server) loadWebhooks(c *gin.Context, draft webhooks.EndpointDraft) (webhooksPage, error) {
	page := webhooksPage{Types: webhooks.EventTypes, Draft: draft}
	endpoints, err := s.Webhooks.Endpoints(c.Request.Context())
	for _, e := range endpoints {
		attempts, err := s.Webhooks.Attempts(c.Request.Context(), e.ID)
		if err != nil {
			return page, err
		}
		page.Endpoints = append(page.Endpoints, endpointCard{e, attempts[:min(len(attempts), shownAttempts)]})
	}
	return page, err
}

func (s *Server) webhooks(c *gin.Context) {
	page, err := s.loadWebhooks(c, webhooks.EndpointDraft{})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "webhooks", page)
}

// createWebhook answers with the secret itself: no page to be sent to could
// show it.
func (s *Server) createWebhook(c *gin.Context) {
	ctx := c.Request.Context()
	draft := webhooks.EndpointDraft{URL: c.PostForm("url"), Events: c.PostFormArray("events")}
	endpoint, secret, err := s.Webhooks.Create(ctx, *actorOf(ctx), draft)
	if err == nil {
		s.render(c, http.StatusCreated, "webhook_new", webhookPage{endpoint, secret})
		return
	}
	page, listErr := s.loadWebhooks(c, draft)
	if listErr != nil {
		s.fail(c, listErr)
		return
	}
	s.renderForm(c, "webhooks", page, err)
}

func (s *Server) testWebhook(c *gin.Context) {
	id, err := pathID(c, "id")
	var attempt webhooks.Attempt
	if err == nil {
		attempt, err = s.Webhooks.Test(c.Request.Context(), *actorOf(c.Request.Context()), id)
	}
	said := "webhooks.test_failed"
	if attempt.OK() {
		said = "webhooks.test_ok"
	}
	s.afterWebhook(c, err, said)
}

func (s *Server) enableWebhook(c *gin.Context) {
	id, err := pathID(c, "id")
	if err == nil {
		err = s.Webhooks.Enable(c.Request.Context(), *actorOf(c.Request.Context()), id)
	}
	s.afterWebhook(c, err, "webhooks.enabled")
}

func (s *Server) deleteWebhook(c *gin.Context) {
	id, err := pathID(c, "id")
	if err == nil {
		err = s.Webhooks.Delete(c.Request.Context(), *actorOf(c.Request.Context()), id)
	}
	s.afterWebhook(c, err, "webhooks.deleted")
}

func (s *Server) webhookAgain(c *gin.Context) {
	id, err := pathID(c, "id")
	var message int64
	if err == nil {
		message, err = pathID(c, "message")
	}
	if err == nil {
		err = s.Webhooks.Again(c.Request.Context(), *actorOf(c.Request.Context()), id, message)
	}
	s.afterWebhook(c, err, "webhooks.sent_again")
}

func (s *Server) afterWebhook(c *gin.Context, err error, said string) {
	if err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, said, "")
	seeOther(c, "/settings/webhooks")
}
