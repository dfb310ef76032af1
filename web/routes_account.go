package web

import "github.com/gin-gonic/gin"

func (s *Server) accountRoutes() {
	s.handle("GET", "/", everybody, s.home)

	s.handle("GET", "/sign-in", everybody, s.signInPage)
	s.handle("POST", "/sign-in", everybody, s.signIn)
	s.handle("POST", "/sign-out", everybody, s.signOut)
	s.handle("GET", "/sign-up", everybody, s.signUpPage)
	s.handle("POST", "/sign-up", everybody, s.signUp)
	s.handle("GET", "/setup", everybody, s.setupPage)
	s.handle("POST", "/setup", everybody, s.setup)

	s.handle("GET", "/password", everybody, s.choosePasswordPage)
	s.handle("POST", "/password", everybody, s.choosePassword)
	s.handle("GET", "/password/forgotten", everybody, s.forgottenPage)
	s.handle("POST", "/password/forgotten", everybody, s.forgotten)

	s.handle("GET", "/preferences", everybody, s.preferencesPage)
	s.handle("POST", "/preferences", everybody, s.savePreferences)
	s.handle("GET", "/preferences/password", signedIn, s.preferencesPage)
	s.handle("POST", "/preferences/password", signedIn, s.changePassword)
	// https://w3c.github.io/webappsec-change-password-url/
	s.handle("GET", "/.well-known/change-password", everybody, func(c *gin.Context) { seeOther(c, "/preferences/password") })
	s.handle("POST", "/preferences/locale", everybody, s.chooseLocale)
	s.handle("POST", "/preferences/theme", everybody, s.chooseTheme)
}
