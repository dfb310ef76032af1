package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// What Weibo's codes and tokens live. Real tokens were seen to live from one
// day to ninety.
const (
	weiboCodeLife  = 10 * time.Minute
	weiboTokenLife = 30 * 24 * time.Hour
)

// The errors of https://open.weibo.com/wiki/Oauth2.
var (
	weiboRedirect     = weiboError{21322, http.StatusBadRequest, "redirect_uri_mismatch"}
	weiboOAuthRequest = weiboError{21323, http.StatusBadRequest, "invalid_request"}
	weiboClient       = weiboError{21324, http.StatusBadRequest, "invalid_client"}
	weiboGrant        = weiboError{21325, http.StatusBadRequest, "invalid_grant"}
)

// weiboCode waits to be exchanged.
type weiboCode struct {
	user     *weiboUser
	callback string
	issued   time.Time
}

// signInRoutes registers what works without a token.
func (w *Weibo) signInRoutes() {
	w.api.HandleFunc("GET /oauth2/authorize", w.askConsent)
	w.api.HandleFunc("POST /oauth2/authorize", w.takeConsent)
	w.api.HandleFunc("/oauth2/access_token", w.accessToken)
}

// usersOf gives the users of an app. w.mu must be held.
func (w *Weibo) usersOf(appKey string) []*weiboUser {
	var users []*weiboUser
	for _, u := range w.accounts {
		if u.AppKey == appKey {
			users = append(users, u)
		}
	}
	return users
}

func (w *Weibo) askConsent(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	view := consentView{Words: chinese, Title: w.title(), App: q.Get("client_id"), Path: "/oauth2/authorize", Query: q}
	w.mu.Lock()
	for _, u := range w.usersOf(q.Get("client_id")) {
		view.Accounts = append(view.Accounts, u.Info())
	}
	w.mu.Unlock()
	if len(view.Accounts) == 0 {
		weiboClient.answer("/oauth2/authorize").write(rw)
		return
	}
	renderConsent(rw, view)
}

func (w *Weibo) takeConsent(rw http.ResponseWriter, r *http.Request) {
	back := url.Values{"state": {r.FormValue("state")}}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.usersOf(r.FormValue("client_id")) {
		if r.FormValue("answer") == "allow" && u.UID == r.FormValue("account") {
			back.Set("code", rand.Text())
			w.codes[back.Get("code")] = &weiboCode{u, r.FormValue("redirect_uri"), w.clock()}
		}
	}
	if !back.Has("code") {
		back.Set("error", "access_denied")
		back.Set("error_code", "21330")
	}
	sendBack(rw, r, r.FormValue("redirect_uri"), back)
}

func (w *Weibo) accessToken(rw http.ResponseWriter, r *http.Request) {
	const path = "/oauth2/access_token"
	if failed, bad := readForm(r, http.MethodPost); bad {
		failed.answer(path).write(rw)
		return
	}
	do := func() answer {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.issue(r.PostForm, path)
	}
	perform(rw, r, w.Faults.Next(CallToken, ""), do, func(kind FaultKind) answer {
		if kind == Revoked {
			return weiboGrant.answer(path)
		}
		return weiboFault(kind, path)
	})
}

// issue trades a code for a token, which takes the place of the user's last one.
func (w *Weibo) issue(form url.Values, path string) answer {
	code := w.codes[form.Get("code")]
	delete(w.codes, form.Get("code"))
	users := w.usersOf(form.Get("client_id"))
	switch {
	case form.Get("grant_type") != "authorization_code":
		return weiboOAuthRequest.answer(path)
	case len(users) == 0 || subtle.ConstantTimeCompare([]byte(users[0].AppSecret), []byte(form.Get("client_secret"))) != 1:
		return weiboClient.answer(path)
	case code == nil || code.user.AppKey != form.Get("client_id") || w.clock().Sub(code.issued) > weiboCodeLife:
		return weiboGrant.answer(path)
	case code.callback != form.Get("redirect_uri"):
		return weiboRedirect.answer(path)
	}
	u := code.user
	u.AccessToken, u.revoked = "2.00"+rand.Text(), false
	u.ExpiresAt = w.clock().Add(weiboTokenLife).UTC().Truncate(time.Second)
	seconds := strconv.Itoa(int(weiboTokenLife / time.Second))
	w.issued++
	var life any = json.Number(seconds)
	if w.issued%2 == 1 {
		life = seconds // a string here and there is Weibo's own habit
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"access_token": u.AccessToken, "expires_in": life, "remind_in": seconds, "uid": u.UID, "isRealName": "true",
	})
}
