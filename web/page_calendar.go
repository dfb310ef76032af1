package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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
	At    time.Time
	Post  *campaigns.Post
	Sale  *campaigns.Sale
	State campaigns.State // of the post
}

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
	return page, nil
}

// entriesBetween gives what falls into [from, to), by time; a sale that opens
// at the same time as a post stands before it.
func (s *Server) entriesBetween(ctx context.Context, from, to time.Time) ([]entry, error) {
	posts, err := s.Campaigns.PostsBetween(ctx, from, to)
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
	for i := range posts {
		entries = append(entries, entry{At: posts[i].DueAt.In(from.Location()), Post: &posts[i], State: shownPostState(posts[i])})
	}
	sortEntries(entries)
	return entries, nil
}

// week is an ISO 8601 week at a place: it begins on Monday.
type week struct {
	year, number int
	place        *time.Location
}

func weekOf(t time.Time) week {
	year, number := t.ISOWeek()
	return week{year, number, t.Location()}
}

// parseWeek reads "2026-W47", as an <input type="week"> writes it.
func parseWeek(text string, place *time.Location) (w week, ok bool) {
	w.place = place
	if n, err := fmt.Sscanf(text, "%4d-W%2d", &w.year, &w.number); err != nil || n != 2 {
		return w, false
	}
	return w, w.year > 0 && w.String() == text && w == weekOf(w.start())
}

func (w week) String() string { return fmt.Sprintf("%04d-W%02d", w.year, w.number) }

// start gives Monday's midnight. The fourth of January lies in week 1 always.
func (w week) start() time.Time {
	fourth := time.Date(w.year, time.January, 4, 0, 0, 0, 0, w.place)
	sinceMonday := (int(fourth.Weekday()) + 6) % 7
	return time.Date(w.year, time.January, 4-sinceMonday+7*(w.number-1), 0, 0, 0, 0, w.place)
}

func (w week) add(weeks int) week { return weekOf(w.start().AddDate(0, 0, 7*weeks)) }

// Last gives the day on which the week ends.
func (w week) Last() time.Time { return w.start().AddDate(0, 0, 6) }

// First gives the day on which the week begins.
func (w week) First() time.Time { return w.start() }
