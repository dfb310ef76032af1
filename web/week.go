package web

import (
	"fmt"
	"time"
)

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
