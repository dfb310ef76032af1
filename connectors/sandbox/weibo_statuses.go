package sandbox

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// share posts.
func (w *Weibo) share(c weiboCall) answer {
	text := c.PostForm.Get("status")
	if c.PostForm.Get("rip") == "" {
		return c.fail(weiboParam)
	}
	if failed, bad := w.judgeText(text, c.user.SafeDomain); bad {
		return c.fail(failed)
	}
	picture, failed, bad := readPicture(c.Request)
	if bad {
		return c.fail(failed)
	}
	if w.repeats(c.user.UID, text, c.now) {
		return c.fail(weiboRepeat)
	}
	if !c.user.shares.take(hourOf(c.now), w.options.PostsPerHour) {
		return c.fail(weiboShareLimit)
	}
	post := Post{
		ID: w.nextMID(c.now), AccountID: c.user.UID, Handle: c.user.Name, Text: text, At: c.now.UTC(),
	}
	if picture != nil {
		post.Pictures = []Picture{newPicture(post.ID, picture)}
	}
	if c.fault.Kind == Delayed {
		due := c.now.Add(cmp.Or(c.fault.wait(), defaultDelay))
		w.pending = append(w.pending, pendingPost{post, due})
		return c.fail(weiboSlow)
	}
	w.posts = append(w.posts, post)
	return jsonAnswer(http.StatusOK, w.statusJSON(post, c.skew()))
}

// readPicture reads the one picture that a post may have; nil for none.
func readPicture(r *http.Request) ([]byte, weiboError, bool) {
	if r.MultipartForm == nil || len(r.MultipartForm.File["pic"]) == 0 {
		return nil, weiboError{}, false
	}
	header := r.MultipartForm.File["pic"][0]
	if header.Size >= 5<<20 {
		return nil, weiboImageSize, true
	}
	file, err := header.Open()
	if err != nil {
		return nil, weiboParam, true
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, weiboParam, true
	}
	kinds := []string{"image/jpeg", "image/gif", "image/png"}
	if !slices.Contains(kinds, http.DetectContentType(content)) {
		return nil, weiboImageType, true
	}
	return content, weiboError{}, false
}

// midEpoch is the zero of the seconds in a mid: not documented by Weibo but
// publicly known.
const midEpoch = 515483463

// nextMID gives an id that is larger than all before it and tells the time:
// seconds over 22 bits of sequence. w.mu must be held.
func (w *Weibo) nextMID(now time.Time) string {
	w.lastID = max(w.lastID+1, (now.Unix()-midEpoch)<<22)
	return strconv.FormatInt(w.lastID, 10)
}

// timelineReach is how many posts an app gets to see at most.
const timelineReach = 5

func (w *Weibo) userTimeline(c weiboCall) answer {
	if uid := c.Form.Get("uid"); uid != "" && uid != c.user.UID {
		return c.fail(weiboNotOwn)
	}
	statuses, total := []any{}, 0
	for _, p := range slices.Backward(w.posts) {
		if p.AccountID != c.user.UID {
			continue
		}
		if c.fault.Kind == Lag && c.now.Sub(p.At) < c.fault.wait() {
			continue
		}
		if total++; len(statuses) < timelineReach {
			statuses = append(statuses, w.statusJSON(p, c.skew()))
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"statuses": statuses, "total_number": total, "previous_cursor": 0, "next_cursor": 0,
	})
}

func (w *Weibo) show(c weiboCall) answer {
	for _, p := range w.posts {
		if p.ID != c.Form.Get("id") {
			continue
		}
		if p.AccountID != c.user.UID {
			return c.fail(weiboNotOwn)
		}
		return jsonAnswer(http.StatusOK, w.statusJSON(p, c.skew()))
	}
	return c.fail(weiboNoStatus)
}

func (w *Weibo) count(c weiboCall) answer {
	ids := strings.Split(c.Form.Get("ids"), ",")
	if len(ids) > 100 || ids[0] == "" {
		return c.fail(weiboParam)
	}
	counts := []any{}
	for _, p := range w.posts {
		if slices.Contains(ids, p.ID) {
			counts = append(counts, map[string]any{
				"id": json.Number(p.ID), "comments": replies(p, c.now), "reposts": reposts(p, c.now), "attitudes": likes(p, c.now),
			})
		}
	}
	return jsonAnswer(http.StatusOK, counts)
}
