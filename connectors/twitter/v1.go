package twitter

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	gotwitter "github.com/dghubble/go-twitter/twitter" //nolint:staticcheck // archived, and the one that speaks v1.1

	"fanfare/connectors"
)

// v1Transport carries go-twitter's requests. The library fixes its address and
// takes no context; both are set here, before the request is signed, so that
// the signature covers the address that is really called.
type v1Transport struct {
	network     *Network
	ctx         context.Context // of the one call that this transport is for
	credentials *credentials

	got    answer
	failed *connectors.Error
}

// RoundTrip implements http.RoundTripper. go-twitter gets the answer whole, so
// that nothing is left to fail while it decodes.
func (t *v1Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	u, err := url.Parse(t.network.base + request.URL.Path)
	if err != nil {
		t.failed = notSent(err)
		return nil, t.failed
	}
	u.RawQuery = request.URL.RawQuery
	ours := request.Clone(t.ctx)
	ours.URL, ours.Host, ours.RequestURI = u, u.Host, ""
	if t.got, t.failed = t.network.send(ours, t.credentials); t.failed != nil {
		return nil, t.failed
	}
	return &http.Response{
		StatusCode: t.got.status, Header: t.got.header, Request: request,
		Body: io.NopCloser(bytes.NewReader(t.got.body)), ContentLength: int64(len(t.got.body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// v1 makes one call through go-twitter and judges its answer by the same
// rulings as v2's.
func (n *Network) v1(ctx context.Context, c *credentials, call func(*gotwitter.Client) error) *connectors.Error {
	transport := &v1Transport{network: n, ctx: ctx, credentials: c}
	err := call(gotwitter.NewClient(&http.Client{Transport: transport, CheckRedirect: stay}))
	if transport.failed != nil {
		return transport.failed
	}
	if failed := judge(transport.got, c); failed != nil {
		return failed
	}
	if err != nil {
		return unreadable(transport.got.status, err)
	}
	return nil
}

func (n *Network) verifyV1(ctx context.Context, c *credentials) (connectors.Identity, *connectors.Error) {
	var user *gotwitter.User
	failed := n.v1(ctx, c, func(client *gotwitter.Client) (err error) {
		user, _, err = client.Accounts.VerifyCredentials(&gotwitter.AccountVerifyParams{SkipStatus: gotwitter.Bool(true)})
		return err
	})
	if failed != nil {
		return connectors.Identity{}, failed
	}
	if !isID(user.IDStr) || user.ScreenName == "" {
		return connectors.Identity{}, unreadable(http.StatusOK, errNoUser)
	}
	return connectors.Identity{RemoteID: user.IDStr, Handle: "@" + user.ScreenName}, nil
}

func (n *Network) publishV1(ctx context.Context, c *credentials, post connectors.Post) (string, *connectors.Error) {
	params := new(gotwitter.StatusUpdateParams)
	for _, image := range post.Images {
		id, err := strconv.ParseInt(image.RemoteID, 10, 64)
		if err != nil {
			return "", notSent(err)
		}
		params.MediaIds = append(params.MediaIds, id)
	}
	var posted *gotwitter.Tweet
	failed := n.v1(ctx, c, func(client *gotwitter.Client) (err error) {
		posted, _, err = client.Statuses.Update(post.Text, params)
		return err
	})
	if failed != nil {
		return "", failed
	}
	return posted.IDStr, nil
}

// findV1 is findV2 in the old dialect, which pages by the largest id to show
// and knows no start: it reads until a post is older than since.
func (n *Network) findV1(ctx context.Context, c *credentials, post connectors.Post, since time.Time) (string, *connectors.Error) {
	user, err := strconv.ParseInt(post.AccountID, 10, 64)
	if err != nil {
		return "", unreadable(0, err)
	}
	params := &gotwitter.UserTimelineParams{
		UserID: user, Count: 200, TweetMode: "extended", TrimUser: gotwitter.Bool(true),
		// A page of nothing but left out retweets would look like the end.
		IncludeRetweets: gotwitter.Bool(true),
	}
	for range maxPages {
		var page []gotwitter.Tweet
		failed := n.v1(ctx, c, func(client *gotwitter.Client) (err error) {
			page, _, err = client.Timelines.UserTimeline(params)
			return err
		})
		if failed != nil {
			return "", failed
		}
		if page == nil {
			return "", unreadable(http.StatusOK, errNoList)
		}
		for _, t := range page {
			if at, err := t.CreatedAtTime(); err == nil && at.Before(since) {
				return "", nil
			}
			if t.RetweetedStatus == nil && v1LeadsTo(t, post.Link) && isID(t.IDStr) {
				return t.IDStr, nil
			}
		}
		if len(page) == 0 {
			return "", nil
		}
		params.MaxID = page[len(page)-1].ID - 1
	}
	return "", unreadable(http.StatusOK, errNoEnd)
}

func v1LeadsTo(t gotwitter.Tweet, link string) bool {
	if t.Entities != nil {
		for _, u := range t.Entities.Urls {
			if sameLink(u.ExpandedURL, link) || sameLink(u.Unwound.URL, link) {
				return true
			}
		}
	}
	return holdsLink(strings.TrimSpace(t.FullText), link) || holdsLink(t.Text, link)
}
