package web

import (
	"encoding/gob"
	"net/http"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
)

// What a session holds.
const (
	sessionPerson = "person" // int64, the id of who signed in
	sessionEpoch  = "epoch"  // int64, the person's when they did
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
func (s *Server) signInAs(c *gin.Context, person accounts.Person) error {
	ctx := c.Request.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, sessionPerson, person.ID)
	s.sessions.Put(ctx, sessionEpoch, person.SessionEpoch)
	return nil
}

// endSession makes a stranger of whoever signed in. It begins a new session and
// does not only empty the old one, whose token must be worth nothing to whoever
// copied it.
func (s *Server) endSession(c *gin.Context) error {
	ctx := c.Request.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return fault.Wrap(err, "sign out")
	}
	s.sessions.Remove(ctx, sessionPerson)
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
