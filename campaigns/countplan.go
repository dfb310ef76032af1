package campaigns

import "time"

// countMarks are the ages at which a post is asked for its figures. They are
// few: X charges for each post read, and Weibo counts the calls of a day.
var countMarks = []time.Duration{
	15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour,
}

// nextCount gives the first mark after now of a post published at published;
// nil when there is none left.
func nextCount(published, now time.Time) *time.Time {
	for _, mark := range countMarks {
		if next := published.Add(mark); next.After(now) {
			return at(next)
		}
	}
	return nil
}
