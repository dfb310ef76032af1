package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// updateStatus is POST statuses/update.
func (x *X) updateStatus(c xCall) answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || !isForm(c.Request) {
		return xV1.invalid
	}
	var ids []string
	if form.Get("media_ids") != "" {
		ids = strings.Split(form.Get("media_ids"), ",")
	}
	s, refusal := x.publish(c, form.Get("status"), ids, xV1)
	if s == nil {
		return refusal
	}
	return jsonAnswer(http.StatusOK, s.v1(c.user, form.Get("tweet_mode"), c.now))
}

// showStatus is GET statuses/show.
func (x *X) showStatus(c xCall) answer {
	s := x.status[c.URL.Query().Get("id")]
	if s == nil {
		return xV1.absent
	}
	return jsonAnswer(http.StatusOK, s.v1(x.user(s.AccountID), c.URL.Query().Get("tweet_mode"), c.now))
}

// lookUpStatuses is GET statuses/lookup.
func (x *X) lookUpStatuses(c xCall) answer {
	list := []any{}
	for id := range strings.SplitSeq(c.URL.Query().Get("id"), ",") {
		if s := x.status[id]; s != nil {
			list = append(list, s.v1(x.user(s.AccountID), "", c.now))
		}
	}
	return jsonAnswer(http.StatusOK, list)
}

// userTimeline is GET statuses/user_timeline: at most count posts with ids
// above since_id and up to max_id.
func (x *X) userTimeline(c xCall) answer {
	q := c.URL.Query()
	user := c.user
	if id := q.Get("user_id"); id != "" {
		if user = x.user(id); user == nil {
			return v1Error(http.StatusNotFound, 34, "Sorry, that page does not exist.")
		}
	}
	count, err := strconv.Atoi(q.Get("count"))
	if err != nil || count < 1 {
		count = 20
	}
	list := []any{}
	for _, s := range x.timeline(c, user.ID) {
		if len(list) == min(count, 200) {
			break
		}
		if (q.Has("max_id") && before(q.Get("max_id"), s.ID)) || (q.Has("since_id") && !before(q.Get("since_id"), s.ID)) {
			continue
		}
		list = append(list, s.v1(user, q.Get("tweet_mode"), c.now))
	}
	return jsonAnswer(http.StatusOK, list)
}

// verifyCredentials is GET account/verify_credentials.
func (x *X) verifyCredentials(c xCall) answer {
	return jsonAnswer(http.StatusOK, c.user.v1())
}

func (u *xUser) v1() map[string]any {
	id, _ := strconv.ParseInt(u.ID, 10, 64) // ids are ours
	return map[string]any{"id": id, "id_str": u.ID, "name": u.Name, "screen_name": u.Handle}
}

// v1 is the post in the old dialect; mode "extended" renames its text.
func (s *xStatus) v1(user *xUser, mode string, now time.Time) map[string]any {
	id, _ := strconv.ParseInt(s.ID, 10, 64) // ids are ours
	urls := []any{}
	for _, u := range s.urls {
		urls = append(urls, map[string]any{
			"url": u.URL, "expanded_url": u.ExpandedURL, "display_url": u.DisplayURL, "indices": [2]int{u.Start, u.End},
		})
	}
	out := map[string]any{
		"id": id, "id_str": s.ID, "created_at": s.At.UTC().Format(time.RubyDate), "truncated": false,
		"entities": map[string]any{"hashtags": []any{}, "symbols": []any{}, "user_mentions": []any{}, "urls": urls},
		"user":     user.v1(), "retweet_count": reposts(s.Post, now), "favorite_count": likes(s.Post, now),
	}
	if mode == "extended" {
		out["full_text"] = s.wrapped
	} else {
		out["text"] = s.wrapped
	}
	return out
}
