package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
)

// sourcesPage is the stores that send webhooks, and the form to add one.
type sourcesPage struct {
	Sources []campaigns.SourceHealth
	Kinds   []campaigns.SourceKind
	Draft   campaigns.SourceDraft
	Changed string // the source whose new secret was refused
}

func (s *Server) loadSources(c *gin.Context, draft campaigns.SourceDraft) (page sourcesPage, err error) {
	page = sourcesPage{Kinds: []campaigns.SourceKind{campaigns.Shopify, campaigns.WooCommerce, campaigns.Generic}, Draft: draft}
	page.Sources, err = s.Campaigns.SourcesHealth(c.Request.Context())
	return page, err
}

func (s *Server) sources(c *gin.Context) {
	page, err := s.loadSources(c, campaigns.SourceDraft{Kind: campaigns.Shopify})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "sources", page)
}

func (s *Server) createSource(c *gin.Context) {
	ctx := c.Request.Context()
	draft := campaigns.SourceDraft{
		Name: strings.TrimSpace(c.PostForm("name")), Kind: campaigns.SourceKind(c.PostForm("kind")),
		Store: strings.TrimSpace(c.PostForm("store")), Secret: c.PostForm("secret"),
	}
	if _, err := s.Campaigns.CreateSource(ctx, *actorOf(ctx), draft); err != nil {
		s.sourcesAgain(c, draft, "", err)
		return
	}
	s.say(c, "sources.added", "")
	seeOther(c, "/settings/sources")
}

func (s *Server) changeSourceSecret(c *gin.Context) {
	ctx := c.Request.Context()
	if err := s.Campaigns.ChangeSourceSecret(ctx, *actorOf(ctx), c.Param("name"), c.PostForm("secret")); err != nil {
		s.sourcesAgain(c, campaigns.SourceDraft{Kind: campaigns.Shopify}, c.Param("name"), err)
		return
	}
	s.say(c, "sources.changed", "")
	seeOther(c, "/settings/sources")
}

// sourcesAgain shows the page with what is wrong in one of its forms.
func (s *Server) sourcesAgain(c *gin.Context, draft campaigns.SourceDraft, changed string, wrong error) {
	page, err := s.loadSources(c, draft)
	if err != nil {
		s.fail(c, err)
		return
	}
	page.Changed = changed
	s.renderForm(c, "sources", page, wrong)
}

func (s *Server) deleteSource(c *gin.Context) {
	ctx := c.Request.Context()
	if err := s.Campaigns.DeleteSource(ctx, *actorOf(ctx), c.Param("name")); err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, "sources.deleted", "")
	seeOther(c, "/settings/sources")
}
