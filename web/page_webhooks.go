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

// rotateWebhook shows the new secret, as createWebhook does.
func (s *Server) rotateWebhook(c *gin.Context) {
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	endpoint, secret, err := s.Webhooks.Rotate(c.Request.Context(), *actorOf(c.Request.Context()), id)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "webhook_new", webhookPage{endpoint, secret})
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

// switchedOff lists the endpoints that failed for so long that they are told
// nothing any more, for the note above each page of the desk. A page goes
// without it rather than fail.
func (s *Server) switchedOff(c *gin.Context) func() []webhooks.Endpoint {
	return func() []webhooks.Endpoint {
		all, err := s.Webhooks.Endpoints(c.Request.Context())
		if err != nil {
			s.Logger.Warn("webhook endpoints", "err", err)
		}
		return slices.DeleteFunc(all, func(e webhooks.Endpoint) bool { return e.DisabledAt == nil })
	}
}

// SwitchedOff lists them, but not where the page itself says so, or to who
// cannot mend it.
func (v view) SwitchedOff() []webhooks.Endpoint {
	if v.Page == "webhooks" || !v.May("/settings/webhooks") {
		return nil
	}
	return v.switchedOff()
}

func (s *Server) afterWebhook(c *gin.Context, err error, said string) {
	if err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, said, "")
	seeOther(c, "/settings/webhooks")
}
