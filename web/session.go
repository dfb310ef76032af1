package web

import (
	"encoding/gob"
	"net/http"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"
)

// What a session holds.
const (
	sessionPerson = "person" // int64, the id of who signed in
	sessionFlash  = "flash"  // flash
)

func init() { gob.Register(flash{}) } // scs stores sessions with gob

// hasSession tells whether a request comes with a browser's session: not so
// when a key speaks for it, nor where nobody needs to be known.
func hasSession(r *http.Request) bool {
	if r.Header.Get("Authorization") != "" {
		return false
	}
	for _, prefix := range []string{"/r/", "/static/", "/hooks/", "/healthz", "/readyz", "/metrics", "/openapi"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return false
		}
	}
	return true
}

// signInAs begins a session for a person. The token is renewed, so that a
// token planted before cannot be used after.
func (s *Server) signInAs(c *gin.Context, personID int64) error {
	ctx := c.Request.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, sessionPerson, personID)
	return nil
}

// say leaves a word for the next page: key of a translation with an optional
// {{.Name}}.
func (s *Server) say(c *gin.Context, key, name string) { s.sayWith(c, flash{Key: key, Name: name}) }

func (s *Server) sayWith(c *gin.Context, f flash) {
	s.sessions.Put(c.Request.Context(), sessionFlash, f)
}

func (s *Server) takeFlash(c *gin.Context) *flash {
	if !hasSession(c.Request) {
		return nil
	}
	if f, ok := s.sessions.Pop(c.Request.Context(), sessionFlash).(flash); ok {
		return &f
	}
	return nil
}

// seeOther ends a form: the browser fetches the next page by itself, and
// loading it again sends nothing twice.
func seeOther(c *gin.Context, path string) { c.Redirect(http.StatusSeeOther, path) }

// localPath gives next if it is a path of ours, else fallback: a link to
// sign-in must not send people to another site. Browsers read a backslash as a
// slash, and pass over tabs: /<tab>/evil.example is //evil.example to them.
func localPath(next, fallback string) string {
	if strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.Contains(next, `\`) && !strings.ContainsFunc(next, unicode.IsControl) {
		return next
	}
	return fallback
}
