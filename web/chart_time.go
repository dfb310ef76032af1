package web

import (
	"fmt"
	"time"

	"fanfare/campaigns/reports"
)

// chartSpans is how many intervals a page shows one by one. The export has all.
const chartSpans = 600

// The box of a chart of time, in units of its own.
const chartWidth, chartHeight = 1000, 160

// timeChart is orders over time, as bars and as a table.
type timeChart struct {
	By    reports.Interval
	Spans []reports.SpanReport // those that are shown, in which anything came
	Bars  []timeBar
	Most  int64     // orders in the busiest interval
	Slots int       // intervals that it has room for, empty ones too
	Begin time.Time // of the first of them
	End   time.Time // the begin of the last
	All   int       // intervals in which anything came, shown or not
}

// timeBar is one bar, in the chart's box.
type timeBar struct {
	X, Y, Width, Height string
	Span                reports.SpanReport
}

// newTimeChart shows a series from its first interval on, or from before it where
// it would go on past now. Intervals in which nothing came are gaps: a bar stands
// where its time is.
func newTimeChart(by reports.Interval, series []reports.SpanReport, zone *time.Location, now time.Time) timeChart {
	chart := timeChart{By: by, All: len(series)}
	if len(series) == 0 {
		return chart
	}
	first, place := series[0].At, 0
	for _, span := range series {
		at := place
		if place = spansBetween(by, first, span.At, zone); place >= chartSpans {
			place = at
			break
		}
		chart.Spans = append(chart.Spans, span)
		chart.Most = max(chart.Most, span.Orders)
	}
	// A single bar is no wall; and eighths of a chart begin with an interval, so that
	// times can stand under it.
	chart.Slots = (max(place, 24)+7)/8*8 + 1
	ahead := 0
	for ahead < chart.Slots-1-place && spanAfter(by, first, chart.Slots-1-ahead, zone).After(now) {
		ahead++
	}
	chart.Begin = spanAfter(by, first, -ahead, zone)
	chart.End = spanAfter(by, first, chart.Slots-1-ahead, zone)
	wide := float64(chartWidth) / float64(chart.Slots)
	for _, span := range chart.Spans {
		tall := chartHeight * float64(span.Orders) / float64(max(1, chart.Most))
		chart.Bars = append(chart.Bars, timeBar{
			X: svgNumber(wide * float64(spansBetween(by, chart.Begin, span.At, zone))), Y: svgNumber(chartHeight - tall),
			Width: svgNumber(wide * 0.9), Height: svgNumber(tall), Span: span,
		})
	}
	return chart
}

var intervalLengths = map[reports.Interval]time.Duration{
	reports.BySecond: time.Second, reports.ByMinute: time.Minute, reports.ByHour: time.Hour,
}

// spansBetween counts the intervals from one begin to another. A day that the
// clocks make longer or shorter is one all the same.
func spansBetween(by reports.Interval, from, to time.Time, zone *time.Location) int {
	if by == reports.ByDay {
		return int(wallDay(to, zone).Sub(wallDay(from, zone)) / (24 * time.Hour))
	}
	return int(to.Sub(from) / intervalLengths[by])
}

// spanAfter gives the begin of the interval that comes n after another.
func spanAfter(by reports.Interval, from time.Time, n int, zone *time.Location) time.Time {
	if by == reports.ByDay {
		return from.In(zone).AddDate(0, 0, n)
	}
	return from.Add(time.Duration(n) * intervalLengths[by])
}

func wallDay(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func svgNumber(n float64) string { return fmt.Sprintf("%.2f", n) }

// More counts the intervals that the page leaves to the export.
func (c timeChart) More() int { return c.All - len(c.Spans) }

// SpanName shows an interval of a chart in the visitor's zone, as exactly as
// it is.
func (c clock) SpanName(by reports.Interval, at time.Time) string {
	switch by {
	case reports.ByDay:
		return c.Day(at)
	case reports.BySecond:
		return c.joined(c.Day(at), c.TimeExactly(at))
	}
	return c.joined(c.Day(at), c.Time(at))
}
