package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
)

// audience is who may use a route. The zero value admits nobody, so a route
// that names none is closed.
type audience struct {
	everybody bool
	roles     []accounts.Role
	scopes    []accounts.Scope // of keys that are confined; without any it is closed to them
}

// The audiences. Admins may do what any other role may.
var (
	everybody  = audience{everybody: true}
	signedIn   = audience{roles: accounts.Roles}
	staff      = only(accounts.Marketing, accounts.Product, accounts.Moderator)
	marketing  = only(accounts.Marketing)
	product    = only(accounts.Product)
	moderators = only(accounts.Moderator)
	admins     = only()
)

func only(roles ...accounts.Role) audience {
	return audience{roles: append([]accounts.Role{accounts.Admin}, roles...)}
}

// in gives the audience for a part of the API: a key that is confined may use
// it when it has one of the scopes.
func (a audience) in(scopes ...accounts.Scope) audience {
	a.scopes = scopes
	return a
}

// admits tells whether actor, nil for a stranger, may pass.
func (a audience) admits(actor *accounts.Actor) error {
	if a.everybody {
		return nil
	}
	if actor == nil {
		return fault.New(fault.Unauthenticated, "fault.sign_in", "Please sign in first, or send an API key.")
	}
	for _, role := range a.roles {
		if role == actor.Role {
			return actor.InScope(a.scopes...)
		}
	}
	return fault.New(fault.Forbidden, "fault.forbidden", "Your role does not allow this.")
}

// authorize finds out who asks and whether the route is theirs.
func (s *Server) authorize(c *gin.Context) {
	if c.FullPath() == "" {
		return // no such route: NoRoute answers
	}
	rule, known := s.access[c.Request.Method+" "+c.FullPath()]
	if !known {
		s.fail(c, fault.Wrap(errNoAudience, c.FullPath()))
		return
	}
	actor, err := s.identify(c, rule)
	if err == nil {
		err = rule.admits(actor)
	}
	if fault.Is(err, fault.Unauthenticated) && isPage(c.Request) && c.Request.Method == http.MethodGet {
		c.Redirect(http.StatusSeeOther, "/sign-in?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		c.Abort()
		return
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	if actor != nil && actor.InScope(rule.scopes...) == nil { // elsewhere a confined key is a stranger's
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), actorKey{}, actor))
	}
}

// identify gives the actor behind a key or a session, nil for a stranger. A
// browser's own Authorization is for a proxy in front, and none of ours.
func (s *Server) identify(c *gin.Context, rule audience) (*accounts.Actor, error) {
	scheme, key, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return s.keyActor(c, strings.TrimSpace(key))
	case !hasSession(c.Request) && scheme != "" && !rule.everybody:
		return nil, fault.New(fault.Unauthenticated, "fault.bearer", "Send the API key as \"Authorization: Bearer KEY\".")
	case !hasSession(c.Request):
		return nil, nil
	}
	id := s.sessions.GetInt64(c.Request.Context(), sessionPerson)
	if id == 0 {
		return nil, nil
	}
	actor, err := s.Accounts.SessionActor(c.Request.Context(), id, s.sessions.GetInt64(c.Request.Context(), sessionEpoch))
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.NotFound) {
		return nil, s.sessions.Destroy(c.Request.Context()) // blocked, gone or with another password since
	}
	return &actor, err
}

// keyActor gives the actor behind an API key. An admin's key may act for
// somebody else, with that person's role.
func (s *Server) keyActor(c *gin.Context, key string) (*accounts.Actor, error) {
	actor, err := s.Accounts.KeyActor(c.Request.Context(), key)
	if err != nil {
		return nil, err
	}
	actAs := c.GetHeader("X-Act-As")
	if actAs == "" {
		return &actor, nil
	}
	if actor.Role != accounts.Admin {
		return nil, fault.New(fault.Forbidden, "fault.act_as", "Only an admin's key may act for somebody else.")
	}
	id, err := strconv.ParseInt(actAs, 10, 64)
	if err != nil {
		return nil, unknownPerson(actAs)
	}
	person, err := s.Accounts.Actor(c.Request.Context(), id)
	if err != nil {
		return nil, unknownPerson(actAs)
	}
	person.KeyID, person.Scopes, person.Store = actor.KeyID, actor.Scopes, actor.Store
	return &person, nil
}

func unknownPerson(value string) error {
	var wrong fault.Fields
	wrong.Add("header.X-Act-As", "fault.no_person", "There is no active person with this id.", value, nil)
	return wrong.Err()
}

type actorKey struct{}

// actorOf gives who asks; nil for a stranger, never on a route that is not for
// everybody.
func actorOf(ctx context.Context) *accounts.Actor {
	actor, _ := ctx.Value(actorKey{}).(*accounts.Actor)
	return actor
}
