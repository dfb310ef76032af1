package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// FaultKind is a way to fail.
type FaultKind string

// The kinds. A network may add its own.
const (
	Latency         FaultKind = "latency"           // waits Millis, then serves the call
	Reset           FaultKind = "reset"             // cuts the connection without an answer
	Timeout         FaultKind = "timeout"           // answers nothing until the client leaves, or for Millis (30 s)
	ServerError     FaultKind = "server_error"      // 500 in the network's own format
	BadGateway      FaultKind = "bad_gateway"       // 502 with an HTML page, as a proxy sends it
	Truncated       FaultKind = "truncated"         // serves the call, but cuts the answer in the middle
	RateLimited     FaultKind = "rate_limited"      // the network's own "too many", with its headers
	RateLimitedBare FaultKind = "rate_limited_bare" // the same without headers
	Revoked         FaultKind = "revoked"           // the token is not accepted
	Lag             FaultKind = "lag"               // a timeline without the posts of the last Millis
	Skew            FaultKind = "skew"              // the network's clock is Millis ahead, or behind when negative
)

var faultKinds = []FaultKind{Latency, Reset, Timeout, ServerError, BadGateway, Truncated,
	RateLimited, RateLimitedBare, Revoked, Lag, Skew}

// Fault is one scripted failure.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Accepted lets the call take effect before it fails: with Reset, Timeout,
	// ServerError and BadGateway, the post is out though nobody is told.
	Accepted bool `json:"accepted,omitempty"`
	// Call and Handle restrict the fault to a kind of call and to an account;
	// "" does not.
	Call   Call   `json:"call,omitempty"`
	Handle string `json:"handle,omitempty"`
	Millis int64  `json:"millis,omitempty"` // for the kinds that take a time
	// Times is how many calls it hits. 0 is one, or without end when
	// Probability is set.
	Times int `json:"times,omitempty"`
	// Probability, when set, is that of hitting each call, in (0, 1].
	Probability float64 `json:"probability,omitempty"`
}

// validate tells in a sentence what is wrong with a fault that came from outside.
func (f Fault) validate(kinds []FaultKind) error {
	switch {
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("there is no fault of kind %q; there are %v", f.Kind, kinds)
	case f.Times < 0:
		return fmt.Errorf("times must not be negative")
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability must lie between 0 and 1")
	}
	return nil
}

// wait is Millis as a duration.
func (f Fault) wait() time.Duration { return time.Duration(f.Millis) * time.Millisecond }

// Faults is a script of failures, safe for concurrent use.
type Faults struct {
	mu     sync.Mutex
	script []Fault
	random *rand.Rand
}

// NewFaults gives an empty script. Its chances come from a fixed seed, so that
// a rehearsal can be repeated.
func NewFaults() *Faults {
	return &Faults{random: rand.New(rand.NewPCG(2012, 8))}
}

// Add appends to the script.
func (f *Faults) Add(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range faults {
		if fault.Times == 0 && fault.Probability == 0 {
			fault.Times = 1
		}
		f.script = append(f.script, fault)
	}
}

// Clear forgets all that is still to come.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = nil
}

// Pending gives what is still to come.
func (f *Faults) Pending() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fault{}, f.script...)
}

// Next gives the fault that hits a call of an account, the first that fits,
// and counts it. The zero Fault hits nothing.
func (f *Faults) Next(call Call, handle string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.script {
		if !f.hits(fault, call, handle) {
			continue
		}
		switch fault.Times {
		case 0: // without end
		case 1:
			f.script = slices.Delete(f.script, i, i+1)
		default:
			f.script[i].Times--
		}
		return fault
	}
	return Fault{}
}

func (f *Faults) hits(fault Fault, call Call, handle string) bool {
	return (fault.Call == "" || fault.Call == call) &&
		(fault.Handle == "" || strings.EqualFold(strings.TrimPrefix(fault.Handle, "@"), strings.TrimPrefix(handle, "@"))) &&
		(fault.Probability == 0 || f.random.Float64() < fault.Probability)
}

// parseFaults reads one fault or a list of them.
func parseFaults(body []byte, kinds []FaultKind) ([]Fault, error) {
	var faults []Fault
	if err := strictJSON(body, &faults); err != nil {
		var one Fault
		if err := strictJSON(body, &one); err != nil {
			return nil, err
		}
		faults = []Fault{one}
	}
	for _, fault := range faults {
		if err := fault.validate(kinds); err != nil {
			return nil, err
		}
	}
	return faults, nil
}

// hold waits for d and tells whether the client is still there.
func hold(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// strictJSON decodes one value and refuses fields that it does not know.
func strictJSON(body []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("there is something after the JSON value")
	}
	return nil
}
