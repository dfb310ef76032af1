package campaigns

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/netguard"
)

const probeWithin = 5 * time.Second

// probeAgent is a crawler's name, so that looking at a campaign link counts as
// no click.
const probeAgent = "FanfareBot/1.0 (pre-flight)"

// newProbe makes a client that looks at the store and at campaign links, whose
// addresses staff typed. It reads no body.
func newProbe(local bool) *http.Client { return netguard.Client(local, probeWithin) }

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

// silence says why an address gave no answer, as the end of a sentence.
func silence(err error) connectors.Problem {
	var timed interface{ Timeout() bool }
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case err == nil:
		return connectors.Problem{}
	case errors.As(err, &timed) && timed.Timeout():
		return connectors.Problem{Key: "silence.timeout", Message: "no answer came in time"}
	case errors.As(err, &name) && name.IsNotFound:
		return connectors.Problem{Key: "silence.no_host", Message: "there is no host of that name"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return connectors.Problem{Key: "silence.refused", Message: "the connection was refused"}
	case errors.As(err, &certificate):
		return connectors.Problem{Key: "silence.certificate", Message: "its certificate is not valid"}
	}
	said := netguard.Reason(err)
	return connectors.Problem{Key: "silence.broken", Message: "the connection failed (" + said + ")", Args: map[string]any{"Said": said}}
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
			saw := glance(ctx, newProbe(ours || netguard.IsLocal(s.publicURL)), link.URL)
			return []Finding{find(linkCode(saw, link.TargetURL), handleOf(account), fmt.Sprintf("account %d", account.ID), map[string]any{
				"Link": link.URL, "Status": saw.status, "Reason": silence(saw.err),
			})}
		}
		return nil
	}
}

func linkCode(saw sight, target string) string {
	switch {
	case errors.Is(saw.err, netguard.ErrInternal):
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
		saw := glance(ctx, newProbe(netguard.IsLocal(s.publicURL)), b.sale.StoreURL)
		args := map[string]any{"Status": saw.status, "Reason": silence(saw.err), "End": b.saleEnd()}
		if saw.tlsEnds != nil {
			args["Ends"] = *saw.tlsEnds
		}
		host := b.sale.StoreURL
		if u, ok := netguard.ParseURL(host); ok {
			host = u.Host
		}
		return []Finding{find(storeCode(saw, b.saleEnd()), host, "", args)}
	}
}

func storeCode(saw sight, saleEnd time.Time) string {
	switch {
	case errors.Is(saw.err, netguard.ErrInternal):
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
