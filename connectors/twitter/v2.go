package twitter

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"fanfare/connectors"
)

// What a good answer may lack.
var (
	errNoUser = errors.New("the answer names no user")
	errNoList = errors.New("the answer does not say how many posts it has")
	errNoEnd  = errors.New("the timeline has no end")
)

func (n *Network) verifyV2(ctx context.Context, c *credentials) (connectors.Identity, *connectors.Error) {
	var got struct {
		Data struct{ ID, Username string }
	}
	if failed := n.call(ctx, c, http.MethodGet, "/2/users/me", nil, nil, &got); failed != nil {
		return connectors.Identity{}, failed
	}
	if !isID(got.Data.ID) || got.Data.Username == "" {
		return connectors.Identity{}, unreadable(http.StatusOK, errNoUser)
	}
	return connectors.Identity{RemoteID: got.Data.ID, Handle: "@" + got.Data.Username}, nil
}

func (n *Network) publishV2(ctx context.Context, c *credentials, post connectors.Post) (string, *connectors.Error) {
	type media struct {
		IDs []string `json:"media_ids"`
	}
	body := struct {
		Text  string `json:"text"`
		Media *media `json:"media,omitempty"`
	}{Text: post.Text}
	if len(post.Images) > 0 {
		body.Media = new(media)
	}
	for _, image := range post.Images {
		body.Media.IDs = append(body.Media.IDs, image.RemoteID)
	}
	var got struct {
		Data struct{ ID string }
	}
	failed := n.call(ctx, c, http.MethodPost, "/2/tweets", nil, body, &got)
	return got.Data.ID, failed
}

// timelinePage is a page of a user's timeline.
type timelinePage struct {
	Data []tweet
	Meta *struct {
		ResultCount *int   `json:"result_count"`
		NextToken   string `json:"next_token"`
	}
}

type tweet struct {
	ID, Text string
	Entities struct {
		URLs []struct {
			ExpandedURL string `json:"expanded_url"`
			UnwoundURL  string `json:"unwound_url"`
		}
	}
}

// maxPages is more than the 3,200 posts that a timeline reaches back.
const maxPages = 40

// findV2 gives the id of the account's post with the link, "" when the
// timeline since then surely has none.
func (n *Network) findV2(ctx context.Context, c *credentials, post connectors.Post, since time.Time) (string, *connectors.Error) {
	query := url.Values{
		"max_results":  {"100"},
		"start_time":   {since.UTC().Format("2006-01-02T15:04:05Z")},
		"exclude":      {"replies,retweets"},
		"tweet.fields": {"created_at,entities"},
	}
	for range maxPages {
		var page timelinePage
		if failed := n.call(ctx, c, http.MethodGet, "/2/users/"+post.AccountID+"/tweets", query, nil, &page); failed != nil {
			return "", failed
		}
		for _, t := range page.Data {
			if t.leadsTo(post.Link) && isID(t.ID) {
				return t.ID, nil
			}
		}
		// Without its count, an empty list could as well be half an answer.
		if page.Meta == nil || page.Meta.ResultCount == nil {
			return "", unreadable(http.StatusOK, errNoList)
		}
		if page.Meta.NextToken == "" {
			return "", nil
		}
		query.Set("pagination_token", page.Meta.NextToken)
	}
	return "", unreadable(http.StatusOK, errNoEnd)
}

func (t tweet) leadsTo(link string) bool {
	for _, u := range t.Entities.URLs {
		if sameLink(u.ExpandedURL, link) || sameLink(u.UnwoundURL, link) {
			return true
		}
	}
	return holdsLink(t.Text, link)
}
