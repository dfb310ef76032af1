package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
)

// peoplePage is the team or the fans, and the form to add somebody.
type peoplePage struct {
	Group  accounts.Group
	People []accounts.Person
	Pager  map[string]any
	Roles  []accounts.Role
	Draft  accounts.PersonDraft // without its password
	Mail   bool                 // a letter can be sent
}

// passwordLinkPage shows a link to choose a password, for the only time.
type passwordLinkPage struct {
	accounts.PasswordLink
	URL string
}

// Groups are the tabs.
func (peoplePage) Groups() []accounts.Group { return []accounts.Group{accounts.Team, accounts.Fans} }

// Zones are offered to choose from.
func (peoplePage) Zones() []string { return commonZones }

const peoplePerPage = 50

func (s *Server) people(c *gin.Context) {
	actor := actorOf(c.Request.Context())
	page, err := s.peoplePage(c, accounts.PersonDraft{Role: accounts.Marketing, Locale: actor.Locale, TimeZone: actor.TimeZone})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "people", page)
}

func (s *Server) peoplePage(c *gin.Context, draft accounts.PersonDraft) (peoplePage, error) {
	group := accounts.Group(c.DefaultQuery("group", string(accounts.Team)))
	people, err := s.Accounts.People(c.Request.Context(), group, peoplePerPage, c.Query("cursor"))
	draft.Password = ""
	return peoplePage{group, people.Items, pagerOf(c, people), accounts.Roles, draft, s.Accounts.SendsLetters()}, err
}

func (s *Server) createPerson(c *gin.Context) {
	draft := accounts.PersonDraft{
		Email: c.PostForm("email"), Name: c.PostForm("name"), Role: accounts.Role(c.PostForm("role")),
		Locale: c.PostForm("locale"), TimeZone: c.PostForm("time_zone"), Password: c.PostForm("password"),
	}
	link, err := s.addPerson(c, draft)
	switch {
	case err == nil && link.Token != "":
		s.showPasswordLink(c, http.StatusCreated, link)
		return
	case err == nil:
		key := "people.created"
		if draft.Password == "" {
			key = "people.invited"
		}
		s.sayWith(c, flash{Key: key, Name: link.Person.Name})
		seeOther(c, "/settings/people")
		return
	}
	page, listErr := s.peoplePage(c, draft)
	if listErr != nil {
		s.fail(c, listErr)
		return
	}
	s.renderForm(c, "people", page, err)
}

// addPerson invites who is given no password.
func (s *Server) addPerson(c *gin.Context, draft accounts.PersonDraft) (accounts.PasswordLink, error) {
	ctx := c.Request.Context()
	if draft.Password == "" {
		return s.Accounts.Invite(ctx, *actorOf(ctx), draft)
	}
	person, err := s.Accounts.CreatePerson(ctx, *actorOf(ctx), draft)
	return accounts.PasswordLink{Person: person}, err
}

// passwordLink makes a link for somebody, to hand over in person.
func (s *Server) passwordLink(c *gin.Context) {
	id, err := pathID(c, "id")
	var link accounts.PasswordLink
	if err == nil {
		link, err = s.Accounts.PasswordLink(c.Request.Context(), *actorOf(c.Request.Context()), id)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.showPasswordLink(c, http.StatusOK, link)
}

// showPasswordLink answers with the link itself: as with keys, a page to be
// sent to could not show it.
func (s *Server) showPasswordLink(c *gin.Context, status int, link accounts.PasswordLink) {
	s.render(c, status, "password_link", passwordLinkPage{link, s.PublicURL + passwordPath(link)})
}

// blockPerson shuts somebody out, or lets them in again.
func (s *Server) blockPerson(blocked bool) gin.HandlerFunc {
	key := "people.unblocked"
	if blocked {
		key = "people.blocked"
	}
	return func(c *gin.Context) {
		id, err := pathID(c, "id")
		var person accounts.Person
		if err == nil {
			person, err = s.Accounts.SetBlocked(c.Request.Context(), *actorOf(c.Request.Context()), id, blocked)
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		s.say(c, key, person.Name)
		seeOther(c, "/settings/people")
	}
}
