package campaigns

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	gonet "net" // net is what is left of an order, here
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"fanfare/accounts"
)

const probeWithin = 5 * time.Second

// probeAgent is a crawler's name, so that looking at a campaign link counts as
// no click.
const probeAgent = "FanfareBot/1.0 (pre-flight)"

// errInternal: an address that is none of the public internet's.
var errInternal = errors.New("the address is internal")

// newProbe makes a client for addresses that staff typed: the store's and those
// of campaign links. It never connects to this machine or its neighbours, so
// that nobody can look at them through us: each address is judged when it is
// dialled, after its name was resolved. Only a service that is itself this
// machine's alone, as in a trial, may look there. No redirect is followed, no
// proxy is used, which would dial in our place, and no body is read.
func newProbe(local bool) *http.Client {
	dialer := &gonet.Dialer{Timeout: probeWithin, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); !local && (err != nil || !isPublicAddr(at.Addr())) {
			return errInternal
		}
		return nil
	}}
	return &http.Client{
		Timeout:       probeWithin,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: probeWithin, DisableKeepAlives: true},
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
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 in disguise: NAT64 and 6to4
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
}

func isPublicAddr(addr netip.Addr) bool {
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

// isLocalURL tells whether an address is this machine's alone.
func isLocalURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback() || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
}

// sight is what a probe saw of an address.
type sight struct {
	status   int
	location string     // of a redirect
	tlsEnds  *time.Time // of the first certificate in the chain to end; nil without TLS
	err      error
}

func glance(ctx context.Context, client *http.Client, address string) sight {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return sight{err: err}
	}
	request.Header.Set("User-Agent", probeAgent)
	response, err := client.Do(request)
	if err != nil {
		return sight{err: err}
	}
	_ = response.Body.Close()
	return sight{status: response.StatusCode, location: response.Header.Get("Location"), tlsEnds: certificateEnd(response.TLS)}
}

func certificateEnd(state *tls.ConnectionState) (end *time.Time) {
	if state == nil {
		return nil
	}
	for _, certificate := range state.PeerCertificates {
		if end == nil || certificate.NotAfter.Before(*end) {
			end = &certificate.NotAfter
		}
	}
	return end
}

// linkCheck follows the next link of an account as a stranger would: through
// its public address. The service's own address is the operator's word, so it
// may be internal; the accounts' are staff's.
func (s *Service) linkCheck(b briefing, account accounts.NetworkAccount) check {
	return func(ctx context.Context) []Finding {
		for _, d := range b.open() {
			if d.AccountID != account.ID {
				continue
			}
			link := b.links[d.ID]
			ours := strings.HasPrefix(link.URL, strings.TrimRight(s.publicURL, "/")+"/")
			saw := glance(ctx, newProbe(ours || isLocalURL(s.publicURL)), link.URL)
			return []Finding{find(linkCode(saw, link.TargetURL), handleOf(account), fmt.Sprintf("account %d", account.ID), map[string]any{
				"Link": link.URL, "Status": saw.status, "Reason": reasonOf(saw.err),
			})}
		}
		return nil
	}
}

func linkCode(saw sight, target string) string {
	switch {
	case errors.Is(saw.err, errInternal):
		return "link_internal"
	case saw.err != nil:
		return "link_silent"
	case saw.status != http.StatusFound || saw.location != target:
		return "link_wrong"
	}
	return "link_ok"
}

// storeCheck looks at the store as the campaign's links lead to it.
func (s *Service) storeCheck(b briefing) check {
	return func(ctx context.Context) []Finding {
		saw := glance(ctx, newProbe(isLocalURL(s.publicURL)), b.sale.StoreURL)
		args := map[string]any{"Status": saw.status, "Reason": reasonOf(saw.err), "End": b.saleEnd()}
		if saw.tlsEnds != nil {
			args["Ends"] = *saw.tlsEnds
		}
		host := b.sale.StoreURL
		if u, ok := parseWebURL(host); ok {
			host = u.Host
		}
		return []Finding{find(storeCode(saw, b.saleEnd()), host, "", args)}
	}
}

func storeCode(saw sight, saleEnd time.Time) string {
	switch {
	case errors.Is(saw.err, errInternal):
		return "store_internal"
	case saw.err != nil:
		return "store_silent"
	case saw.tlsEnds != nil && saw.tlsEnds.Before(saleEnd):
		return "store_tls"
	case saw.status == http.StatusUnauthorized, saw.status == http.StatusForbidden, saw.status == http.StatusTooManyRequests:
		return "store_shy"
	case saw.status < 200 || saw.status > 399:
		return "store_wrong"
	}
	return "store_ok"
}

// reasonOf gives the end of a transport's error, which is the cause: what comes
// before repeats the address.
func reasonOf(err error) string {
	var asked *url.Error
	var name *gonet.DNSError
	var dialled *gonet.OpError
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
