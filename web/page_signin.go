package web

import (
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
)

// home sends everybody to where their work is.
func (s *Server) home(c *gin.Context) {
	path := "/ideas"
	if actor := actorOf(c.Request.Context()); actor != nil {
		switch actor.Role {
		case accounts.Admin, accounts.Marketing:
			path = "/calendar"
		case accounts.Product:
			path = "/ranking"
		}
	}
	seeOther(c, path)
}

// signInForm is sign-in, as far as it was filled in.
type signInForm struct {
	Email    string
	Next     string // where to go afterwards; "" is home
	Deserted bool   // there is no admin yet
	Mail     bool   // a letter can be sent
}

func (s *Server) signInPage(c *gin.Context) {
	next := localPath(c.Query("next"), "")
	if actorOf(c.Request.Context()) != nil {
		seeOther(c, localPath(next, "/"))
		return
	}
	deserted, err := s.Accounts.NeedsAdmin(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, 200, "sign_in", signInForm{Next: next, Deserted: deserted, Mail: s.Accounts.SendsLetters()})
}

func (s *Server) signIn(c *gin.Context) {
	form := signInForm{Email: c.PostForm("email"), Next: localPath(c.PostForm("next"), ""), Mail: s.Accounts.SendsLetters()}
	person, err := s.Accounts.SignIn(c.Request.Context(), form.Email, c.PostForm("password"))
	if err == nil {
		err = s.signInAs(c, person)
	}
	if err != nil {
		s.renderForm(c, "sign_in", form, err)
		return
	}
	seeOther(c, localPath(form.Next, "/"))
}

func (s *Server) signOut(c *gin.Context) {
	if err := s.endSession(c); err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, "sign_in.bye", "")
	seeOther(c, "/ideas")
}

// signUpForm is what makes a person, without the password, which is never
// sent back.
type signUpForm struct {
	Name, Email, TimeZone string
	Next                  string
	Token                 string // of setup
}

func readSignUp(c *gin.Context) signUpForm {
	return signUpForm{
		Name: c.PostForm("name"), Email: c.PostForm("email"), TimeZone: knownZone(c.PostForm("time_zone")),
		Next: localPath(c.PostForm("next"), ""), Token: c.PostForm("token"),
	}
}

// draft gives the person of the form, speaking the language of the page.
func (f signUpForm) draft(c *gin.Context, locale string) accounts.PersonDraft {
	return accounts.PersonDraft{
		Name: f.Name, Email: f.Email, Password: c.PostForm("password"), Locale: locale, TimeZone: f.TimeZone,
	}
}

// knownZone gives zone, or "" when we do not know it. A script filled it in:
// its reader could not mend it.
func knownZone(zone string) string {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return ""
	}
	return zone
}

func (s *Server) signUpPage(c *gin.Context) {
	next := localPath(c.Query("next"), "")
	if actorOf(c.Request.Context()) != nil {
		seeOther(c, localPath(next, "/"))
		return
	}
	s.render(c, 200, "sign_up", signUpForm{Next: next})
}

func (s *Server) signUp(c *gin.Context) {
	form := readSignUp(c)
	var person accounts.Person
	err := s.signUps.allow(c.ClientIP(), s.Now())
	if err == nil {
		person, err = s.Accounts.SignUp(c.Request.Context(), form.draft(c, s.locale(c)))
	}
	if err == nil {
		err = s.signInAs(c, person)
	}
	if err != nil {
		s.renderForm(c, "sign_up", form, err)
		return
	}
	s.say(c, "sign_up.welcome", person.Name)
	seeOther(c, localPath(form.Next, "/"))
}
