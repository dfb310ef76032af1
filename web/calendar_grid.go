package web

import (
	"slices"
	"time"
)

// calendarRow is a stretch of the day across the week: a part of an hour, the
// opening of a sale (a line), or hours in which nothing happens (a gap).
type calendarRow struct {
	From, Until int // minutes since midnight
	Opening     bool
	Gap         bool
	Opened      bool    // follows an opening, which tells the time already
	Cells       []crowd // by day
}

// crowd is what falls into one place of the calendar, by time. The first stand
// there, and the number of the rest, which leads to the day's own list: ten
// thousand are more than anybody reads and more than a browser lays out.
type crowd []entry

// How many of a crowd a cell of the grid shows, and a list of a day.
const (
	inCell = 4
	inList = 40
)

// shownCrowd is a crowd cut to its place.
type shownCrowd struct {
	First []entry
	More  int       // not first
	Next  time.Time // when the first of those is
}

// InCell cuts the crowd for a cell.
func (c crowd) InCell() shownCrowd { return c.cut(inCell) }

// InList cuts the crowd for a list.
func (c crowd) InList() shownCrowd { return c.cut(inList) }

// cut leaves nothing out where it would be one entry alone.
func (c crowd) cut(most int) shownCrowd {
	if len(c) <= most+1 {
		return shownCrowd{First: c}
	}
	return shownCrowd{First: c[:most], More: len(c) - most, Next: c[most].At}
}

// Label is when the row begins, such as "09:30".
func (r calendarRow) Label() string { return minuteLabel(r.From) }

// UntilLabel is when it ends.
func (r calendarRow) UntilLabel() string { return minuteLabel(r.Until % (24 * 60)) }

func minuteLabel(minute int) string {
	return formatClock(time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC))
}

const hour = 60 // minutes

// calendarRows lays a week out: a row for each hour in which something happens
// and the hours between, cut where a sale opens; three empty hours or more
// shrink into a gap. An empty week has no rows.
func calendarRows(days []calendarDay) []calendarRow {
	cuts := rowCuts(days)
	var rows []calendarRow
	for i, from := range cuts {
		until := from + hour - from%hour
		if i+1 < len(cuts) {
			until = min(until, cuts[i+1])
		}
		opening := calendarRow{From: from, Until: from, Opening: true, Cells: make([]crowd, len(days))}
		posts := calendarRow{From: from, Until: until, Cells: make([]crowd, len(days))}
		opens := false
		for d, day := range days {
			for _, e := range day.Entries {
				at := minuteOf(e.At)
				switch {
				case e.Sale != nil && at == from:
					opening.Cells[d] = append(opening.Cells[d], e)
					opens = true
				case e.Post != nil && at >= from && at < until:
					posts.Cells[d] = append(posts.Cells[d], e)
				}
			}
		}
		if opens {
			rows = append(rows, opening)
		}
		posts.Opened = opens
		if !opens || !posts.empty() {
			rows = append(rows, posts)
		}
	}
	return shrinkGaps(rows)
}

// rowCuts gives the minutes at which rows begin: every hour from the first
// that holds something to the last, and every opening of a sale.
func rowCuts(days []calendarDay) []int {
	first, last := 24*hour, -1
	var cuts []int
	for _, day := range days {
		for _, e := range day.Entries {
			at := minuteOf(e.At)
			first, last = min(first, at), max(last, at)
			if e.Sale != nil {
				cuts = append(cuts, at)
			}
		}
	}
	for h := first / hour * hour; h <= last; h += hour {
		cuts = append(cuts, h)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

func shrinkGaps(rows []calendarRow) []calendarRow {
	const least = 3 // hours
	var out []calendarRow
	for i := 0; i < len(rows); {
		end := i
		for end < len(rows) && rows[end].empty() {
			end++
		}
		if end-i >= least {
			out = append(out, calendarRow{From: rows[i].From, Until: rows[end-1].Until, Gap: true})
			i = end
			continue
		}
		out = append(out, rows[i])
		i++
	}
	return out
}

func (r calendarRow) empty() bool {
	return !slices.ContainsFunc(r.Cells, func(cell crowd) bool { return len(cell) > 0 })
}

// splitDays gives the seven days of a week with their entries, which come
// sorted by time.
func splitDays(w week, entries []entry, today time.Time) []calendarDay {
	days := make([]calendarDay, 7)
	for i := range days {
		days[i].Date = w.start().AddDate(0, 0, i)
		days[i].Today = days[i].Date.Equal(today)
	}
	for _, e := range entries {
		i := (int(e.At.Weekday()) + 6) % 7 // Monday is the first
		days[i].Entries = append(days[i].Entries, e)
	}
	return days
}

func sortEntries(entries []entry) {
	slices.SortStableFunc(entries, func(a, b entry) int { return a.At.Compare(b.At) })
}

func minuteOf(t time.Time) int { return t.Hour()*hour + t.Minute() }
