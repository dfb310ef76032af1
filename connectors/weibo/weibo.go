// Package weibo publishes to Sina Weibo through its public API, version 2, as
// documented at https://open.weibo.com/wiki/. An account's credentials are the
// app's key and secret, an access token of the account for that app, and the
// app's security domain (安全域名), which every post must link to.
package weibo

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"fanfare/connectors"
)

// DefaultBaseURL is where Weibo's API stands.
const DefaultBaseURL = "https://api.weibo.com"

const (
	// defaultTimeout bounds a call when the caller's client has no bound.
	defaultTimeout = 20 * time.Second
	// defaultClientIP is enough for a sandbox; see Options.ClientIP.
	defaultClientIP = "127.0.0.1"
)

// Options configure a Network; all but Now have a default.
type Options struct {
	BaseURL string           // of the API, without a trailing slash; DefaultBaseURL
	HTTP    *http.Client     // never follows redirects, whatever it says; a client of 20 s with many idle connections
	Now     func() time.Time // required: rate windows and expiry count from it
	// ClientIP goes out as "rip" with every post: Weibo wants the address from
	// which its user posts and weighs it against abuse. Set it to the server's
	// own public address. The default, 127.0.0.1, suits a sandbox.
	ClientIP string
}

// Network is Weibo behind connectors.Network.
type Network struct {
	base     string
	http     *http.Client
	now      func() time.Time
	clientIP string
}

var _ connectors.Network = (*Network)(nil)

// New makes the connector.
func New(o Options) *Network {
	client := http.Client{Transport: connectors.NewTransport(), Timeout: defaultTimeout}
	if o.HTTP != nil {
		client = *o.HTTP
	}
	// A redirect could lead a token to another host, or a post out twice.
	client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return &Network{
		base:     strings.TrimRight(cmp.Or(o.BaseURL, DefaultBaseURL), "/"),
		http:     &client,
		now:      o.Now,
		clientIP: cmp.Or(o.ClientIP, defaultClientIP),
	}
}

// Name implements connectors.Network.
func (n *Network) Name() string { return connectors.Weibo }
