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
		svg, err := chartFile("svg", reports.ByHour, series, time.UTC)
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
