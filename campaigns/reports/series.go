package reports

import (
	"fmt"
	"time"

	"fanfare/campaigns"
	"fanfare/fault"
	"fanfare/storage"
)

// Interval is how finely a report tells when things came.
type Interval string

// The intervals. Without one a report tells its sums alone. Fitting is by
// minute; and by second where all came within two minutes, as in a drop.
const (
	BySecond Interval = "second"
	ByMinute Interval = "minute"
	ByHour   Interval = "hour"
	ByDay    Interval = "day"
	Fitting  Interval = "fitting"
)

// Intervals are those that can be asked for by name, from fine to coarse.
var Intervals = []Interval{BySecond, ByMinute, ByHour, ByDay}

// reportWindows is how long a time a report tells by each interval: some ten
// thousand rows at the most, which either database adds up within 50 ms.
var reportWindows = map[Interval]time.Duration{
	BySecond: 3 * time.Hour,
	ByMinute: 7 * 24 * time.Hour,
	Fitting:  7 * 24 * time.Hour,
	ByHour:   366 * 24 * time.Hour,
	ByDay:    10 * 366 * 24 * time.Hour,
}

// Query says what a report is to tell besides its sums.
type Query struct {
	By   Interval       // "" for the sums alone
	From time.Time      // zero: an hour before the sale opens, by hour and day when the campaign was made; see Query.latest
	To   time.Time      // exclusive; zero: as long after From as the interval allows
	Zone *time.Location // in which days begin; nil is UTC
}

// clean checks the query and puts in what is left out. from and to come out
// as the begin of the first interval and the end of the last.
func (q Query) clean(campaign campaigns.Campaign, sale campaigns.Sale) (Query, error) {
	window, known := reportWindows[q.By]
	var wrong fault.Fields
	if !known {
		wrong.Add("by", "report.interval", "A report comes by second, minute, hour or day.", string(q.By), nil)
		return q, wrong.Err()
	}
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	if q.From.IsZero() {
		q.From = sale.OpensAt.Add(-earlyOrders)
		if q.By == ByHour || q.By == ByDay {
			q.From = campaign.CreatedAt
		}
	}
	if q.To.IsZero() {
		q.To = q.From.Add(window)
	}
	switch {
	case !q.To.After(q.From):
		wrong.Add("to", "report.to_early", "The end must come after the beginning.", q.To, nil)
	case q.To.Sub(q.From) > window:
		hours := int64(window / time.Hour)
		wrong.Add("to", "report.to_late", fmt.Sprintf("By %s a report tells of %d hours at the most.", q.By, hours), q.To, fault.Args{"Hours": hours})
	}
	q.From = q.begin(q.From)
	q.To = q.end(q.To.Add(-1))
	return q, wrong.Err()
}

// begin gives when the interval with t in it begins.
func (q Query) begin(t time.Time) time.Time {
	switch q.By {
	case ByDay:
		year, month, day := t.In(q.Zone).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, q.Zone).UTC()
	case ByHour:
		return t.UTC().Truncate(time.Hour)
	case ByMinute, Fitting:
		return t.UTC().Truncate(time.Minute)
	}
	return t.UTC().Truncate(time.Second)
}

// end gives when the interval with t in it is over.
func (q Query) end(t time.Time) time.Time {
	switch q.By {
	case ByDay:
		year, month, day := t.In(q.Zone).Date()
		return time.Date(year, month, day+1, 0, 0, 0, 0, q.Zone).UTC()
	case ByHour:
		return q.begin(t).Add(time.Hour)
	case ByMinute, Fitting:
		return q.begin(t).Add(time.Minute)
	}
	return q.begin(t).Add(time.Second)
}

// span is that of the counts to read. Where days do not begin with an hour of
// UTC, as in India, they are made of minutes.
func (q Query) span() int64 {
	switch q.By {
	case ByDay:
		if q.From.Unix()%hour != 0 || q.To.Unix()%hour != 0 {
			return minute
		}
		return hour
	case ByHour:
		return hour
	case ByMinute, Fitting:
		return minute
	}
	return second
}

// addSeries puts in what a query asks for besides the sums: when clicks and
// orders came. What was cancelled or given back later is missing where its
// order came.
func (o *Outcome) addSeries(tx *storage.Tx, in scope, q Query) error {
	if q.By == "" {
		return nil
	}
	campaign, sale, err := campaignAndSale(tx, in.campaignID)
	if err != nil {
		return err
	}
	unasked := q.From.IsZero() && q.To.IsZero()
	if q, err = q.clean(campaign, sale); err != nil {
		return err
	}
	series, err := reportSeries(tx, in, q, o.Revenue)
	if err == nil && unasked && len(series) == 0 {
		if q, err = q.latest(tx, in); err != nil {
			return err
		}
		series, err = reportSeries(tx, in, q, o.Revenue)
	}
	if n := len(series); q.By == Fitting && n > 0 && series[n-1].At.Sub(series[0].At) <= time.Minute {
		q.By, q.From, q.To = BySecond, series[0].At, series[n-1].At.Add(time.Minute)
		series, err = reportSeries(tx, in, q, o.Revenue)
	}
	if q.By == BySecond {
		o.BySecond = series
	} else {
		o.Series = series
	}
	return err
}

// latest moves a query to when something came last: nothing may have come around
// the opening of the sale, as when it takes pre-orders or stays open for weeks.
func (q Query) latest(tx *storage.Tx, in scope) (Query, error) {
	var orders, clicks *int64
	where, args := in.orders()
	err := tx.Raw("SELECT MAX(at) FROM order_counts WHERE "+where+" AND span = ? AND orders > 0", append(args, hour)...).Scan(&orders).Error
	if err != nil {
		return q, err
	}
	where, args = in.links()
	err = tx.Raw("SELECT MAX(at) FROM click_counts WHERE link_id IN (SELECT id FROM links WHERE "+where+") AND span = ?", append(args, hour)...).Scan(&clicks).Error
	if err != nil || orders == nil && clicks == nil {
		return q, err
	}
	last := orders
	if last == nil || clicks != nil && *clicks > *last {
		last = clicks
	}
	q.To = q.end(time.Unix(*last+hour-1, 0))
	q.From = q.begin(q.To.Add(-reportWindows[q.By]))
	return q, nil
}
