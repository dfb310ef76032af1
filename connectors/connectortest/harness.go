// Package connectortest holds the suite that every network's connector must
// pass, run against the network's sandbox.
package connectortest

import (
	"sync"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// Harness is a connector with a sandbox of its own behind it, for one test.
type Harness struct {
	// Network talks to the sandbox and is as patient as in production.
	Network connectors.Network
	// Impatient is the same with a client that waits 100 ms for an answer.
	Impatient connectors.Network
	// Unreachable is the same, but nobody listens at its address.
	Unreachable connectors.Network

	// Credentials are valid; Wrong are well formed, but the network knows none
	// of them.
	Credentials, Wrong connectors.Credentials
	// Required are the fields of Credentials that must not be missing.
	Required []string
	// Secrets must never show up in an error.
	Secrets []string

	// Identity is what Verify must say of Credentials.
	Identity connectors.Identity
	// Post gives a valid post; each number has a text and a link of its own.
	Post func(number int) connectors.Post
	// TooLong is refused by the network for its length.
	TooLong connectors.Post

	// Page gives the address of a post that names its author.
	Page func(author connectors.Identity, remoteID string) string

	// Clock is the sandbox's and the connector's.
	Clock *Clock
	// Fault adds to the sandbox's script.
	Fault func(...sandbox.Fault)
	// Posts gives what is out, oldest first.
	Posts func() []sandbox.Post
	// RetryAt is when a RateLimited fault, met now, says to come back; zero
	// when this network does not tell.
	RetryAt func() time.Time
	// TellsLimits: good answers say how the limits stand.
	TellsLimits bool
	// Delays: the network may accept a post that is to come a minute later.
	Delays bool
	// TimelineMax is how many posts a timeline shows at the most; 0 is no limit
	// that a test would meet.
	TimelineMax int
	// MaxImages is how many images a post may have.
	MaxImages int
	// Ahead tells that images are handed over before the post, with their alt
	// texts; else they travel with it, and without.
	Ahead bool
	// Burst is how many posts leave at one instant; 0 is 25, which every
	// network's limits allow.
	Burst int
}

// Setup makes a harness that ends with the test.
type Setup func(t *testing.T) Harness

// Clock stands still until the test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock at noon on the day of the Mi 2's launch.
func NewClock() *Clock { return &Clock{now: time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)} }

// Now gives the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
