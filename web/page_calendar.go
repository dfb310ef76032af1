package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
)

// calendarPage is one week, in the zone of whoever looks.
type calendarPage struct {
	Week           week
	Previous, Next string // such as "2026-W47"
	This           bool   // whether it is the present week
	Days           []calendarDay
	Rows           []calendarRow
	Today          calendarDay
	Paused         pauses
}

// Empty tells whether the week holds nothing.
func (p calendarPage) Empty() bool { return len(p.Rows) == 0 }

// calendarDay is a day with what falls on it, by time.
type calendarDay struct {
	Date    time.Time
	Today   bool
	Entries crowd
}

// entry is a post, or the opening of a sale.
type entry struct {
	At   time.Time
	Post *campaigns.Post // of one that is not shown, the id alone is read
	Sale *campaigns.Sale
}

// State is that of the post.
func (e entry) State() campaigns.State { return shownPostState(*e.Post) }

func (s *Server) calendar(c *gin.Context) {
	now := newClock(s.Now(), actorOf(c.Request.Context()).TimeZone, "").Now
	shown, ok := parseWeek(c.Query("week"), now.Location())
	if !ok {
		shown = weekOf(now)
	}
	page, err := s.calendarWeek(c.Request.Context(), shown, now)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "calendar", page)
}

func (s *Server) calendarWeek(ctx context.Context, shown week, now time.Time) (calendarPage, error) {
	page := calendarPage{
		Week: shown, Previous: shown.add(-1).String(), Next: shown.add(1).String(), This: shown == weekOf(now),
	}
	today := midnight(now)
	entries, err := s.entriesBetween(ctx, shown.start(), shown.add(1).start())
	todays, todayErr := s.entriesBetween(ctx, today, today.AddDate(0, 0, 1))
	paused, pausedErr := s.largePauses(ctx)
	if err := cmp.Or(err, todayErr, pausedErr); err != nil {
		return page, err
	}
	page.Paused = paused
	page.Today = calendarDay{Date: today, Today: true, Entries: todays}
	page.Days = splitDays(shown, entries, today)
	page.Rows = calendarRows(page.Days)
	return page, s.readEntries(ctx, page.shown())
}

// shown gives the entries that the page shows.
func (p calendarPage) shown() []entry {
	all := slices.Clone(p.Today.Entries.InList().First)
	for _, day := range p.Days {
		all = append(all, day.Entries.InList().First...)
	}
	for _, row := range p.Rows {
		for _, cell := range row.Cells {
			all = append(all, cell.InCell().First...)
		}
	}
	return all
}

// readEntries reads the posts of entries.
func (s *Server) readEntries(ctx context.Context, entries []entry) error {
	var ids []int64
	for _, e := range entries {
		if e.Post != nil {
			ids = append(ids, e.Post.ID)
		}
	}
	posts, err := s.Campaigns.Posts(ctx, ids)
	if err != nil {
		return err
	}
	byID := make(map[int64]campaigns.Post, len(posts))
	for _, post := range posts {
		byID[post.ID] = post
	}
	for _, e := range entries {
		if e.Post != nil {
			*e.Post = byID[e.Post.ID]
		}
	}
	return nil
}

// entriesBetween gives what falls into [from, to), by time, with no more of posts
// than their ids; a sale that opens at the same time as a post stands before it.
func (s *Server) entriesBetween(ctx context.Context, from, to time.Time) ([]entry, error) {
	posts, err := s.Campaigns.PostTimes(ctx, from, to)
	if err != nil {
		return nil, err
	}
	sales, err := s.Campaigns.SalesBetween(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for i := range sales {
		entries = append(entries, entry{At: sales[i].OpensAt.In(from.Location()), Sale: &sales[i]})
	}
	for _, post := range posts {
		entries = append(entries, entry{At: post.DueAt.In(from.Location()), Post: &campaigns.Post{ID: post.ID}})
	}
	sortEntries(entries)
	return entries, nil
}
