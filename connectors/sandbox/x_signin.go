package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What X's tokens live, see
// https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
const (
	xCodeLife  = 30 * time.Second
	xTokenLife = 2 * time.Hour
)

// XApp is an app that people can admit; without a secret it is a public client.
type XApp struct{ ClientID, ClientSecret string }

// The apps that every sandbox X knows.
var (
	XConfidential = XApp{"sandbox-app", "sandbox-app-secret"}
	XPublic       = XApp{"sandbox-public", ""}
)

func xApp(id string) (XApp, bool) {
	for _, app := range []XApp{XConfidential, XPublic} {
		if app.ClientID == id {
			return app, true
		}
	}
	return XApp{}, false
}

// xCode waits to be exchanged.
type xCode struct {
	user                    *xUser
	client, callback, proof string
	offline                 bool
	issued                  time.Time
}

// xGrant is what somebody admitted an app to. All its tokens die with it.
type xGrant struct {
	user    *xUser
	client  string
	token   string
	ends    time.Time
	refresh map[string]bool // true while it may be used
	dead    bool
}

// authorizeX shows who may be signed in as, and asks.
func (x *X) authorizeX(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	_, known := xApp(q.Get("client_id"))
	callback, err := url.Parse(q.Get("redirect_uri"))
	if !known || err != nil || callback.Host == "" || q.Get("response_type") != "code" || q.Get("state") == "" ||
		q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "Something went wrong. You weren't able to give access to the App.", http.StatusBadRequest)
		return
	}
	renderConsent(w, consentView{Words: english, Title: x.title(), App: q.Get("client_id"), Scopes: strings.Fields(q.Get("scope")),
		Accounts: x.accountList(), Path: "/i/oauth2/authorize", Query: q})
}

// consentX takes the answer and sends the browser back.
func (x *X) consentX(w http.ResponseWriter, r *http.Request) {
	back := url.Values{"state": {r.FormValue("state")}}
	x.mu.Lock()
	defer x.mu.Unlock()
	user := x.user(r.FormValue("account"))
	if r.FormValue("answer") != "allow" || user == nil {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		x.codes[code] = &xCode{user: user, client: r.FormValue("client_id"), callback: r.FormValue("redirect_uri"),
			proof: r.FormValue("code_challenge"), issued: x.clock(),
			offline: slices.Contains(strings.Fields(r.FormValue("scope")), "offline.access")}
		back.Set("code", code)
	}
	sendBack(w, r, r.FormValue("redirect_uri"), back)
}

// tokenX is the token endpoint, RFC 6749, section 3.2.
func (x *X) tokenX(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	form, bad := url.ParseQuery(string(body))
	if err != nil || bad != nil {
		oauthError(http.StatusBadRequest, "invalid_request", "The body cannot be read.").write(w)
		return
	}
	do := func() answer {
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.grantToken(r, form)
	}
	perform(w, r, x.Faults.Next(CallToken, x.tokenHandle(form)), do, func(kind FaultKind) answer {
		switch kind {
		case RateLimited, RateLimitedBare:
			return xV2.refuse(kind, x.clock())
		case Revoked:
			return usedUp("refresh token")
		}
		return xV2.broken
	})
}

// tokenHandle names whose token is asked for, for the script of failures.
func (x *X) tokenHandle(form url.Values) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if code := x.codes[form.Get("code")]; code != nil {
		return code.user.Handle
	}
	if grant := x.grantOf(form.Get("refresh_token")); grant != nil {
		return grant.user.Handle
	}
	return ""
}

func (x *X) grantToken(r *http.Request, form url.Values) answer {
	client, ok := xClient(r, form)
	if !ok {
		return oauthError(http.StatusUnauthorized, "unauthorized_client", "Missing valid authorization header")
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return x.grantCode(client, form)
	case "refresh_token":
		return x.grantRefresh(client, form.Get("refresh_token"))
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Value passed for the grant type was invalid.")
}

// xClient gives the app that asks: a confidential one by its header alone, a
// public one by its id.
func xClient(r *http.Request, form url.Values) (string, bool) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id = form.Get("client_id")
	}
	app, known := xApp(id)
	return id, known && basic == (app.ClientSecret != "") &&
		subtle.ConstantTimeCompare([]byte(app.ClientSecret), []byte(secret)) == 1
}

func (x *X) grantCode(client string, form url.Values) answer {
	code := x.codes[form.Get("code")]
	delete(x.codes, form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if code == nil || code.client != client || code.callback != form.Get("redirect_uri") ||
		code.proof != base64.RawURLEncoding.EncodeToString(sum[:]) || x.clock().Sub(code.issued) > xCodeLife {
		return usedUp("authorization code")
	}
	grant := &xGrant{user: code.user, client: client, refresh: map[string]bool{}}
	x.grants = append(x.grants, grant)
	return x.issue(grant, code.offline)
}

func (x *X) grantRefresh(client, refresh string) answer {
	grant := x.grantOf(refresh)
	if grant == nil || grant.client != client || grant.dead {
		return usedUp("token")
	}
	if !grant.refresh[refresh] {
		grant.dead = true // somebody has a copy: RFC 9700, section 4.14.2
		return usedUp("token")
	}
	grant.refresh[refresh] = false
	return x.issue(grant, true)
}

// issue makes a new pair; the last access token is worth nothing any more.
func (x *X) issue(grant *xGrant, offline bool) answer {
	grant.token, grant.ends = rand.Text()+rand.Text(), x.clock().Add(xTokenLife)
	told := map[string]any{
		"token_type": "bearer", "expires_in": int(xTokenLife / time.Second), "access_token": grant.token,
		"scope": "tweet.read tweet.write users.read media.write",
	}
	if offline {
		refresh := rand.Text() + rand.Text()
		grant.refresh[refresh] = true
		told["refresh_token"] = refresh
	}
	return jsonAnswer(http.StatusOK, told)
}

// grantOf gives the grant that a refresh token is of, used ones too.
func (x *X) grantOf(refresh string) *xGrant {
	for _, grant := range x.grants {
		if _, ok := grant.refresh[refresh]; ok {
			return grant
		}
	}
	return nil
}

// bearer gives who is behind an OAuth 2.0 token; nil if nobody is.
func (x *X) bearer(token string, now time.Time) *xUser {
	for _, u := range x.users {
		if u.OAuth2 && subtle.ConstantTimeCompare([]byte(u.AccessToken), []byte(token)) == 1 {
			return u
		}
	}
	for _, g := range x.grants {
		if !g.dead && g.ends.After(now) && subtle.ConstantTimeCompare([]byte(g.token), []byte(token)) == 1 {
			return g.user
		}
	}
	return nil
}

func oauthError(status int, code, description string) answer {
	return jsonAnswer(status, map[string]any{"error": code, "error_description": description})
}

// usedUp is how X words it: invalid_request, not invalid_grant.
func usedUp(what string) answer {
	return oauthError(http.StatusBadRequest, "invalid_request", "Value passed for the "+what+" was invalid.")
}
