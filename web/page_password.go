package web

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
)

// passwordPath is where a link to choose a password leads.
func passwordPath(link accounts.PasswordLink) string {
	return "/password?token=" + url.QueryEscape(link.Token)
}

// keepAddress keeps the address of a page, which is a secret, from all that the
// page leads to. Forms still tell their origin, unlike under no-referrer: a
// browser without TLS tells nothing else, and would be taken for another site.
// https://fetch.spec.whatwg.org/#append-a-request-origin-header
func keepAddress(c *gin.Context) { c.Header("Referrer-Policy", "strict-origin") }

// choosePasswordPage looks at the link and leaves it as it is: mail scanners
// follow links too.
func (s *Server) choosePasswordPage(c *gin.Context) {
	keepAddress(c)
	person, err := s.Accounts.CheckPasswordLink(c.Request.Context(), c.Query("token"))
	if err != nil {
		s.deadLink(c, err)
		return
	}
	s.render(c, http.StatusOK, "password", person)
}

// choosePassword sends people to sign in: the link is no sign-in, so whoever
// finds it later finds nothing.
func (s *Server) choosePassword(c *gin.Context) {
	keepAddress(c)
	ctx := c.Request.Context()
	chosen, err := s.Accounts.ChoosePassword(ctx, c.Query("token"), c.PostForm("password"))
	if actor := actorOf(ctx); err == nil && actor != nil && actor.PersonID == chosen.ID {
		err = s.endSession(c) // it has ended anyway, and would take our word with it
	}
	if err == nil {
		s.say(c, "password.chosen", "")
		seeOther(c, "/sign-in")
		return
	}
	person, gone := s.Accounts.CheckPasswordLink(ctx, c.Query("token"))
	if gone != nil {
		s.deadLink(c, gone)
		return
	}
	s.renderForm(c, "password", person, err)
}

// deadLink offers another link in place of one that does not work.
func (s *Server) deadLink(c *gin.Context, err error) {
	f, ok := asFault(err)
	if !ok || f.Kind != fault.NotFound {
		s.fail(c, err)
		return
	}
	v := s.view(c, "password_forgotten", forgottenForm{Mail: s.Accounts.SendsLetters()})
	v.Message, _ = s.words.fault(v.Locale, f)
	s.renderView(c, http.StatusNotFound, v.Page, v)
}

// forgottenForm asks for a letter. Sent is after it, whether anybody has the
// address or not.
type forgottenForm struct {
	Email string
	Sent  bool
	Mail  bool
}

func (s *Server) forgottenPage(c *gin.Context) {
	s.render(c, http.StatusOK, "password_forgotten", forgottenForm{Sent: c.Query("sent") != "", Mail: s.Accounts.SendsLetters()})
}

func (s *Server) forgotten(c *gin.Context) {
	form := forgottenForm{Email: c.PostForm("email"), Mail: s.Accounts.SendsLetters()}
	err := s.letters.allow(c.ClientIP(), s.Now())
	if err == nil {
		err = s.Accounts.ForgotPassword(c.Request.Context(), form.Email)
	}
	if err != nil {
		s.renderForm(c, "password_forgotten", form, err)
		return
	}
	seeOther(c, "/password/forgotten?sent=1")
}

// changePassword is of who is signed in. This session goes on, under another
// token; their others have ended.
func (s *Server) changePassword(c *gin.Context) {
	ctx := c.Request.Context()
	person, err := s.Accounts.ChangePassword(ctx, *actorOf(ctx), c.PostForm("current_password"), c.PostForm("password"))
	if err == nil {
		err = s.signInAs(c, person)
	}
	if err != nil {
		form := s.preferencesForm(c)
		form.Changing = true
		s.renderForm(c, "preferences", form, err)
		return
	}
	s.say(c, "password.changed", "")
	seeOther(c, "/preferences")
}
