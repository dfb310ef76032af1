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
	return peoplePage{group, people.Items, pagerOf(c, people), accounts.Roles, draft}, err
}

func (s *Server) createPerson(c *gin.Context) {
	draft := accounts.PersonDraft{
		Email: c.PostForm("email"), Name: c.PostForm("name"), Role: accounts.Role(c.PostForm("role")),
		Locale: c.PostForm("locale"), TimeZone: c.PostForm("time_zone"), Password: c.PostForm("password"),
	}
	person, err := s.Accounts.CreatePerson(c.Request.Context(), *actorOf(c.Request.Context()), draft)
	if err == nil {
		s.say(c, "people.created", person.Name)
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
