package web

import (
	"time"

	"fanfare/fault"
)

// inputTime is how a datetime-local field writes a time; seconds come only
// from browsers that were asked for them.
const inputTime = "2006-01-02T15:04"

// parseLocal reads what a datetime-local field sends, as the wall clock of a
// place. Twice a year that is no instant, or two: it returns Invalid naming
// location then, rather than guess an hour.
func parseLocal(location, text string, place *time.Location) (time.Time, error) {
	var wrong fault.Fields
	layout := inputTime
	if len(text) > len(inputTime) {
		layout += ":05"
	}
	wall, err := time.Parse(layout, text)
	if err != nil || wall.Format(layout) != text { // Parse takes "9:00" too
		wrong.Add(location, "desk.time_unreadable", "Give a day and a time.", text, nil)
		return time.Time{}, wrong.Err()
	}
	switch found := instants(wall, place); len(found) {
	case 1:
		return found[0], nil
	case 0:
		wrong.Add(location, "desk.time_skipped", "The clocks go forward over this time: it does not exist that day. Choose an earlier or a later one.", text, nil)
	default:
		wrong.Add(location, "desk.time_twice", "The clocks go back over this time: it comes twice that day. Choose an earlier or a later one.", text, nil)
	}
	return time.Time{}, wrong.Err()
}

// instants gives every instant at which the clocks of a place show wall. The
// zone's offset is tried as it is half a day before and after: no zone changes
// it twice in a day.
func instants(wall time.Time, place *time.Location) []time.Time {
	var found []time.Time
	for _, near := range []time.Duration{-12 * time.Hour, 12 * time.Hour} {
		_, offset := wall.Add(near).In(place).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(place)
		if t.Format(inputTime) == wall.Format(inputTime) && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	return found
}

// midnight gives the beginning of t's day where t is. Where clocks skip
// midnight, it is the first instant of the day that they show.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

// DayTimeThere shows day and time by the clocks of t's own zone.
func (c clock) DayTimeThere(t time.Time) string {
	return c.joined(formatDay(c.locale, t, c.Now), formatClock(t))
}

// TimeExactly shows the time of day to the second, such as "12:00:07".
func (c clock) TimeExactly(t time.Time) string { return c.In(t).Format("15:04:05") }

// Place names t's own zone by its city alone, such as "Hong Kong".
func (c clock) Place(t time.Time) string { return cityName(c.locale, t) }
