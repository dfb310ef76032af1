package web

import (
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
)

type keyInput struct {
	Body struct {
		Name   string          `json:"name"`
		Role   accounts.Role   `json:"role" enum:"admin,marketing,product,moderator,fan"`
		Scopes accounts.Scopes `json:"scopes,omitempty" minItems:"1" enum:"orders,reports,campaigns,posts,ideas" doc:"The parts of the API to confine it to; left out, all that its role allows."`
		Store  string          `json:"store,omitempty" doc:"The one store whose orders it may send: the key has the scope orders, and no other."`
		Rate   int             `json:"rate,omitempty" minimum:"0" doc:"Requests a second, in each process; without one, as many as come."`
	}
}

type rotateInput struct {
	ByID
	Body *struct {
		Grace string `json:"grace,omitempty" doc:"How long the old key works on: a Go duration of at most 720h; 24h when absent."`
	}
}

// newKey is a key with its secret, which is told once.
type newKey struct {
	accounts.Key
	Secret string `json:"key" doc:"The key itself: it is not shown again."`
}

// keysAPI names no scope: a key that is confined makes no others.
func (s *Server) keysAPI() {
	operate(s, admins, call("POST", "/api/v1/keys", 201, "Make an API key"),
		func(ctx context.Context, actor *accounts.Actor, in *keyInput) (*answer[newKey], error) {
			key, secret, err := s.Accounts.CreateKeyWith(ctx, *actor, accounts.KeyDraft(in.Body))
			return answerWith(newKey{key, secret}, err)
		})
	operate(s, admins, call("GET", "/api/v1/keys", 200, "List the API keys, newest first, revoked ones too"),
		func(ctx context.Context, _ *accounts.Actor, in *Paging) (*answer[listPage[accounts.Key]], error) {
			keys, err := s.Accounts.Keys(ctx)
			return answerPart(keys, err, *in, func(k accounts.Key) string { return decimal(k.ID) })
		})
	operate(s, admins, call("DELETE", "/api/v1/keys/{id}", 204, "Revoke an API key for good"),
		func(ctx context.Context, actor *accounts.Actor, in *ByID) (*struct{}, error) {
			return nil, s.Accounts.RevokeKey(ctx, *actor, in.ID)
		})
	operate(s, admins, call("POST", "/api/v1/keys/{id}/rotate", 200, "Give an API key a new secret; the old one works on for a while"),
		func(ctx context.Context, actor *accounts.Actor, in *rotateInput) (*answer[newKey], error) {
			grace := ""
			if in.Body != nil {
				grace = in.Body.Grace
			}
			lasts, err := keyGrace(grace)
			if err != nil {
				return nil, err
			}
			key, secret, err := s.Accounts.RotateKey(ctx, *actor, in.ID, lasts)
			return answerWith(newKey{key, secret}, err)
		})
}

// keyGrace reads how long an old key works on.
func keyGrace(text string) (time.Duration, error) {
	if text == "" {
		return accounts.DefaultKeyGrace, nil
	}
	lasts, err := time.ParseDuration(text)
	if err != nil {
		var wrong fault.Fields
		wrong.Add("grace", "accounts.grace", "The time must be a duration of at most 30 days, such as 24h.", text, fault.Args{"Days": 30})
		return 0, wrong.Err()
	}
	return lasts, nil
}
