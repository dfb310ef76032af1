package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/storage"
)

const (
	verifyWithin = 20 * time.Second
	clockWithin  = 10 * time.Second
	expirySoon   = 7 * 24 * time.Hour
	// clockTolerance is how far clocks may be apart. A post due at noon is sent
	// at this machine's noon.
	clockTolerance = 2 * time.Second
)

// checkAccounts asks each network whether it still knows our accounts.
func (c *checkup) checkAccounts(ctx context.Context, service *accounts.Service) {
	list, err := service.NetworkAccounts(ctx)
	if err != nil {
		c.fail("accounts", "%s", explained(err))
		return
	}
	if len(list) == 0 {
		c.ok("accounts", "none is connected yet")
	}
	networks := map[string]connectors.Network{}
	for _, n := range c.networks() {
		networks[n.Name()] = n
	}
	for _, account := range list {
		c.checkAccount(ctx, service, networks[account.Network], account)
	}
}

func (c *checkup) checkAccount(ctx context.Context, service *accounts.Service, network connectors.Network, account accounts.NetworkAccount) {
	check := "account " + account.Handle
	if network == nil {
		c.fail(check, "Its network, %s, is not known.", account.Network)
		return
	}
	account, credentials, err := service.NetworkAccount(ctx, account.ID)
	if err != nil {
		c.fail(check, "%s", explained(err))
		return
	}
	verifying, cancel := context.WithTimeout(ctx, verifyWithin)
	defer cancel()
	identity, err := network.Verify(verifying, credentials)
	if err != nil {
		c.noteUnverified(check, account.Network, err)
		return
	}
	if identity.ExpiresAt == nil {
		identity.ExpiresAt = account.ExpiresAt
	}
	switch left := c.untilExpiry(identity); {
	case identity.RemoteID != account.RemoteID:
		c.fail(check, "The credentials are those of another account, %s. Connect it again.", identity.Handle)
	case account.Problem != "":
		c.fail(check, "Posts are held back since the network asked for a person: %s Once the account is renewed, its posts go on.", account.Problem)
	case !c.linksWork(check, account, identity):
	case identity.ExpiresAt == nil:
		c.ok(check, "accepted by %s", account.Network)
	case identity.Renewal == connectors.RenewByItself:
		c.ok(check, "accepted by %s, and renews itself", account.Network)
	case left <= 0:
		c.fail(check, "The credentials expired at %s. Connect the account again.", identity.ExpiresAt.Format(time.RFC3339))
	case left < expirySoon:
		c.warn(check, "The credentials expire at %s. Connect the account again before.", identity.ExpiresAt.Format(time.RFC3339))
	default:
		c.ok(check, "accepted by %s until %s", account.Network, identity.ExpiresAt.Format(time.RFC3339))
	}
}

func (c *checkup) untilExpiry(identity connectors.Identity) time.Duration {
	if identity.ExpiresAt == nil {
		return 0
	}
	return identity.ExpiresAt.Sub(c.Clock.Now())
}

// noteUnverified tells a network that refused from one that cannot be reached
// and one that is busy.
func (c *checkup) noteUnverified(check, network string, err error) {
	var answer *connectors.Error
	switch {
	case !errors.As(err, &answer):
		c.fail(check, "%v", err)
	case answer.Kind == connectors.KindAttention, answer.Kind == connectors.KindRefused:
		c.fail(check, "%s Until that is mended, none of its posts goes out.", answer.Message)
	case answer.Status == 0:
		c.fail(check, "%s cannot be reached: %v", network, answer)
	default:
		c.warn(check, "%s would not tell just now (HTTP status %d): %s", network, answer.Status, answer.Message)
	}
}

// linksWork tells whether links in the account's posts lead here, for the
// network and for its readers; it notes why not.
func (c *checkup) linksWork(check string, account accounts.NetworkAccount, identity connectors.Identity) bool {
	base := account.LinkBaseURL
	if base == "" {
		base = c.PublicURL
	}
	host := hostOf(base)
	if identity.LinkHost != "" && !strings.EqualFold(host, identity.LinkHost) {
		c.fail(check, "%s takes links to %s alone, and links would lead to %s. Give the account that link address.", account.Network, identity.LinkHost, host)
		return false
	}
	if c.isPublic(account.Network) && isLoopback(hostnameOf(base)) {
		c.fail(check, "Links in posts would lead to %s, which is another machine for every reader. Set FANFARE_PUBLIC_URL.", host)
		return false
	}
	return true
}

// isPublic tells whether a network is the real one, and no sandbox beside us.
func (c Config) isPublic(network string) bool {
	address := c.XURL
	if network == connectors.Weibo {
		address = c.WeiboURL
	}
	return !isLoopback(hostnameOf(address))
}

// hostnameOf gives the host, without its port, of a checked address.
func hostnameOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// checkNetworkClock compares this machine's clock with the Date header of a
// network's answer (RFC 9110, section 6.6.1), which tells whole seconds.
func (c *checkup) checkNetworkClock(ctx context.Context, name, address string) {
	asked := c.Clock.Now()
	date, err := dateOf(ctx, address)
	answered := c.Clock.Now()
	if err != nil {
		c.warn("clock of "+name, "It cannot be asked: %v", err)
		return
	}
	c.compareClocks("clock of "+name, asked, answered, date, date.Add(time.Second))
}

func (c *checkup) checkDatabaseClock(ctx context.Context, db *storage.DB) {
	asked := c.Clock.Now()
	at, err := db.ServerTime(ctx)
	answered := c.Clock.Now()
	if err != nil {
		c.warn("clock of database", "It cannot be asked: %s", explained(err))
		return
	}
	c.compareClocks("clock of database", asked, answered, at, at)
}

// apart gives how far our clock is ahead of another at the least, negative when
// it is behind. The other one showed a time from earliest to latest at some
// instant between our asked and answered, so what the two spans share is not
// known to be a difference.
func apart(asked, answered, earliest, latest time.Time) time.Duration {
	if ahead := asked.Sub(latest); ahead > 0 {
		return ahead
	}
	return min(0, answered.Sub(earliest))
}

func (c *checkup) compareClocks(check string, asked, answered, earliest, latest time.Time) {
	switch ahead := apart(asked, answered, earliest, latest); {
	case ahead > clockTolerance:
		c.fail(check, "This machine is %s ahead of it: posts would go out early. Is NTP on?", ahead.Round(time.Millisecond))
	case ahead < -clockTolerance:
		c.fail(check, "This machine is %s behind it: posts would go out late. Is NTP on?", ahead.Abs().Round(time.Millisecond))
	default:
		c.ok(check, "within %s of this machine's", clockTolerance)
	}
}

func dateOf(ctx context.Context, address string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, clockWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return time.Time{}, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return time.Time{}, err
	}
	_ = response.Body.Close()
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return time.Time{}, fmt.Errorf("it answers without a date: %w", err)
	}
	return date, nil
}
