// Package netguard reads addresses that staff typed, of a store, a campaign
// link, a webhook, and makes HTTP clients for them. These never connect to
// this machine or its neighbours, so that nobody can reach those through us.
package netguard

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// ErrInternal : an address that is none of the public internet's.
var ErrInternal = errors.New("the address is internal")

const maxHeader = 64 << 10 // bytes of an answer's header

// Client makes such a client, whose requests end after within. Each address is
// judged when it is dialled, after its name was resolved. Only a service that
// is itself this machine's alone, as in a trial, may set local and reach
// everything. No redirect is followed, and no proxy is used, which would dial
// in our place.
func Client(local bool, within time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: within, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); !local && (err != nil || !IsPublic(at.Addr())) {
			return ErrInternal
		}
		return nil
	}}
	return &http.Client{
		Timeout:       within,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: within, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// notPublic are the special ranges of https://www.iana.org/assignments/iana-ipv4-special-registry
// and its IPv6 sibling that netip does not tell by itself.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' own
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 in disguise: NAT64, 6to4, Teredo, and as it once was mapped
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("fec0::/10"), // sites' own, before fc00::/7
}

// IsPublic tells whether an address is of the public internet.
func IsPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, prefix := range notPublic {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}

// maxURL is how many bytes an address may have: what every browser and store takes.
const maxURL = 2000

// ParseURL reads an absolute http or https address that names a host and
// carries no credentials.
func ParseURL(address string) (u *url.URL, ok bool) {
	u, err := url.Parse(address)
	ok = err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.Opaque == "" && len(address) <= maxURL && utf8.ValidString(address)
	return u, ok
}

// IsLocal tells whether a URL leads to this machine alone.
func IsLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback() || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
}

// Reason gives the end of a transport's error, which is the cause: what comes
// before repeats the address.
func Reason(err error) string {
	var asked *url.Error
	var name *net.DNSError
	var dialled *net.OpError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &asked) && asked.Timeout():
		return "timeout"
	case errors.As(err, &name):
		return name.Err // the rest names our own resolver
	case errors.As(err, &dialled):
		return dialled.Err.Error()
	case errors.As(err, &asked):
		return asked.Err.Error()
	}
	return err.Error()
}
