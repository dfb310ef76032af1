package twitter

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	gotwitter "github.com/dghubble/go-twitter/twitter" //nolint:staticcheck // archived, and the one that speaks v1.1

	"fanfare/connectors"
)

// Counts implements connectors.Network. X charges for what is read: $0.001 for
// each own post when the account owns the app, else $0.005, see
// https://docs.x.com/x-api/getting-started/pricing. So ask seldom.
func (n *Network) Counts(ctx context.Context, raw connectors.Credentials, ids []string) (connectors.Counts, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Counts{}, undecided(bad)
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isID(id) })
	if len(ids) == 0 {
		return connectors.Counts{}, nil
	}
	read := n.countsV2
	if c.API == v11 {
		read = n.countsV1
	}
	posts, failed := read(ctx, c, ids)
	told := c.heard.standings(connectors.CallCounts)
	if failed != nil {
		failed.Limits = told
		return connectors.Counts{}, undecided(failed)
	}
	return connectors.Counts{Posts: posts, Limits: told}, nil
}

// countsV2 follows https://docs.x.com/x-api/posts/get-posts-by-ids.
func (n *Network) countsV2(ctx context.Context, c *credentials, ids []string) (map[string]connectors.PostCounts, *connectors.Error) {
	var got struct {
		Data []struct {
			ID      string
			Metrics struct {
				Impressions *int64 `json:"impression_count"`
				Likes       *int64 `json:"like_count"`
				Reposts     *int64 `json:"retweet_count"`
				Replies     *int64 `json:"reply_count"`
				Quotes      *int64 `json:"quote_count"`
				Bookmarks   *int64 `json:"bookmark_count"`
			} `json:"public_metrics"`
		}
	}
	query := url.Values{"ids": {strings.Join(ids, ",")}, "tweet.fields": {"public_metrics"}}
	if failed := n.call(ctx, c, http.MethodGet, "/2/tweets", query, nil, &got); failed != nil {
		return nil, failed
	}
	posts := make(map[string]connectors.PostCounts, len(got.Data))
	for _, d := range got.Data {
		posts[d.ID] = connectors.PostCounts(d.Metrics)
	}
	return posts, nil
}

// countsV1 asks statuses/lookup, which tells likes and reposts alone.
func (n *Network) countsV1(ctx context.Context, c *credentials, ids []string) (map[string]connectors.PostCounts, *connectors.Error) {
	numbers := make([]int64, len(ids))
	for i, id := range ids {
		numbers[i], _ = strconv.ParseInt(id, 10, 64) // isID has seen it
	}
	var found []gotwitter.Tweet
	failed := n.v1(ctx, c, func(client *gotwitter.Client) (err error) {
		found, _, err = client.Statuses.Lookup(numbers, &gotwitter.StatusLookupParams{TrimUser: gotwitter.Bool(true)}) //nolint:bodyclose // the library has read and closed it
		return err
	})
	if failed != nil {
		return nil, failed
	}
	posts := make(map[string]connectors.PostCounts, len(found))
	for _, t := range found {
		likes, reposts := int64(t.FavoriteCount), int64(t.RetweetCount)
		posts[t.IDStr] = connectors.PostCounts{Likes: &likes, Reposts: &reposts}
	}
	return posts, nil
}
