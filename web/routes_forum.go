package web

func (s *Server) forumRoutes() {
	s.handle("GET", "/ideas", everybody, s.ideasPage)
	s.handle("GET", "/ideas/similar", everybody, s.similarIdeas)
	s.handle("GET", "/ideas/new", signedIn, s.newIdeaPage)
	s.handle("POST", "/ideas/new", everybody, s.asPerson(s.submitIdea))
	s.handle("GET", "/ideas/:number", everybody, s.ideaPage)

	s.handle("POST", "/ideas/:number/vote", everybody, s.asPerson(s.vote))
	s.handle("POST", "/ideas/:number/unvote", everybody, s.asPerson(s.unvote))
	s.handle("POST", "/ideas/:number/comments", everybody, s.asPerson(s.comment))
	s.handle("POST", "/ideas/:number/status", product, s.asPerson(s.answer))
	s.handle("POST", "/ideas/:number/hide", moderators, s.asPerson(s.hideIdea))
	s.handle("POST", "/ideas/:number/comments/:comment/hide", moderators, s.asPerson(s.hideComment))

	// A form that failed stays at the address it was sent to: whoever loads
	// that address again, or comes back to it from sign-in, sees the idea.
	for _, form := range []string{"vote", "unvote", "comments", "status", "hide"} {
		s.handle("GET", "/ideas/:number/"+form, everybody, s.backToIdea)
	}
}
