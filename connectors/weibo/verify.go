package weibo

import (
	"context"
	"net/url"
	"time"

	"fanfare/connectors"
)

// Verify implements connectors.Network with oauth2/get_token_info, which tells
// the account, the app and the remaining life of the token, and users/show for
// the name. Weibo's own figure for the expiry goes before the credentials'.
func (n *Network) Verify(ctx context.Context, raw connectors.Credentials) (connectors.Identity, error) {
	c, bad := parseCredentials(raw)
	if bad != nil {
		return connectors.Identity{}, bad
	}
	var info tokenInfo
	if failed := n.post(ctx, c, "/oauth2/get_token_info", url.Values{}, &info); failed != nil {
		return connectors.Identity{}, verifyFailure(failed)
	}
	expiresAt, bad := n.judgeToken(c, info)
	if bad != nil {
		return connectors.Identity{}, bad
	}
	var who user
	query := url.Values{"uid": {string(info.UID)}}
	if failed := n.get(ctx, c, "/2/users/show.json", query, &who); failed != nil {
		return connectors.Identity{}, verifyFailure(failed)
	}
	return connectors.Identity{
		RemoteID: string(info.UID), Handle: who.ScreenName,
		ExpiresAt: expiresAt, LinkHost: c.SafeDomain, Renewal: connectors.RenewBySignIn,
	}, nil
}

// judgeToken checks that the token is alive and of this app, and tells when it
// ends.
func (n *Network) judgeToken(c credentials, info tokenInfo) (*time.Time, *connectors.Error) {
	if info.AppKey != "" && string(info.AppKey) != c.AppKey {
		return nil, refuseField("app_key", saying{"weibo.other_app", "The access token belongs to another app than this app key."})
	}
	if !info.UID.isID() {
		return nil, &connectors.Error{
			Kind: connectors.KindRetry, Message: "Weibo did not say whose access token this is.", Key: "weibo.no_owner",
		}
	}
	expiresAt := c.ExpiresAt
	if seconds, err := info.ExpireIn.int64(); err == nil && seconds < maxLifetime {
		at := n.now().UTC().Add(time.Duration(seconds) * time.Second).Truncate(time.Second)
		expiresAt = &at
	}
	if expiresAt != nil && !expiresAt.After(n.now()) {
		return nil, &connectors.Error{
			Kind: connectors.KindAttention, Field: "access_token",
			Message: "The access token has expired. Authorize the account at Weibo again.", Key: "weibo.expired",
		}
	}
	return expiresAt, nil
}

// maxLifetime, 100 years in seconds, keeps an absurd lifetime from overflowing
// a time.Duration; such a token never ends.
const maxLifetime = 100 * 365 * 24 * 60 * 60

// verifyFailure turns a failed call into what it says of credentials: nothing
// was posted, so an unknown outcome only asks for another try, and every plain
// no means that they are not accepted.
func verifyFailure(failed *connectors.Error) *connectors.Error {
	switch failed.Kind {
	case connectors.KindRetry:
	case connectors.KindUnknown:
		failed.Kind = connectors.KindRetry
	default:
		failed.Kind = connectors.KindAttention
		failed.Field = "access_token"
	}
	return failed
}
