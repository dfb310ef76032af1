package sandbox

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Unsupported makes X refuse the way in which the app signs in, as the real one
// does now and then without cause.
const Unsupported FaultKind = "unsupported"

// XOptions configure an X; the zero value of Limits has a default.
type XOptions struct {
	Clock func() time.Time
	// Limits of an account replace those of DefaultXLimits by their call.
	Limits map[Call]XLimit
	// Repeats has it take a text as often as it comes. X itself does not; but
	// what must never post twice is best watched where it could.
	Repeats bool
	// AppPostsPerDay is how many posts all accounts of an app have in 24 h; 10,000.
	AppPostsPerDay int
}

// XLimit is how many calls an account has in a window.
type XLimit struct {
	Calls  int
	Window time.Duration
}

// DefaultXLimits follow https://docs.x.com/x-api/fundamentals/rate-limits.
func DefaultXLimits() map[Call]XLimit {
	const window = 15 * time.Minute
	return map[Call]XLimit{
		CallPublish:  {100, window},
		CallTimeline: {900, window},
		CallShow:     {900, window},
		CallUpload:   {500, window},
		CallVerify:   {75, window},
		CallDelete:   {50, window},
		CallCounts:   {900, window},
	}
}

// XAccount is a user who has authorized an app. What is left empty is made up.
type XAccount struct {
	ID             string `json:"-"`      // always made up: larger than all before
	Handle         string `json:"handle"` // with or without "@"
	Name           string `json:"name"`
	ConsumerKey    string `json:"consumer_key"`
	ConsumerSecret string `json:"consumer_secret"`
	AccessToken    string `json:"access_token"`
	AccessSecret   string `json:"access_secret"`
	Legacy         bool   `json:"legacy"` // API v1.1 is open to it
	OAuth2         bool   `json:"oauth2"` // AccessToken is a bearer token, and the other keys stay empty
}

// X is a local X. Its wire format follows https://docs.x.com/x-api and, for
// v1.1, what go-twitter speaks.
type X struct {
	*frame
	repeats bool
	rates   map[Call]XLimit // guarded by frame.mu, as all below
	appDay  int
	apps    map[string]*xWindow  // posts of each app, by its key
	users   []*xUser             // in order of their making
	status  map[string]*xStatus  // by id
	media   map[string]*xMedia   // by id
	nonces  map[string]time.Time // those of accepted signatures, with their times
	codes   map[string]*xCode
	grants  []*xGrant

	nonceSweep int // how many nonces there may be before the old ones go
}

// xUser is an account with what it has used up.
type xUser struct {
	XAccount
	spent map[Call]*xWindow
}

// NewX makes an empty X.
func NewX(o XOptions) *X {
	x := &X{
		frame: newFrame(o.Clock), rates: DefaultXLimits(), repeats: o.Repeats,
		appDay: cmp.Or(o.AppPostsPerDay, 10_000), apps: make(map[string]*xWindow),
		status: make(map[string]*xStatus), media: make(map[string]*xMedia), nonces: make(map[string]time.Time),
		codes: make(map[string]*xCode),
	}
	maps.Copy(x.rates, o.Limits)
	x.mux.HandleFunc("POST /2/tweets", x.api(xV2, CallPublish, x.createTweet))
	x.mux.HandleFunc("GET /2/tweets", x.api(xV2, CallCounts, x.lookUpTweets))
	x.mux.HandleFunc("GET /2/tweets/{id}", x.api(xV2, CallShow, x.showTweet))
	x.mux.HandleFunc("DELETE /2/tweets/{id}", x.api(xV2, CallDelete, x.deleteTweet))
	x.mux.HandleFunc("GET /2/users/me", x.api(xV2, CallVerify, x.me))
	x.mux.HandleFunc("GET /2/users/{id}/tweets", x.api(xV2, CallTimeline, x.userTweets))
	x.mux.HandleFunc("POST /1.1/statuses/update.json", x.api(xV1, CallPublish, x.updateStatus))
	x.mux.HandleFunc("GET /1.1/statuses/show.json", x.api(xV1, CallShow, x.showStatus))
	x.mux.HandleFunc("GET /1.1/statuses/lookup.json", x.api(xV1, CallCounts, x.lookUpStatuses))
	x.mux.HandleFunc("GET /1.1/statuses/user_timeline.json", x.api(xV1, CallTimeline, x.userTimeline))
	x.mux.HandleFunc("GET /1.1/account/verify_credentials.json", x.api(xV1, CallVerify, x.verifyCredentials))
	x.mediaRoutes()
	x.mux.HandleFunc("GET /i/oauth2/authorize", x.authorizeX)
	x.mux.HandleFunc("POST /i/oauth2/authorize", x.consentX)
	x.mux.HandleFunc("POST /2/oauth2/token", x.tokenX)
	x.servePages(x, "/i/status/{id}", append(slices.Clone(faultKinds), Unsupported))
	return x
}

// AddAccount adds a user and gives it back with all that was made up.
func (x *X) AddAccount(a XAccount) XAccount {
	x.mu.Lock()
	defer x.mu.Unlock()
	a.ID = x.nextID(x.clock())
	a.Handle = cmp.Or(strings.TrimPrefix(a.Handle, "@"), fmt.Sprintf("sandbox%d", len(x.users)+1))
	a.Name = cmp.Or(a.Name, a.Handle)
	a.AccessToken = cmp.Or(a.AccessToken, a.ID+"-"+rand.Text())
	if !a.OAuth2 {
		a.ConsumerKey = cmp.Or(a.ConsumerKey, rand.Text())
		a.ConsumerSecret = cmp.Or(a.ConsumerSecret, rand.Text())
		a.AccessSecret = cmp.Or(a.AccessSecret, rand.Text())
	}
	x.users = append(x.users, &xUser{XAccount: a, spent: make(map[Call]*xWindow)})
	return a
}

// Info tells of the account and the credentials to give to Fanfare.
func (a XAccount) Info() AccountInfo {
	info := AccountInfo{ID: a.ID, Handle: "@" + a.Handle, Name: a.Name, Credentials: map[string]string{
		"api": "v2", "consumer_key": a.ConsumerKey, "consumer_secret": a.ConsumerSecret,
		"access_token": a.AccessToken, "access_secret": a.AccessSecret,
	}}
	switch {
	case a.OAuth2:
		info.Credentials = map[string]string{"client_id": "sandbox", "access_token": a.AccessToken}
	case a.Legacy:
		info.Credentials["api"] = "v1.1"
	}
	return info
}

func (x *X) title() string { return "X" }

func (x *X) accountList() []AccountInfo {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []AccountInfo
	for _, u := range x.users {
		list = append(list, u.Info())
	}
	return list
}

func (x *X) addAccountJSON(body []byte) (AccountInfo, error) {
	var a XAccount
	if err := strictJSON(body, &a); err != nil {
		return AccountInfo{}, err
	}
	if x.taken(a) {
		return AccountInfo{}, fmt.Errorf("the handle or the access token is taken")
	}
	return x.AddAccount(a).Info(), nil
}

func (x *X) taken(a XAccount) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, u := range x.users {
		if strings.EqualFold(u.Handle, strings.TrimPrefix(a.Handle, "@")) || u.AccessToken == a.AccessToken {
			return true
		}
	}
	return false
}

// user gives the account with an id; nil if there is none. x.mu must be held.
func (x *X) user(id string) *xUser {
	for _, u := range x.users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// view implements network.
func (x *X) view(p Post) pagePost {
	x.mu.Lock()
	defer x.mu.Unlock()
	view := pagePost{
		ID: p.ID, Name: p.Handle, Handle: p.Handle, Hue: hue(p.AccountID), At: p.At, URL: "/i/status/" + p.ID,
		Pictures: pagePictures(p.Pictures),
		Counts:   []count{{replies(p, x.clock()), "replies"}, {reposts(p, x.clock()), "reposts"}, {likes(p, x.clock()), "likes"}},
	}
	if u := x.user(p.AccountID); u != nil {
		view.Name = u.Name
	}
	if s := x.status[p.ID]; s != nil {
		view.Text = s.segments()
	}
	return view
}

var _ http.Handler = (*X)(nil)
