// Package sandbox holds local networks that speak the wire formats of the real
// ones: for demonstrations, rehearsals and tests. They keep posts in memory,
// check signatures and limits as the real ones do, and fail on command.
//
// Each network is an http.Handler. Besides its API and the page on which people
// admit an app, it serves its timeline as people would see it at /, and its
// controls:
//
//	GET    /_sandbox/posts     {"items":[Post…]}, oldest first
//	GET    /_sandbox/media/ID  a picture of a post
//	GET    /_sandbox/accounts  {"items":[{id,handle,name,credentials}…]}
//	POST   /_sandbox/accounts  one account; what it leaves out is made up → 201, the account with its credentials
//	GET    /_sandbox/faults    {"items":[Fault…]}, those still to come
//	POST   /_sandbox/faults    one Fault, or a list of them → 204
//	DELETE /_sandbox/faults    forgets them all → 204
//	GET    /_sandbox/limits    {name: calls…}, what an account has in each of its windows
//	PATCH  /_sandbox/limits    other figures for some of them → 200, all of them
package sandbox

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Post is a post as its network received it.
type Post struct {
	ID        string    `json:"id"`
	AccountID string    `json:"account_id"`
	Handle    string    `json:"handle"`
	Text      string    `json:"text"` // as it was sent, before links are shortened
	At        time.Time `json:"at"`   // of arrival, by the sandbox's clock
	Pictures  []Picture `json:"pictures,omitempty"`
}

// Call names what a request asks of a network, so that a Fault can hit one
// kind of call only.
type Call string

// The calls that every network has.
const (
	CallPublish  Call = "publish"
	CallTimeline Call = "timeline"
	CallShow     Call = "show"
	CallUpload   Call = "upload"
	CallVerify   Call = "verify"
	CallDelete   Call = "delete"
	CallCounts   Call = "counts"
)

// frame is what all networks share: the script of failures, the clock, the
// posts by arrival, and the pages that show them.
type frame struct {
	// Faults is the script of failures. Add to it at any time.
	Faults *Faults

	clock  func() time.Time
	mux    *http.ServeMux
	mu     sync.Mutex // guards posts and lastID, and what the network adds to them
	posts  []Post
	lastID int64
}

// network is what a sandbox network hands to the shared pages and controls.
type network interface {
	title() string              // of the page
	accountList() []AccountInfo // in order of their making
	addAccountJSON([]byte) (AccountInfo, error)
	view(Post) pagePost     // the post as people see it
	limits() map[string]int // calls in a window, by name
	setLimit(name string, calls int)
}

// AccountInfo is an account with the credentials to give to Fanfare.
type AccountInfo struct {
	ID          string            `json:"id"`
	Handle      string            `json:"handle"`
	Name        string            `json:"name"`
	Credentials map[string]string `json:"credentials"`
}

// newFrame makes the frame. The network registers its own routes on mux, then
// calls servePages.
func newFrame(clock func() time.Time) *frame {
	return &frame{Faults: NewFaults(), clock: clock, mux: http.NewServeMux()}
}

// ServeHTTP implements http.Handler.
func (f *frame) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	f.mux.ServeHTTP(w, r)
}

// maxBody is far above any request that a test or a person sends, in bytes.
const maxBody = 8 << 20

// Posts gives all posts that are out, oldest first.
func (f *frame) Posts() []Post {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Post(nil), f.posts...)
}

// find gives the post with an id.
func (f *frame) find(id string) (Post, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.posts {
		if p.ID == id {
			return p, true
		}
	}
	return Post{}, false
}

// idEpoch is the zero of the milliseconds in an id, as published with X's
// Snowflake.
const idEpoch = 1288834974657

// nextID gives an id that is larger than all before it and tells the time: 42
// bits of milliseconds over 22 bits of sequence. f.mu must be held.
func (f *frame) nextID(now time.Time) string {
	f.lastID = max(f.lastID+1, (now.UnixMilli()-idEpoch)<<22)
	return strconv.FormatInt(f.lastID, 10)
}
