package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/fault"
)

// accountsPage lists the social accounts.
type accountsPage struct {
	Accounts []accountLine
	Paused   pauses
}

// accountLine is a social account with its health.
type accountLine struct {
	accounts.NetworkAccount
	Health  health
	Budgets []budgetLine
}

// health says how an account is: State is of a badge, Key of its sentence.
type health struct {
	State, Key string
	Days       int // until the token ends
}

// tokenWarning is how long before its end a token wants to be renewed: enough
// for a holiday.
const tokenWarning = 14 * 24 * time.Hour

func healthOf(account accounts.NetworkAccount, now time.Time) health {
	if !account.NeedsPerson() {
		return healthOfLasting(account, now)
	}
	left := account.ExpiresAt.Sub(now)
	days := int(left.Hours() / 24)
	switch {
	case left <= 0:
		return health{State: "failed", Key: "social.ended"}
	case account.Problem != "":
		return health{State: "failed", Key: "social.problem"}
	case days == 0:
		return health{State: "is-warning", Key: "social.ends_today"}
	case left <= tokenWarning:
		return health{State: "is-warning", Key: "social.ends", Days: days}
	}
	return health{State: "healthy", Key: "social.healthy_until", Days: days}
}

// healthOfLasting is of credentials that do not end, or that we renew.
func healthOfLasting(account accounts.NetworkAccount, now time.Time) health {
	switch {
	case account.Problem != "":
		return health{State: "failed", Key: "social.problem"}
	case account.Renewal != accounts.RenewByItself:
		return health{State: "healthy", Key: "social.healthy"}
	case account.ExpiresAt != nil && !account.ExpiresAt.After(now):
		return health{State: "is-warning", Key: "social.renewing"}
	}
	return health{State: "healthy", Key: "social.renews_itself"}
}

func (s *Server) accountsPage(ctx context.Context) (page accountsPage, err error) {
	all, err := s.Accounts.NetworkAccounts(ctx)
	if err != nil {
		return page, err
	}
	budgets, err := s.Campaigns.Budgets(ctx)
	if err != nil {
		return page, err
	}
	page.Accounts = linesOf(all, s.Now())
	here := newClock(s.Now(), actorOf(ctx).TimeZone, "").Now
	for i, line := range page.Accounts {
		page.Accounts[i].Budgets = budgetLines(budgets, line.ID, here)
	}
	page.Paused, err = s.pausesOf(ctx, func(scope campaigns.Scope) bool { return scope.Kind() == "account" })
	return page, err
}

func (s *Server) socialAccounts(c *gin.Context) {
	page, err := s.accountsPage(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "accounts", page)
}

// credentialField is one field of a form for credentials, by its name in the API.
type credentialField struct {
	Name     string
	Secret   bool // never shown again
	Optional bool
	Time     bool
}

// Location is the field's name in forms and errors.
func (f credentialField) Location() string { return "credentials." + f.Name }

// credentialForm is one way to connect an account.
type credentialForm struct {
	Kind    string // of the form
	Network string
	SignIn  bool              // a person signs in at the network: the fields are the app's
	Fixed   map[string]string // credentials that the kind decides
	Fields  []credentialField
}

// The forms, by what the networks hand out. See
// https://docs.x.com/resources/fundamentals/authentication/overview and
// https://open.weibo.com/wiki/授权机制说明.
var oauth1Fields = []credentialField{
	{Name: "consumer_key"}, {Name: "consumer_secret", Secret: true},
	{Name: "access_token", Secret: true}, {Name: "access_secret", Secret: true},
}

var credentialForms = []credentialForm{
	{Kind: "twitter-sign-in", Network: "twitter", SignIn: true, Fields: []credentialField{
		{Name: "client_id"}, {Name: "client_secret", Secret: true, Optional: true},
	}},
	{Kind: "weibo-sign-in", Network: "weibo", SignIn: true, Fields: []credentialField{
		{Name: "app_key"}, {Name: "app_secret", Secret: true}, {Name: "safe_domain"},
	}},
	{Kind: "twitter", Network: "twitter", Fixed: map[string]string{"api": "v2"}, Fields: oauth1Fields},
	{Kind: "twitter-oauth2", Network: "twitter", Fields: []credentialField{
		{Name: "client_id"}, {Name: "client_secret", Secret: true, Optional: true},
		{Name: "access_token", Secret: true}, {Name: "refresh_token", Secret: true, Optional: true},
		{Name: "expires_at", Optional: true, Time: true},
	}},
	{Kind: "twitter-v1.1", Network: "twitter", Fixed: map[string]string{"api": "v1.1"}, Fields: oauth1Fields},
	{Kind: "weibo", Network: "weibo", Fields: []credentialField{
		{Name: "app_key"}, {Name: "app_secret", Secret: true}, {Name: "access_token", Secret: true},
		{Name: "safe_domain"}, {Name: "expires_at", Optional: true, Time: true},
	}},
}

// accountPage is the form to connect an account. Values holds what was typed,
// by location, without the secrets.
type accountPage struct {
	Form     credentialForm
	Forms    []credentialForm
	Values   map[string]string
	Callback string // the address to give to the network
}

func (s *Server) newAccountPage(kind string) accountPage {
	page := accountPage{Form: credentialForms[0], Forms: credentialForms, Values: map[string]string{}, Callback: s.callback()}
	for _, form := range credentialForms {
		if form.Kind == kind {
			page.Form = form
		}
	}
	return page
}

func (s *Server) newSocialAccount(c *gin.Context) {
	page := s.newAccountPage(c.Query("network"))
	page.Values["name"] = c.Query("name")
	page.Values["link_base_url"] = c.Query("link_base_url")
	s.render(c, http.StatusOK, "account_new", page)
}

func (s *Server) connectAccount(c *gin.Context) {
	page := s.newAccountPage(c.PostForm("kind"))
	page.Values["name"], page.Values["link_base_url"] = c.PostForm("name"), c.PostForm("link_base_url")
	credentials, err := page.credentials(c)
	var account accounts.NetworkAccount
	if err == nil {
		account, err = s.Campaigns.ConnectAccount(c.Request.Context(), *actorOf(c.Request.Context()), campaigns.AccountDraft{
			Network: page.Form.Network, Name: page.Values["name"], LinkBaseURL: page.Values["link_base_url"],
			Credentials: credentials,
		})
	}
	if err != nil {
		s.renderForm(c, "account_new", page, err)
		return
	}
	s.say(c, "social.connected", account.Name)
	seeOther(c, "/settings/accounts")
}

// recall fills in what was typed before a sign-in, but for the secrets.
func (p accountPage) recall(draft campaigns.AccountDraft) {
	p.Values["name"], p.Values["link_base_url"] = draft.Name, draft.LinkBaseURL
	var typed map[string]string
	if json.Unmarshal(draft.Credentials, &typed) != nil {
		return // written by us; without it the form is only empty
	}
	for _, field := range p.Form.Fields {
		if !field.Secret {
			p.Values[field.Location()] = typed[field.Name]
		}
	}
}

// credentials reads the form's fields into the object that the network knows,
// and keeps what is no secret for the next try.
func (p accountPage) credentials(c *gin.Context) (json.RawMessage, error) {
	object := map[string]string{}
	for name, value := range p.Form.Fixed {
		object[name] = value
	}
	var wrong fault.Fields
	for _, field := range p.Form.Fields {
		value := c.PostForm(field.Location())
		if !field.Secret {
			p.Values[field.Location()] = value
		}
		if field.Time && value != "" {
			at, err := parseLocal(field.Location(), value, actorPlace(c))
			addFields(&wrong, err)
			value = at.Format(time.RFC3339)
		}
		if value != "" {
			object[field.Name] = value
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(object)
	return raw, fault.Wrap(err, "credentials")
}
