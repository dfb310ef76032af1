package web

import "github.com/gin-gonic/gin"

// setupPage is where the one-time link of the first start leads.
func (s *Server) setupPage(c *gin.Context) {
	token := c.Query("token")
	if err := s.Accounts.CheckSetupToken(c.Request.Context(), token); err != nil {
		s.fail(c, err)
		return
	}
	keepAddress(c)
	s.render(c, 200, "setup", signUpForm{Token: token})
}

func (s *Server) setup(c *gin.Context) {
	form := readSignUp(c)
	person, err := s.Accounts.Setup(c.Request.Context(), form.Token, form.draft(c, s.locale(c)))
	if err == nil {
		err = s.signInAs(c, person)
	}
	if err != nil {
		s.renderForm(c, "setup", form, err)
		return
	}
	s.say(c, "setup.welcome", person.Name)
	seeOther(c, "/")
}
