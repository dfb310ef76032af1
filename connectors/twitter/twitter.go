// Package twitter publishes to X, formerly Twitter, through its API v2 as
// documented at https://docs.x.com/x-api, or through API v1.1 for accounts
// that still have it. An account's credentials are OAuth 1.0a keys, or an
// OAuth 2.0 user token, which X hands out when the account's owner signs in.
package twitter

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fanfare/connectors"
)

// DefaultBaseURL is where X's API stands.
const DefaultBaseURL = "https://api.x.com"

// Options configure a Network; all but Now have a default.
type Options struct {
	BaseURL string           // of the API; DefaultBaseURL
	HTTP    *http.Client     // follows no redirect, whatever it says; a patient client with many idle connections
	Now     func() time.Time // required: signatures carry the time
}

// Network is X behind connectors.Network.
type Network struct {
	base string // without a trailing slash
	http *http.Client
	now  func() time.Time
}

var _ connectors.Network = (*Network)(nil)

// New makes the connector.
func New(o Options) *Network {
	client := http.Client{Transport: connectors.NewTransport(), Timeout: 30 * time.Second}
	if o.HTTP != nil {
		client = *o.HTTP
	}
	client.CheckRedirect = stay
	return &Network{
		base: strings.TrimRight(cmp.Or(o.BaseURL, DefaultBaseURL), "/"),
		http: &client,
		now:  o.Now,
	}
}

// stay follows no redirect: it could lead credentials to another host, or a
// post out twice.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Name implements connectors.Network.
func (n *Network) Name() string { return connectors.Twitter }

// receipt makes the receipt of the post with an id, a decimal number.
func (n *Network) receipt(id string) connectors.Receipt {
	return connectors.Receipt{RemoteID: id, URL: n.site() + "/i/status/" + id, CreatedAt: createdAt(id)}
}

// site is where people go; a sandbox has its pages beside its API.
func (n *Network) site() string {
	if api, err := url.Parse(n.base); err == nil && api.Hostname() == "api.x.com" {
		return realSites[0]
	}
	return n.base
}

// createdAt reads the time of creation from an id, to the millisecond: ids are
// Snowflakes, see https://docs.x.com/fundamentals/x-ids. Ids from before
// November 2010 hold no time, so theirs is zero.
func createdAt(id string) time.Time {
	const epoch = 1288834974657 // milliseconds
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil || number>>22 < 1000 {
		return time.Time{}
	}
	return time.UnixMilli(number>>22 + epoch).UTC()
}

// isID tells whether s is an id as X makes them.
func isID(s string) bool {
	_, err := strconv.ParseUint(s, 10, 63)
	return err == nil
}
