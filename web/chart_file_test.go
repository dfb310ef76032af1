package web

import (
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"fanfare/campaigns/reports"
)

var chartFigure = regexp.MustCompile(`>(\d+)</text>`)

// TestChartFilesBeginAtNought: an area says by its height how much there is.
func TestChartFilesBeginAtNought(t *testing.T) {
	t.Parallel()
	for _, most := range []int64{1, 2, 3, 8, 9, 12, 56, 201_600} {
		var series []reports.SpanReport
		for n := range int64(24) {
			series = append(series, reports.SpanReport{At: time.Unix(3600*n, 0), Counts: reports.Counts{Orders: max(1, most-n%2)}})
		}
		svg, err := chartFile("svg", reports.ByHour, series, time.UTC, time.Unix(3600*24, 0))
		if err != nil {
			t.Fatal(err)
		}
		var figures []int64
		for _, found := range chartFigure.FindAllSubmatch(svg, -1) {
			n, _ := strconv.ParseInt(string(found[1]), 10, 64)
			figures = append(figures, n)
		}
		slices.Sort(figures)
		if len(figures) < 2 || figures[0] != 0 || figures[len(figures)-1] < most || len(slices.Compact(slices.Clone(figures))) != len(figures) {
			t.Errorf("up to %d: %v", most, figures)
		}
	}
}

// A chart of a few intervals is filled up with those before rather than with those
// to come: nobody has bought tomorrow.
func TestChartsEndNow(t *testing.T) {
	t.Parallel()
	begin := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	series := []reports.SpanReport{{At: begin, Counts: reports.Counts{Orders: 1}}, {At: begin.Add(3 * time.Hour), Counts: reports.Counts{Orders: 2}}}
	for _, c := range []struct{ later, before, after int }{{3, 21, 3}, {5, 19, 5}, {24, 0, 24}, {100, 0, 24}} {
		chart := newTimeChart(reports.ByHour, series, time.UTC, begin.Add(time.Duration(c.later)*time.Hour+time.Minute))
		if want := begin.Add(-time.Duration(c.before) * time.Hour); !chart.Begin.Equal(want) || !chart.End.Equal(begin.Add(time.Duration(c.after)*time.Hour)) || chart.Slots != 25 {
			t.Errorf("%d hours later: from %v to %v", c.later, chart.Begin, chart.End)
		}
		if wide := float64(chartWidth) / 25; chart.Bars[1].X != svgNumber(wide*float64(c.before+3)) {
			t.Errorf("%d hours later: the second bar at %s", c.later, chart.Bars[1].X)
		}
	}
}
