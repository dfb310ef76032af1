package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
)

// moveForm is another time for a post, as it is typed.
type moveForm struct {
	DueAt   string
	Expires string // one of expiries, or keepExpiry
	Open    bool   // somebody is at it
}

// keepExpiry leaves an expiry that is none of the choices.
const keepExpiry = "keep"

// newMoveForm shows the time that a post has.
func newMoveForm(post campaigns.Post, place *time.Location) moveForm {
	form := moveForm{DueAt: inputOf(post.DueAt.In(place)), Expires: keepExpiry}
	for _, choice := range expiries {
		after, _ := time.ParseDuration(choice) // "" is never, which is 0
		if after == post.ExpiresAfter {
			form.Expires = choice
		}
	}
	return form
}

// Expiries lists the choices.
func (f moveForm) Expiries() []string {
	if f.Expires == keepExpiry {
		return append([]string{keepExpiry}, expiries...)
	}
	return expiries
}

// read gives what the form means. It returns Invalid naming due_at.
func (f moveForm) read(place *time.Location) (change campaigns.Rescheduling, err error) {
	if slices.Contains(expiries, f.Expires) {
		after, _ := time.ParseDuration(f.Expires)
		change.ExpiresAfter = &after
	}
	change.DueAt, err = parseLocal("due_at", f.DueAt, place)
	return change, err
}

// inputOf writes a time for a datetime-local field: to the second where the
// minute is not all.
func inputOf(t time.Time) string {
	if t.Second() != 0 {
		return t.Format(inputTime + ":05")
	}
	return t.Format(inputTime)
}

func (s *Server) movePost(c *gin.Context) {
	page, err := s.postPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	ctx, before := c.Request.Context(), page.Move
	page.Move = moveForm{DueAt: c.PostForm("due_at"), Expires: c.PostForm("expires_after"), Open: true}
	change, err := page.Move.read(actorPlace(c))
	if err == nil {
		_, err = s.Campaigns.Reschedule(ctx, *actorOf(ctx), page.Post.ID, change)
	}
	if err != nil {
		s.renderForm(c, "post", page, err)
		return
	}
	path := "/posts/" + strconv.FormatInt(page.Post.ID, 10)
	was := newClock(s.Now(), actorOf(ctx).TimeZone, s.locale(c)).Full(page.Post.DueAt)
	s.sayWith(c, flash{Key: "post_page.moved", Name: was, Undo: &undo{
		Path: path + "/move", Fields: map[string]string{"due_at": before.DueAt, "expires_after": before.Expires},
	}})
	seeOther(c, path)
}
