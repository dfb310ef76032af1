package accounts

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"fanfare/fault"
)

// Scope is a part of the API that a key may be confined to.
type Scope string

// The scopes.
const (
	ScopeOrders    Scope = "orders"    // send, cancel, refund and list orders; the stores' webhooks
	ScopeReports   Scope = "reports"   // read campaigns and what came of them
	ScopeCampaigns Scope = "campaigns" // make sales and campaigns, and read them
	ScopePosts     Scope = "posts"     // schedule, check, cancel and pause posts, with their images
	ScopeIdeas     Scope = "ideas"     // submit, read, vote, answer and export ideas
)

// ScopeNames lists them all, in the order in which they are kept.
var ScopeNames = []Scope{ScopeOrders, ScopeReports, ScopeCampaigns, ScopePosts, ScopeIdeas}

// Scopes are all scopes of a key. A key with none may use whatever its role
// allows.
type Scopes []Scope

// Value implements driver.Valuer.
func (s Scopes) Value() (driver.Value, error) {
	words := make([]string, len(s))
	for i, scope := range s {
		words[i] = string(scope)
	}
	return strings.Join(words, " "), nil
}

// Scan implements sql.Scanner.
func (s *Scopes) Scan(value any) error {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("scopes cannot be %T", value)
	}
	*s = nil
	for word := range strings.FieldsSeq(text) {
		*s = append(*s, Scope(word))
	}
	return nil
}

// checkScopes gives scopes each once and in their order, and notes those that
// are none.
func checkScopes(wrong *fault.Fields, scopes Scopes) (tidy Scopes) {
	for _, scope := range scopes {
		if !slices.Contains(ScopeNames, scope) {
			wrong.Add("scopes", "accounts.scopes", "There is no such scope: they are orders, reports, campaigns, posts and ideas.", scope, nil)
		}
	}
	for _, scope := range ScopeNames {
		if slices.Contains(scopes, scope) {
			tidy = append(tidy, scope)
		}
	}
	return tidy
}

// checkStoreScopes gives the scopes of a key of one store, which is that of
// orders: nothing else is told by store.
func checkStoreScopes(wrong *fault.Fields, scopes Scopes) Scopes {
	for _, scope := range scopes {
		if scope != ScopeOrders {
			wrong.Add("scopes", "accounts.store_scopes", "A key of one store can have the scope orders alone: the rest is not told by store.", scope, nil)
		}
	}
	return Scopes{ScopeOrders}
}

// InScope returns Forbidden unless the actor may use a part of the API that has
// one of these scopes. A key that is confined may use no part without any.
func (a Actor) InScope(scopes ...Scope) error {
	if len(a.Scopes) == 0 && a.Store == "" || slices.ContainsFunc(scopes, a.has) {
		return nil
	}
	if len(scopes) == 0 {
		return fault.New(fault.Forbidden, "accounts.confined", "An API key that is confined to scopes or a store may not do this.")
	}
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = string(scope)
	}
	wanted := strings.Join(names, ", ")
	return &fault.Error{
		Kind: fault.Forbidden, Key: "accounts.out_of_scope", Args: fault.Args{"Scopes": wanted},
		Message: "This API key has none of the scopes that allow this: " + wanted + ".",
	}
}

// has heeds the store also of keys that were made before it implied a scope.
func (a Actor) has(scope Scope) bool {
	return (len(a.Scopes) == 0 || slices.Contains(a.Scopes, scope)) && (a.Store == "" || scope == ScopeOrders)
}

// MaySee tells whether the actor may know of what belongs to a store.
func (a Actor) MaySee(store string) bool { return a.Store == "" || a.Store == store }

// RequireStore returns Forbidden, naming store, when the actor's key is bound
// to another store.
func (a Actor) RequireStore(store string) error {
	if a.MaySee(store) {
		return nil
	}
	e := fault.New(fault.Forbidden, "accounts.other_store", "This API key is bound to another store.")
	e.Fields = fault.Fields{{Location: "store", Key: e.Key, Message: e.Message, Value: store}}
	return e
}
