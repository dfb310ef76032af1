package web

func (s *Server) accountRoutes() {
	s.handle("GET", "/", everybody, s.home)

	s.handle("GET", "/sign-in", everybody, s.signInPage)
	s.handle("POST", "/sign-in", everybody, s.signIn)
	s.handle("POST", "/sign-out", everybody, s.signOut)
	s.handle("GET", "/sign-up", everybody, s.signUpPage)
	s.handle("POST", "/sign-up", everybody, s.signUp)
	s.handle("GET", "/setup", everybody, s.setupPage)
	s.handle("POST", "/setup", everybody, s.setup)

	s.handle("GET", "/preferences", everybody, s.preferencesPage)
	s.handle("POST", "/preferences", everybody, s.savePreferences)
	s.handle("POST", "/preferences/locale", everybody, s.chooseLocale)
	s.handle("POST", "/preferences/theme", everybody, s.chooseTheme)
}
