package connectors

import (
	"context"
	"time"
)

// Renewal is how credentials are kept alive.
type Renewal string

// The ways.
const (
	// RenewByKeys: they do not end, or were issued by hand: new ones are given
	// to us by form.
	RenewByKeys Renewal = ""
	// RenewBySignIn: a person signs in at the network again.
	RenewBySignIn Renewal = "sign_in"
	// RenewByItself: SignIn.Renew does it, and a person where it is refused.
	RenewByItself Renewal = "itself"
)

// SignIn is how a network lets its user admit us: OAuth 2.0's authorization
// code, RFC 6749, section 4.1. Networks that have it implement it beside
// Network. app is the app's keys alone, in the fields that Credentials have.
type SignIn interface {
	// AuthorizeURL gives the page of the network to send the browser to. Its
	// error is of KindRefused and names the field of app that is to blame.
	AuthorizeURL(app Credentials, visit Visit) (string, error)
	// Exchange trades the code that the browser brought back for credentials.
	// A code is good once: after any error the person signs in again.
	// KindRefused blames the app when Field is set, else the code; KindUnknown
	// and KindRetry blame the way there.
	Exchange(ctx context.Context, app Credentials, code string, visit Visit) (Credentials, error)
	// Renew trades credentials for new ones, and tells when those end. They must
	// be stored before they are used: the old ones are worth nothing by then.
	// KindAttention means that a person must sign in again. After KindUnknown
	// the network may have used the old ones up: the next attempt tells.
	// KindRetry says that it surely has not.
	Renew(ctx context.Context, credentials Credentials) (Credentials, time.Time, error)
}

// Visit is one visit of a browser to a network's sign-in page.
type Visit struct {
	Callback string // address that the network sends the browser back to
	State    string // comes back with it, RFC 6749, section 10.12
	Verifier string // of PKCE, RFC 7636, where the network has it
}
