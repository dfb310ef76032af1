package web

import (
	"cmp"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
)

// reportOver is the part of a page that tells over time what came.
type reportOver struct {
	Path      string // of the page
	By        reports.Interval
	Intervals []reports.Interval
	Chart     timeChart
}

// reportQuery reads how finely a page or a file tells; as it fits, where nobody
// says. Days begin where the visitor is.
func (s *Server) reportQuery(c *gin.Context) reports.Query {
	return reports.Query{
		By: reports.Interval(cmp.Or(c.Query("by"), string(reports.Fitting))), Zone: s.zone(c),
	}
}

// zone is where the visitor is.
func (s *Server) zone(c *gin.Context) *time.Location {
	zone := ""
	if actor := actorOf(c.Request.Context()); actor != nil {
		zone = actor.TimeZone
	}
	return newClock(s.Now(), zone, s.locale(c)).Now.Location()
}

func newReportOver(path string, outcome reports.Outcome, query reports.Query, now time.Time) reportOver {
	by := shownInterval(outcome, query)
	return reportOver{
		Path: path, By: by, Intervals: reports.Intervals,
		Chart: newTimeChart(by, seriesOf(outcome), query.Zone, now),
	}
}

// shownInterval is by what an outcome tells over time.
func shownInterval(outcome reports.Outcome, query reports.Query) reports.Interval {
	switch {
	case query.By != reports.Fitting:
		return query.By
	case outcome.BySecond != nil:
		return reports.BySecond
	}
	return reports.ByMinute
}

// seriesOf gives what a report tells over time, whatever the interval.
func seriesOf(outcome reports.Outcome) []reports.SpanReport {
	if outcome.BySecond != nil {
		return outcome.BySecond
	}
	return outcome.Series
}

// funnel is the way from click to revenue, with a rate at each step.
type funnel struct {
	reports.Counts
	Conversion float64 // orders of clicks; 0 where orders came without
	Each       float64 // units an order
	Averages   []orders.Money
	OnSale     int64 // units; 0 leaves them out
	Currency   string
}

// newFunnel takes units for a post too: onSale is 0 then.
func newFunnel(c reports.Counts, onSale int64, currency string) funnel {
	f := funnel{Counts: c, OnSale: onSale, Currency: currency}
	if c.Orders == 0 {
		return f
	}
	f.Each = float64(c.Units) / float64(c.Orders)
	if c.Clicks >= c.Orders {
		f.Conversion = float64(c.Orders) / float64(c.Clicks)
	}
	if len(c.Revenue) == 1 { // which order was in which currency is not kept
		f.Averages = []orders.Money{{Currency: c.Revenue[0].Currency, Total: c.Revenue[0].Total / c.Orders}}
	}
	return f
}
