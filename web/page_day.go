package web

import (
	"cmp"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// postsOnDay is how many posts of a day a page lists.
const postsOnDay = 100

// dayPage is one day of the calendar, page by page however full it is.
type dayPage struct {
	Date           time.Time
	Week           week
	Previous, Next string  // such as "2026-12-09"
	Since          string  // such as "14:00"; "" from midnight on
	Entries        []entry // the openings of sales before the posts: those may be on other pages
	Pager          map[string]any
	Paused         pauses
}

// day answers with the one that the path names.
func (s *Server) day(c *gin.Context) {
	ctx := c.Request.Context()
	place := newClock(s.Now(), actorOf(ctx).TimeZone, "").Now.Location()
	date, err := time.ParseInLocation(time.DateOnly, c.Param("date"), place)
	if err != nil {
		s.fail(c, noPage())
		return
	}
	page := dayPage{
		Date: date, Week: weekOf(date), Since: c.Query("since"),
		Previous: date.AddDate(0, 0, -1).Format(time.DateOnly), Next: date.AddDate(0, 0, 1).Format(time.DateOnly),
	}
	from, until := midnight(date), midnight(date.AddDate(0, 0, 1))
	if since, err := parseLocal("since", date.Format(time.DateOnly)+"T"+page.Since, place); err == nil {
		from = since
	} else {
		page.Since = ""
	}
	posts, err := s.Campaigns.PostsWithin(ctx, from, until, postsOnDay, c.Query("cursor"))
	sales, salesErr := s.Campaigns.SalesBetween(ctx, from, until)
	paused, pausedErr := s.largePauses(ctx)
	if err := cmp.Or(err, salesErr, pausedErr); err != nil {
		s.fail(c, err)
		return
	}
	for i := range sales {
		page.Entries = append(page.Entries, entry{At: sales[i].OpensAt, Sale: &sales[i]})
	}
	for i := range posts.Items {
		page.Entries = append(page.Entries, entry{At: posts.Items[i].DueAt, Post: &posts.Items[i]})
	}
	page.Pager, page.Paused = pagerOf(c, posts), paused
	s.render(c, http.StatusOK, "day", page)
}
