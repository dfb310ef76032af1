package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
)

func TestPausingOneThing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path  string
		shown []string // the pages that tell of it
		words string
	}{
		"campaign": {"/campaigns/1/", []string{"/campaigns/1", "/posts/1", "/calendar", "/campaigns", "/campaigns/1/posts/new"}, "Nothing of “Launch” goes out until you resume."},
		"account":  {"/settings/accounts/1/", []string{"/campaigns/1", "/posts/1", "/calendar"}, "Nothing goes out to @mi_hk until you resume."},
		"post":     {"/posts/1/", []string{"/posts/1"}, "This post does not go out until you resume."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.schedule("Soon {link}", time.Hour)
			d.wants(303, "Location: /posts/1\n")(d.post(test.path+"pause", url.Values{"back": {"/posts/1"}}))
			for _, path := range test.shown {
				d.wants(200, "Paused by marketing at 20:00.", test.words, `action="`+test.path+`resume"`)(d.get(path))
			}
			for _, path := range []string{"/calendar", "/campaigns/1", "/posts/1"} {
				d.wants(200, `class="badge paused"`)(d.get(path))
			}
			d.clock.Advance(25 * time.Hour)
			overdue := map[string]string{"account": "1 post is past its time"}[name]
			if overdue == "" {
				overdue = "2 posts are past their time"
			}
			d.wants(200, "Paused by marketing on Thu 16 Aug at 20:00.", overdue)(d.get("/posts/1"))
			d.wants(303, "Location: /calendar\n")(d.post(test.path+"resume", nil))
			if _, body, _ := d.get("/posts/1"); strings.Contains(body, "until you resume") {
				t.Error("still paused")
			}
		})
	}
}

func TestPausingInTheAccountsList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(200, `action="/settings/accounts/1/pause"`, `action="/settings/accounts/2/pause"`)(d.get("/settings/accounts"))
	d.post("/settings/accounts/2/pause", nil)
	d.wants(200, `action="/settings/accounts/2/resume"`, "Paused by marketing at 20:00.")(d.get("/settings/accounts"))
	d.wants(404)(d.post("/settings/accounts/77/pause", nil))
	d.wants(404)(d.post("/campaigns/x/pause", nil))
	product, _ := d.signedIn(accounts.Product)
	product.wants(403)(product.post("/posts/1/pause", nil))
}

func TestMovingAPost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	post := d.schedule("Soon {link}", 90*time.Second) // 20:01:30 in Hong Kong
	path := fmt.Sprintf("/posts/%d", post.ID)
	d.wants(200, `value="2012-08-16T20:01:30" step="any"`)(d.get(path))
	d.wants(422, "would be due in the past", `value="2012-08-15T09:00"`, "<details class=\"move\" open>")(
		d.post(path+"/move", url.Values{"due_at": {"2012-08-15T09:00"}}))
	d.wants(422, "Give a day and a time.")(d.post(path+"/move", url.Values{"due_at": {"tomorrow"}}))
	d.wants(303, "Location: "+path+"\n")(d.post(path+"/move", url.Values{"due_at": {"2012-08-17T09:00"}, "expires_after": {"1h"}}))
	d.wants(200, "Moved. It was due Thu 16 Aug, 20:01", `action="`+path+`/move"`, `name="due_at" value="2012-08-16T20:01:30"`,
		"Fri 17 Aug, 09:00", "not after 10:00")(d.get(path))
	d.wants(303)(d.post(path+"/move", url.Values{"due_at": {"2012-08-16T20:01:30"}, "expires_after": {""}})) // as Undo does
	moved, err := d.campaigns.Post(t.Context(), post.ID)
	d.must(err)
	if !moved.DueAt.Equal(post.DueAt) || moved.ExpiresAfter != 0 {
		t.Errorf("undone, it is due %s and expires after %s", moved.DueAt, moved.ExpiresAfter)
	}
	d.doubt(post.Deliveries[0])
	d.wants(409, "cannot be moved any more")(d.post(path+"/move", url.Values{"due_at": {"2012-08-17T09:00"}}))
	if _, body, _ := d.get(path); strings.Contains(body, path+"/move") {
		t.Error("a post that has begun can be moved")
	}
}

func TestAnExpiryOfNoChoiceIsKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	status, _ := d.call(d.adminKey, "POST", "/api/v1/campaigns/1/posts", map[string]any{
		"text": "Soon {link}", "accounts": []int64{d.x.ID}, "due_at": d.clock.Now().Add(time.Hour), "expires_after": "45m",
	})
	if status != 201 {
		t.Fatal(status)
	}
	d.wants(200, `value="keep" selected`)(d.get("/posts/1"))
	d.wants(303)(d.post("/posts/1/move", url.Values{"due_at": {"2012-08-17T09:00"}, "expires_after": {"keep"}}))
	status, answer := d.call(d.adminKey, "POST", "/api/v1/posts/1/reschedule", map[string]any{"due_at": d.clock.Now().Add(time.Hour), "expires_after": "soon"})
	if status != 422 {
		t.Error(status, answer)
	}
	post, err := d.campaigns.Post(t.Context(), 1)
	d.must(err)
	if post.ExpiresAfter != 45*time.Minute {
		t.Error(post.ExpiresAfter)
	}
}
