package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/fault"
)

// sessionSignIn holds a sign-in at a network that is under way: []byte, sealed
// by campaigns for the person.
const sessionSignIn = "network sign-in"

// callback is where networks send the browser back to.
func (s *Server) callback() string { return s.PublicURL + "/settings/accounts/callback" }

// leavePage sends the browser to a network. It is a page of its own, since a
// form may lead to our own addresses alone, and whoever answers it next, too.
type leavePage struct{ Network, URL string }

// signInAtNetwork begins a sign-in with what the form says of the app.
func (s *Server) signInAtNetwork(c *gin.Context) {
	page := s.newAccountPage(c.PostForm("kind"))
	page.Values["name"], page.Values["link_base_url"] = c.PostForm("name"), c.PostForm("link_base_url")
	keys, err := page.credentials(c)
	var address string
	var waiting []byte
	if err == nil {
		address, waiting, err = s.Campaigns.BeginSignIn(c.Request.Context(), *actorOf(c.Request.Context()), campaigns.AccountDraft{
			Network: page.Form.Network, Name: page.Values["name"], LinkBaseURL: page.Values["link_base_url"], Credentials: keys,
		}, s.callback())
	}
	if err != nil {
		s.renderForm(c, "account_new", page, err)
		return
	}
	s.leave(c, leavePage{page.Form.Network, address}, waiting)
}

// renewAccount begins the same for an account that is there.
func (s *Server) renewAccount(c *gin.Context) {
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	address, waiting, err := s.Campaigns.BeginRenewal(ctx, *actorOf(ctx), id, s.callback())
	if err != nil {
		s.renderAccounts(c, err)
		return
	}
	account, _, err := s.Accounts.NetworkAccount(ctx, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.leave(c, leavePage{account.Network, address}, waiting)
}

func (s *Server) leave(c *gin.Context, page leavePage, waiting []byte) {
	s.sessions.Put(c.Request.Context(), sessionSignIn, waiting)
	s.render(c, http.StatusOK, "account_leave", page)
}

// networkCallback is where the browser comes back to from a network.
func (s *Server) networkCallback(c *gin.Context) {
	ctx := c.Request.Context()
	answer := campaigns.SignInAnswer{State: c.Query("state"), Code: c.Query("code"), Error: c.Query("error")}
	// The code must stand in no address that this page leads on from.
	c.Request.URL = &url.URL{Path: "/settings/accounts"}
	actor := *actorOf(ctx)
	pending, err := s.Campaigns.OpenSignIn(actor, s.sessions.GetBytes(ctx, sessionSignIn))
	if err != nil || pending.AskedFor(answer) {
		s.sessions.Remove(ctx, sessionSignIn) // one use, whatever comes of it
	}
	var account accounts.NetworkAccount
	if err == nil {
		account, err = s.Campaigns.FinishSignIn(ctx, actor, pending, answer)
	}
	switch {
	case err == nil:
		s.say(c, "social.connected", account.Name)
		seeOther(c, "/settings/accounts")
	case pending.AccountID == 0 && pending.Draft.Network != "":
		page := s.newAccountPage(pending.Draft.Network + "-sign-in")
		page.recall(pending.Draft)
		c.Request.URL = &url.URL{Path: "/settings/accounts/new", RawQuery: url.Values{"network": {page.Form.Kind}}.Encode()}
		s.renderForm(c, "account_new", page, err)
	default:
		s.renderAccounts(c, err)
	}
}

// renderAccounts shows the accounts with what went wrong above them. What a
// network says of an app's keys has no field here: it stands as a sentence.
func (s *Server) renderAccounts(c *gin.Context, cause error) {
	page, err := s.accountsPage(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	var f *fault.Error
	if errors.As(cause, &f) && len(f.Fields) > 0 {
		whole := *f
		whole.Key, whole.Message, whole.Args, whole.Fields = f.Fields[0].Key, f.Fields[0].Message, f.Fields[0].Args, nil
		cause = &whole
	}
	s.renderForm(c, "accounts", page, cause)
}

// expiring lists the accounts that somebody should renew within days, for the
// note above each page of the desk. A page goes without it rather than fail.
func (s *Server) expiring(c *gin.Context) func() []accountLine {
	return func() []accountLine {
		list, err := s.Accounts.ExpiringAccounts(c.Request.Context(), accounts.ExpiryBanner)
		if err != nil {
			s.Logger.Warn("expiring accounts", "err", err)
		}
		return linesOf(list, s.Now())
	}
}

func linesOf(list []accounts.NetworkAccount, now time.Time) []accountLine {
	lines := make([]accountLine, len(list))
	for i, account := range list {
		lines[i] = accountLine{NetworkAccount: account, Health: healthOf(account, now)}
	}
	return lines
}

// Expiring lists what the note above each page of the desk tells of: nothing
// where it would say what the page itself says, or to who cannot mend it.
func (v view) Expiring() []accountLine {
	if v.Page == "accounts" || v.Page == "account_new" || v.Page == "account_leave" || !v.May("/settings/accounts") {
		return nil
	}
	return v.expiring()
}
