package twitter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"fanfare/connectors"
)

// Verify implements connectors.Network.
func (n *Network) Verify(ctx context.Context, raw connectors.Credentials) (connectors.Identity, error) {
	c, bad := parseCredentials(raw)
	if bad != nil {
		return connectors.Identity{}, bad
	}
	verify := n.verifyV2
	if c.API == v11 {
		verify = n.verifyV1
	}
	identity, failed := verify(ctx, c)
	if failed != nil && failed.Spurious {
		identity, failed = verify(ctx, c)
	}
	if failed != nil {
		// A call without a text has no text to refuse: it is the account.
		if failed.Kind == connectors.KindRefused || failed.Kind == connectors.KindDuplicate {
			failed.Kind = connectors.KindAttention
			failed.Message, failed.Key = "X did not accept these credentials.", "twitter.not_accepted"
		}
		return connectors.Identity{}, failed
	}
	identity.ExpiresAt, identity.Renewal = c.expiresAt, c.renewal()
	if identity.ExpiresAt == nil && identity.Renewal == connectors.RenewByItself {
		// Nobody told when the token ends, within two hours of its making: it
		// counts as ending now, so that it is renewed before it fails.
		soon := n.now().UTC().Add(minLife)
		identity.ExpiresAt = &soon
	}
	return identity, nil
}

// minLife is what a token lives at the least if X has just accepted it, near
// enough: it lets the account work until the renewal.
const minLife = 5 * time.Minute

// Publish implements connectors.Network.
func (n *Network) Publish(ctx context.Context, raw connectors.Credentials, post connectors.Post) (connectors.Receipt, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Receipt{}, bad
	}
	publish := n.publishV2
	if c.API == v11 {
		publish = n.publishV1
	}
	id, failed := publish(ctx, c, post)
	told := c.heard.standings(connectors.CallPublish)
	if failed == nil && !isID(id) {
		failed = unreadable(http.StatusCreated, errors.New("the answer holds no id of the post"))
	}
	if failed != nil {
		failed.Limits = told
		return connectors.Receipt{}, failed
	}
	receipt := n.receipt(id)
	receipt.Limits = told
	return receipt, nil
}

// clockSkew is how far X's clock may be behind ours.
const clockSkew = 2 * time.Minute

// Find implements connectors.Network. It knows a post by its campaign link,
// which is unique to it, and reads the timeline back to since.
func (n *Network) Find(ctx context.Context, raw connectors.Credentials, post connectors.Post, since time.Time) (connectors.Receipt, bool, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Receipt{}, false, undecided(bad)
	}
	if post.Link == "" || !isID(post.AccountID) {
		return connectors.Receipt{}, false, undecided(&connectors.Error{
			Message: "A post without a campaign link, or without its account's id, cannot be looked up on X.",
			Key:     "twitter.no_look_up",
		})
	}
	find := n.findV2
	if c.API == v11 {
		find = n.findV1
	}
	id, failed := find(ctx, c, post, since.Add(-clockSkew))
	told := c.heard.standings(connectors.CallFind)
	if failed != nil {
		failed.Limits = told
		return connectors.Receipt{}, false, undecided(failed)
	}
	if id == "" {
		return connectors.Receipt{Limits: told}, false, nil
	}
	receipt := n.receipt(id)
	receipt.Limits = told
	return receipt, true, nil
}

// undecided keeps a failed look-up from being read as a verdict on the post:
// "the token is revoked" now says nothing about whether the post went out before.
func undecided(failed *connectors.Error) *connectors.Error {
	if failed.Kind != connectors.KindRetry {
		failed.Kind = connectors.KindUnknown
	}
	return failed
}
