package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
)

// keysPage is the API keys, and the form to make one.
type keysPage struct {
	Keys  []accounts.Key
	Roles []accounts.Role
	Name  string
	Role  accounts.Role
}

// keyPage shows a new key, for the only time.
type keyPage struct {
	Key  accounts.Key
	Text string
}

func (s *Server) keys(c *gin.Context) {
	keys, err := s.Accounts.Keys(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "keys", keysPage{Keys: keys, Roles: accounts.Roles, Role: accounts.Marketing})
}

// createKey answers with the key itself: it is kept nowhere, so a page to be
// sent to could not show it.
func (s *Server) createKey(c *gin.Context) {
	ctx := c.Request.Context()
	page := keysPage{Roles: accounts.Roles, Name: c.PostForm("name"), Role: accounts.Role(c.PostForm("role"))}
	key, text, err := s.Accounts.CreateKey(ctx, *actorOf(ctx), page.Name, page.Role)
	if err == nil {
		s.render(c, http.StatusCreated, "key_new", keyPage{key, text})
		return
	}
	keys, listErr := s.Accounts.Keys(ctx)
	if listErr != nil {
		s.fail(c, listErr)
		return
	}
	page.Keys = keys
	s.renderForm(c, "keys", page, err)
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
