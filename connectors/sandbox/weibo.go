package sandbox

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Delayed makes Weibo take a post with error 20032: it is accepted, but shows
// up only after Millis (90 s).
const Delayed FaultKind = "delayed"

const defaultDelay = 90 * time.Second

// WeiboOptions configure a Weibo; the zero value of each but Clock has a
// default.
type WeiboOptions struct {
	Clock        func() time.Time
	PostsPerHour int           // of a user; 30
	CallsPerDay  int           // of a user and app; 100
	RepeatWindow time.Duration // within which a text must not come twice; 24 h
	// HTTPSAsText counts https URLs letter by letter. Whether the real one
	// does is not documented.
	HTTPSAsText bool
}

// WeiboAccount is a user who has authorized an app.
type WeiboAccount struct {
	Name        string    `json:"name"`
	UID         string    `json:"uid"` // decimal digits
	AppKey      string    `json:"app_key"`
	AppSecret   string    `json:"app_secret"`
	AccessToken string    `json:"access_token"`
	SafeDomain  string    `json:"safe_domain"`
	ExpiresAt   time.Time `json:"expires_at"` // zero is 30 days from now
}

// Weibo is a local Sina Weibo. Its wire format follows
// https://open.weibo.com/wiki/.
type Weibo struct {
	*frame
	options  WeiboOptions
	api      *http.ServeMux
	accounts []*weiboUser          // in order of their making; guarded by frame.mu
	pending  []pendingPost         // guarded by frame.mu
	codes    map[string]*weiboCode // guarded by frame.mu
	issued   int                   // tokens, guarded by frame.mu
}

// weiboUser is an account with what it has used up.
type weiboUser struct {
	WeiboAccount
	revoked bool
	calls   tally // all calls, by the day
	shares  tally // posts, by the hour
}

// pendingPost is accepted but not out yet.
type pendingPost struct {
	Post
	due time.Time
}

// NewWeibo makes an empty Weibo.
func NewWeibo(o WeiboOptions) *Weibo {
	o.PostsPerHour = cmp.Or(o.PostsPerHour, 30)
	o.CallsPerDay = cmp.Or(o.CallsPerDay, 100)
	o.RepeatWindow = cmp.Or(o.RepeatWindow, 24*time.Hour)
	w := &Weibo{frame: newFrame(o.Clock), options: o, api: http.NewServeMux(), codes: make(map[string]*weiboCode)}
	w.routes()
	w.servePages(w, "/{uid}/{id}", append(slices.Clone(faultKinds), Delayed))
	return w
}

// ServeHTTP implements http.Handler.
func (w *Weibo) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.settle()
	// The API has a router of its own, for /2/… and /{uid}/{id} would collide.
	if strings.HasPrefix(r.URL.Path, "/2/") || strings.HasPrefix(r.URL.Path, "/oauth2/") {
		r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
		w.api.ServeHTTP(rw, r)
		return
	}
	w.frame.ServeHTTP(rw, r)
}

// Posts gives all posts that are out, oldest first.
func (w *Weibo) Posts() []Post {
	w.settle()
	return w.frame.Posts()
}

// settle lets delayed posts out whose time has come.
func (w *Weibo) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock()
	w.pending = slices.DeleteFunc(w.pending, func(p pendingPost) bool {
		out := !p.due.After(now)
		if out {
			w.posts = append(w.posts, p.Post)
		}
		return out
	})
}

// AddAccount adds a user and makes up what is left out.
func (w *Weibo) AddAccount(a WeiboAccount) WeiboAccount {
	w.mu.Lock()
	defer w.mu.Unlock()
	number := len(w.accounts) + 1
	a.Name = cmp.Or(a.Name, fmt.Sprintf("用户%d", number))
	a.UID = cmp.Or(a.UID, strconv.Itoa(2202387347+number))
	a.AppKey = cmp.Or(a.AppKey, strconv.Itoa(1206405345+number))
	a.AppSecret = cmp.Or(a.AppSecret, rand.Text())
	a.AccessToken = cmp.Or(a.AccessToken, "2.00"+rand.Text())
	a.SafeDomain = strings.ToLower(cmp.Or(a.SafeDomain, "127.0.0.1:8080"))
	if a.ExpiresAt.IsZero() {
		a.ExpiresAt = w.clock().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	}
	w.accounts = append(w.accounts, &weiboUser{WeiboAccount: a})
	return a
}

// Info tells of the account and the credentials to give to Fanfare.
func (a WeiboAccount) Info() AccountInfo {
	return AccountInfo{ID: a.UID, Handle: a.Name, Name: a.Name, Credentials: map[string]string{
		"app_key": a.AppKey, "app_secret": a.AppSecret, "access_token": a.AccessToken,
		"safe_domain": a.SafeDomain, "expires_at": a.ExpiresAt.Format(time.RFC3339),
	}}
}

func (w *Weibo) title() string { return "微博" }

func (w *Weibo) accountList() []AccountInfo {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []AccountInfo
	for _, u := range w.accounts {
		list = append(list, u.Info())
	}
	return list
}

func (w *Weibo) addAccountJSON(body []byte) (AccountInfo, error) {
	var a WeiboAccount
	if err := strictJSON(body, &a); err != nil {
		return AccountInfo{}, err
	}
	if _, err := strconv.ParseUint(cmp.Or(a.UID, "0"), 10, 64); err != nil {
		return AccountInfo{}, fmt.Errorf("the uid must be a number")
	}
	if w.taken(a) {
		return AccountInfo{}, fmt.Errorf("the uid or the access token is taken")
	}
	return w.AddAccount(a).Info(), nil
}

func (w *Weibo) taken(a WeiboAccount) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.accounts, func(u *weiboUser) bool {
		return u.UID == a.UID || u.AccessToken == a.AccessToken
	})
}

// user gives the account behind a token; nil if there is none. w.mu must be held.
func (w *Weibo) user(token string) *weiboUser {
	for _, u := range w.accounts {
		if u.AccessToken == token {
			return u
		}
	}
	return nil
}
