package weibo

import (
	"context"
	"errors"
	"net/url"

	"fanfare/connectors"
)

// Publish implements connectors.Network with statuses/share: one request,
// never a second one.
func (n *Network) Publish(ctx context.Context, raw connectors.Credentials, post connectors.Post) (connectors.Receipt, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Receipt{}, bad
	}
	form := url.Values{"status": {post.Text}, "rip": {n.clientIP}}
	const path = "/2/statuses/share.json"
	var created status
	var failed *connectors.Error
	switch len(post.Images) {
	case 0:
		failed = n.post(ctx, c, path, form, &created)
	case 1:
		failed = n.postImage(ctx, c, path, form, post.Images[0], &created)
	default: // never silently without one of them
		failed = &connectors.Error{Kind: connectors.KindRefused, Message: "Weibo takes one image with a post.", Key: "weibo.images_one"}
	}
	if failed != nil {
		return connectors.Receipt{}, failed
	}
	if created.id() == "" {
		return connectors.Receipt{}, &connectors.Error{
			Kind:    connectors.KindUnknown,
			Message: "Weibo's answer names no post, so it is not known whether it is out.",
			Key:     "weibo.no_id",
			Err:     errors.New("statuses/share answered without an id"),
		}
	}
	return n.receipt(created, post), nil
}

// receipt tells of a status that is out. A creation time that cannot be read
// stays zero: it must not cost us the id.
func (n *Network) receipt(s status, post connectors.Post) connectors.Receipt {
	account := s.User.IDString
	if !account.isID() {
		account = text(post.AccountID)
	}
	receipt := connectors.Receipt{RemoteID: string(s.id()), URL: n.pageURL(account, s.id())}
	if at, err := s.createdAt(); err == nil {
		receipt.CreatedAt = at
	}
	return receipt
}
