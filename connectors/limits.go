package connectors

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Call is what a limit counts.
type Call string

// The calls that an account makes.
const (
	CallPublish Call = "publish"
	CallFind    Call = "find"
	CallCounts  Call = "counts"
	CallVerify  Call = "verify"
	CallUpload  Call = "upload"
	CallRenew   Call = "renew"
)

// Limit is how many calls a network takes in a window of time. A network
// states what its documents tell; what it says in its answers goes before that.
type Limit struct {
	Name  string // unlike those of the network's other limits; the database keeps it
	Calls []Call // that count against it
	Most  int    // calls in a window; 0 while only the network's answers could tell
	Span  time.Duration
	// Zone is that of the clock whose hours or days the windows are; nil where a
	// window begins with its first call.
	Zone *time.Location
	// App is the fingerprint of the app whose accounts share the limit; "" where
	// each account has its own.
	App string
	// Reserve is how many calls are kept for finding posts: counts leave them alone.
	Reserve int
}

// Takes tells whether a call counts against the limit.
func (l Limit) Takes(call Call) bool { return slices.Contains(l.Calls, call) }

// End gives the end of the window that now lies in, or that a call now begins.
func (l Limit) End(now time.Time) time.Time {
	if l.Zone == nil {
		return now.Add(l.Span).UTC()
	}
	_, seconds := now.In(l.Zone).Zone()
	offset := time.Duration(seconds) * time.Second
	return now.Add(offset).Truncate(l.Span).Add(l.Span - offset).UTC()
}

// Standing is how a limit stands, as the network told with an answer.
type Standing struct {
	Limit    string    // its name
	Most     int       // 0 when not told
	Left     int       // calls
	ResetsAt time.Time // when the window ends
}

// AppFingerprint tells apps apart without telling which they are; id is what a
// network knows an app by in public, such as its client id.
func AppFingerprint(network, id string) string {
	sum := sha256.Sum256([]byte(network + " app " + id))
	return hex.EncodeToString(sum[:8])
}
