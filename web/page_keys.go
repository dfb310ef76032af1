package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
)

// keysPage is the API keys, and the form to make one.
type keysPage struct {
	Keys   []accounts.Key
	Roles  []accounts.Role
	Scopes []accounts.Scope
	Graces []string // how long an old key may work on
	Draft  accounts.KeyDraft
	Rate   string // as it is typed
}

// keyPage shows a new key, for the only time.
type keyPage struct {
	Key     accounts.Key
	Text    string
	Rotated bool
}

// Confined tells whether the form says more than that all is allowed.
func (p keysPage) Confined() bool {
	return len(p.Draft.Scopes) > 0 || p.Draft.Store != "" || p.Rate != ""
}

// Has tells whether a scope is chosen.
func (p keysPage) Has(scope accounts.Scope) bool { return slices.Contains(p.Draft.Scopes, scope) }

func newKeysPage(draft accounts.KeyDraft) keysPage {
	return keysPage{Roles: accounts.Roles, Scopes: accounts.ScopeNames, Graces: []string{"0s", "1h", "24h", "168h"}, Draft: draft}
}

func (s *Server) keys(c *gin.Context) {
	page := newKeysPage(accounts.KeyDraft{Role: accounts.Marketing})
	var err error
	if page.Keys, err = s.Accounts.Keys(c.Request.Context()); err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "keys", page)
}

// createKey answers with the key itself: it is kept nowhere, so a page to be
// sent to could not show it.
func (s *Server) createKey(c *gin.Context) {
	ctx := c.Request.Context()
	page := newKeysPage(accounts.KeyDraft{Name: c.PostForm("name"), Role: accounts.Role(c.PostForm("role")), Store: strings.TrimSpace(c.PostForm("store"))})
	for _, scope := range c.PostFormArray("scopes") {
		page.Draft.Scopes = append(page.Draft.Scopes, accounts.Scope(scope))
	}
	if page.Rate = strings.TrimSpace(c.PostForm("rate")); page.Rate != "" {
		rate, err := strconv.Atoi(page.Rate)
		if page.Draft.Rate = rate; err != nil {
			page.Draft.Rate = -1 // refused by the service, with its words
		}
	}
	key, text, err := s.Accounts.CreateKeyWith(ctx, *actorOf(ctx), page.Draft)
	if err == nil {
		s.render(c, http.StatusCreated, "key_new", keyPage{Key: key, Text: text})
		return
	}
	var listErr error
	if page.Keys, listErr = s.Accounts.Keys(ctx); listErr != nil {
		s.fail(c, listErr)
		return
	}
	s.renderForm(c, "keys", page, err)
}

// rotateKey shows the new secret, as createKey does.
func (s *Server) rotateKey(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	grace, err := keyGrace(c.PostForm("grace"))
	if err != nil {
		s.fail(c, err)
		return
	}
	key, text, err := s.Accounts.RotateKey(ctx, *actorOf(ctx), id, grace)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "key_new", keyPage{key, text, true})
}

func (s *Server) revokeKey(c *gin.Context) {
	id, err := pathID(c, "id")
	if err == nil {
		err = s.Accounts.RevokeKey(c.Request.Context(), *actorOf(c.Request.Context()), id)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, "keys.revoked", "")
	seeOther(c, "/settings/keys")
}
