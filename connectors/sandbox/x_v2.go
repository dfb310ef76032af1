package sandbox

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// createTweet is POST /2/tweets, https://docs.x.com/x-api/posts/create-post.
func (x *X) createTweet(c xCall) answer {
	var in struct {
		Text  string `json:"text"`
		Media *struct {
			IDs []string `json:"media_ids"`
		} `json:"media"`
	}
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if kind != "application/json" || strictJSON(c.body, &in) != nil {
		return xV2.invalid
	}
	var ids []string
	if in.Media != nil {
		if ids = in.Media.IDs; len(ids) == 0 {
			return xV2.invalid
		}
	}
	s, refusal := x.publish(c, in.Text, ids, xV2)
	if s == nil {
		return refusal
	}
	return jsonAnswer(http.StatusCreated, data(map[string]any{
		"id": s.ID, "text": s.wrapped, "edit_history_tweet_ids": []string{s.ID},
	}))
}

// showTweet is GET /2/tweets/:id.
func (x *X) showTweet(c xCall) answer {
	fields, ok := tweetFields(c.URL.Query(), "tweet.fields")
	if !ok {
		return xV2.invalid
	}
	s := x.status[c.PathValue("id")]
	if s == nil {
		return xV2.absent
	}
	return jsonAnswer(http.StatusOK, data(s.v2(fields, c.now)))
}

// lookUpTweets is GET /2/tweets, https://docs.x.com/x-api/posts/get-posts-by-ids.
func (x *X) lookUpTweets(c xCall) answer {
	query := c.URL.Query()
	fields, ok := tweetFields(query, "ids", "tweet.fields")
	ids := strings.Split(query.Get("ids"), ",")
	if !ok || ids[0] == "" || len(ids) > 100 {
		return xV2.invalid
	}
	var list []any
	for _, id := range ids {
		if s := x.status[id]; s != nil {
			list = append(list, s.v2(fields, c.now))
		}
	}
	if list == nil {
		return xV2.absent
	}
	return jsonAnswer(http.StatusOK, data(list))
}

// deleteTweet is DELETE /2/tweets/:id.
func (x *X) deleteTweet(c xCall) answer {
	id := c.PathValue("id")
	if s := x.status[id]; s != nil {
		if s.AccountID != c.user.ID {
			return problem(http.StatusForbidden, blank, "You are not authorized to delete this Tweet.")
		}
		delete(x.status, id)
		x.posts = slices.DeleteFunc(x.posts, func(p Post) bool { return p.ID == id })
	}
	return jsonAnswer(http.StatusOK, data(map[string]any{"deleted": true}))
}

// me is GET /2/users/me.
func (x *X) me(c xCall) answer {
	return jsonAnswer(http.StatusOK, data(map[string]any{
		"id": c.user.ID, "name": c.user.Name, "username": c.user.Handle,
	}))
}

// timelineQuery is what GET /2/users/:id/tweets can be asked.
type timelineQuery struct {
	max    int
	start  time.Time
	below  string // the pagination token: only ids smaller than it; "" is all
	fields []string
}

// userTweets is GET /2/users/:id/tweets,
// https://docs.x.com/x-api/users/get-posts.
func (x *X) userTweets(c xCall) answer {
	query, ok := parseTimelineQuery(c.URL.Query())
	if !ok {
		return xV2.invalid
	}
	if x.user(c.PathValue("id")) == nil {
		return xV2.absent
	}
	var list []any
	meta := map[string]any{}
	last := ""
	for _, s := range x.timeline(c, c.PathValue("id")) {
		if s.At.Before(query.start) || query.below != "" && !before(s.ID, query.below) {
			continue
		}
		if len(list) == query.max {
			meta["next_token"] = last
			break
		}
		list = append(list, s.v2(query.fields, c.now))
		last = s.ID
	}
	meta["result_count"] = len(list)
	out := map[string]any{"meta": meta}
	if len(list) > 0 {
		out["data"] = list
	}
	return jsonAnswer(http.StatusOK, out)
}

func parseTimelineQuery(q url.Values) (query timelineQuery, ok bool) {
	query.max = 10
	var err error
	for name := range q {
		value := q.Get(name)
		switch name {
		case "max_results":
			query.max, err = strconv.Atoi(value)
		case "start_time":
			query.start, err = time.Parse(time.RFC3339, value)
		case "pagination_token":
			query.below = value
			_, err = strconv.ParseUint(value, 10, 64)
		case "exclude":
			// There are no replies and no retweets to leave out.
			for part := range strings.SplitSeq(value, ",") {
				if part != "replies" && part != "retweets" {
					return query, false
				}
			}
		case "tweet.fields": // below
		default:
			return query, false
		}
		if err != nil {
			return query, false
		}
	}
	query.fields, ok = tweetFields(q, "max_results", "start_time", "pagination_token", "exclude", "tweet.fields")
	return query, ok && 5 <= query.max && query.max <= 100
}

// tweetFields reads tweet.fields and refuses parameters other than known.
func tweetFields(q url.Values, known ...string) ([]string, bool) {
	for name := range q {
		if !slices.Contains(known, name) {
			return nil, false
		}
	}
	if !q.Has("tweet.fields") {
		return nil, true
	}
	fields := strings.Split(q.Get("tweet.fields"), ",")
	for _, field := range fields {
		if !slices.Contains([]string{"id", "text", "author_id", "created_at", "entities", "public_metrics"}, field) {
			return nil, false
		}
	}
	return fields, true
}

// v2 is the post with the fields that were asked for.
func (s *xStatus) v2(fields []string, now time.Time) map[string]any {
	out := map[string]any{"id": s.ID, "text": s.wrapped, "edit_history_tweet_ids": []string{s.ID}}
	for _, field := range fields {
		switch field {
		case "author_id":
			out[field] = s.AccountID
		case "created_at":
			out[field] = milliseconds(s.At)
		case "entities":
			if len(s.urls) > 0 {
				out[field] = map[string]any{"urls": s.urls}
			}
		case "public_metrics":
			out[field] = map[string]int{"retweet_count": reposts(s.Post, now), "reply_count": replies(s.Post, now),
				"like_count": likes(s.Post, now), "quote_count": quotes(s.Post, now),
				"bookmark_count": bookmarks(s.Post, now), "impression_count": impressions(s.Post, now)}
		}
	}
	return out
}

func data(v any) map[string]any { return map[string]any{"data": v} }
