package weibo

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"fanfare/connectors"
)

// figures are a post's counts in the answer of statuses/count. Numbers may come
// as strings here as elsewhere.
type figures struct {
	ID        text `json:"id"`
	Comments  text `json:"comments"`
	Reposts   text `json:"reposts"`
	Attitudes text `json:"attitudes"` // likes
}

// Counts implements connectors.Network with statuses/count,
// https://open.weibo.com/wiki/2/statuses/count: one of the day's calls.
func (n *Network) Counts(ctx context.Context, raw connectors.Credentials, ids []string) (connectors.Counts, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Counts{}, undecided(bad)
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !text(id).isID() })
	if len(ids) == 0 {
		return connectors.Counts{}, nil
	}
	var list []figures
	query := url.Values{"ids": {strings.Join(ids, ",")}}
	if failed := n.get(ctx, c, "/2/statuses/count.json", query, &list); failed != nil {
		return connectors.Counts{}, undecided(ofReading(failed))
	}
	posts := make(map[string]connectors.PostCounts, len(list))
	for _, f := range list {
		posts[string(f.ID)] = connectors.PostCounts{
			Likes: f.Attitudes.figure(), Reposts: f.Reposts.figure(), Replies: f.Comments.figure(),
		}
	}
	return connectors.Counts{Posts: posts}, nil
}

// figure reads a count; nil when there is none.
func (t text) figure() *int64 {
	n, err := t.int64()
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

// ofReading corrects what a refused reading call says of the limits: "too often
// for this API" is a matter of that API and not of the posts.
func ofReading(failed *connectors.Error) *connectors.Error {
	failed.Limits = slices.DeleteFunc(failed.Limits, func(s connectors.Standing) bool { return s.Limit == postsHour })
	return failed
}
