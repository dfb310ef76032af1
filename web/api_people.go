package web

import (
	"context"

	"fanfare/accounts"
)

type personInput struct {
	Body struct {
		Email    string        `json:"email"`
		Name     string        `json:"name"`
		Role     accounts.Role `json:"role" enum:"admin,marketing,product,moderator,fan"`
		Locale   string        `json:"locale,omitempty" enum:"en,zh-Hans,zh-Hant,de"`
		TimeZone string        `json:"time_zone,omitempty" doc:"IANA name, such as Asia/Hong_Kong."`
		Password string        `json:"password,omitempty" doc:"Without one the person cannot sign in until they have chosen one by a link."`
	}
}

type peopleQuery struct {
	Paging
	Group accounts.Group `query:"group" enum:"all,team,fans" default:"all"`
}

func (s *Server) peopleAPI() {
	operate(s, admins, call("POST", "/api/v1/people", 201, "Make a person"),
		func(ctx context.Context, actor *accounts.Actor, in *personInput) (*answer[accounts.Person], error) {
			b := in.Body
			return answerWith(s.Accounts.CreatePerson(ctx, *actor, accounts.PersonDraft{
				Email: b.Email, Name: b.Name, Role: b.Role, Locale: b.Locale, TimeZone: b.TimeZone, Password: b.Password,
			}))
		})
	operate(s, admins, call("GET", "/api/v1/people", 200, "List people, newest first"),
		func(ctx context.Context, _ *accounts.Actor, in *peopleQuery) (*answer[listPage[accounts.Person]], error) {
			return answerList(s.Accounts.People(ctx, in.Group, in.Limit, in.Cursor))
		})
	operate(s, admins, call("GET", "/api/v1/people/{id}", 200, "Get a person"),
		func(ctx context.Context, _ *accounts.Actor, in *ByID) (*answer[accounts.Person], error) {
			return answerWith(s.Accounts.Person(ctx, in.ID))
		})
}
