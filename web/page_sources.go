package web

import (
	"net/http"
	"strings"

	"fanfare/campaigns/stores"

	"github.com/gin-gonic/gin"
)

// sourcesPage is the stores that send webhooks, and the form to add one.
type sourcesPage struct {
	Sources []stores.SourceHealth
	Kinds   []stores.SourceKind
	Draft   stores.SourceDraft
	Changed string // the source whose new secret was refused
}

func (s *Server) loadSources(c *gin.Context, draft stores.SourceDraft) (page sourcesPage, err error) {
	page = sourcesPage{Kinds: []stores.SourceKind{stores.Shopify, stores.WooCommerce, stores.Generic}, Draft: draft}
	page.Sources, err = s.Stores.SourcesHealth(c.Request.Context())
	return page, err
}

func (s *Server) sources(c *gin.Context) {
	page, err := s.loadSources(c, stores.SourceDraft{Kind: stores.Shopify})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "sources", page)
}

func (s *Server) createSource(c *gin.Context) {
	ctx := c.Request.Context()
	draft := stores.SourceDraft{
		Name: strings.TrimSpace(c.PostForm("name")), Kind: stores.SourceKind(c.PostForm("kind")),
		Store: strings.TrimSpace(c.PostForm("store")), Secret: c.PostForm("secret"),
	}
	if _, err := s.Stores.CreateSource(ctx, *actorOf(ctx), draft); err != nil {
		s.sourcesAgain(c, draft, "", err)
		return
	}
	s.say(c, "sources.added", "")
	seeOther(c, "/settings/sources")
}

func (s *Server) changeSourceSecret(c *gin.Context) {
	ctx := c.Request.Context()
	if err := s.Stores.ChangeSourceSecret(ctx, *actorOf(ctx), c.Param("name"), c.PostForm("secret")); err != nil {
		s.sourcesAgain(c, stores.SourceDraft{Kind: stores.Shopify}, c.Param("name"), err)
		return
	}
	s.say(c, "sources.changed", "")
	seeOther(c, "/settings/sources")
}

// sourcesAgain shows the page with what is wrong in one of its forms.
func (s *Server) sourcesAgain(c *gin.Context, draft stores.SourceDraft, changed string, wrong error) {
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
	if err := s.Stores.DeleteSource(ctx, *actorOf(ctx), c.Param("name")); err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, "sources.deleted", "")
	seeOther(c, "/settings/sources")
}
