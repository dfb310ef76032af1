package web

import (
	"strings"
	"time"
)

// clock shows times to one visitor: in their zone and language, against the
// instant at which the page was made.
type clock struct {
	Now    time.Time
	locale string
}

func newClock(now time.Time, zone, locale string) clock {
	location, err := time.LoadLocation(zone)
	if err != nil {
		location = time.UTC
	}
	return clock{Now: now.In(location), locale: locale}
}

// In gives t in the visitor's zone.
func (c clock) In(t time.Time) time.Time { return t.In(c.Now.Location()) }

// Day shows a day, such as "Thu 16 Aug".
func (c clock) Day(t time.Time) string { return formatDay(c.locale, c.In(t), c.Now) }

// Time shows the time of day, such as "12:00".
func (c clock) Time(t time.Time) string { return formatClock(c.In(t)) }

// DayTime shows both, such as "Thu 16 Aug, 12:00".
func (c clock) DayTime(t time.Time) string { return c.joined(c.Day(t), c.Time(t)) }

// DayTimeExactly shows both to the second.
func (c clock) DayTimeExactly(t time.Time) string { return c.joined(c.Day(t), c.TimeExactly(t)) }

// joined puts a time behind its day: no comma stands there in Chinese.
func (c clock) joined(day, time string) string {
	if strings.HasPrefix(c.locale, "zh") {
		return day + " " + time
	}
	return day + ", " + time
}

// Full shows day, time and zone, such as "Thu 16 Aug, 12:00 Hong Kong (UTC+08)".
func (c clock) Full(t time.Time) string { return c.DayTime(t) + " " + zoneName(c.locale, c.In(t)) }

// Ahead tells whether t is still to come.
func (c clock) Ahead(t time.Time) bool { return t.After(c.Now) }

// Stamp gives t for a machine: the datetime attribute, RFC 3339.
func (c clock) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Input gives t for a datetime-local field.
func (c clock) Input(t time.Time) string { return c.In(t).Format("2006-01-02T15:04") }

// Zone names the visitor's zone.
func (c clock) Zone() string { return zoneName(c.locale, c.Now) }

// age gives the translation key and count that tell how far t is from now,
// such as ("time.hours_ago", 3).
func (c clock) age(t time.Time) (key string, count int) {
	d, suffix := c.Now.Sub(t), "_ago"
	if d < 0 {
		d, suffix = -d, "_ahead"
	}
	switch {
	case d < time.Minute:
		return "time.now", 0
	case d < time.Hour:
		return "time.minutes" + suffix, int(d.Minutes())
	case d < 48*time.Hour:
		return "time.hours" + suffix, int(d.Hours())
	}
	return "time.days" + suffix, int(d.Hours() / 24)
}
