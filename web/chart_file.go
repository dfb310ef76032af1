package web

import (
	"strconv"
	"time"

	"fanfare/campaigns/reports"

	"github.com/go-analyze/charts"
)

// chartFile draws orders over time for a slide: as svg or png. There are no
// words in it but figures and times: the library's font knows no Chinese.
func chartFile(format string, by reports.Interval, series []reports.SpanReport, zone *time.Location, now time.Time) ([]byte, error) {
	chart := newTimeChart(by, series, zone, now)
	values, labels := []float64{0}, []string{""}
	if len(chart.Spans) > 0 {
		values, labels = make([]float64, chart.Slots), make([]string, chart.Slots)
		for i := range labels {
			labels[i] = spanAfter(by, chart.Begin, i, zone).In(zone).Format(chartLabels[by])
		}
		for _, span := range chart.Spans {
			values[spansBetween(by, chart.Begin, span.At, zone)] = float64(span.Orders)
		}
	}
	theme := charts.GetTheme(charts.ThemeLight).WithSeriesColors([]charts.Color{{R: 66, G: 61, B: 54, A: 255}})
	painter := charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: 1600, Height: 600})
	option := charts.NewLineChartOptionWithData([][]float64{values})
	option.Theme = theme
	step := chartStep(chart.Most)
	lines := max(1, (chart.Most+step-1)/step)
	top := float64(lines * step)
	option.YAxis[0].Min, option.YAxis[0].Max, option.YAxis[0].LabelCount = new(float64), &top, int(lines)+1
	option.XAxis.Labels = labels
	option.XAxis.LabelCount = chartLabelCounts[by]
	option.XAxis.Title = chartDays(chart, zone)
	option.Symbol.Shape = charts.SymbolNone
	fill := true
	option.FillArea = &fill
	option.Legend.Show = new(bool)
	option.Padding = charts.NewBoxEqual(24)
	option.ValueFormatter = func(n float64) string { return strconv.FormatInt(int64(n), 10) }
	if err := painter.LineChart(option); err != nil {
		return nil, err
	}
	return painter.Bytes()
}

// chartStep is how far apart the lines of a chart are that has so many at the
// most: 1, 2 or 5 of some power of ten, and eight lines at the most. What is
// filled begins at nought, or its height would say nothing.
func chartStep(most int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, step := range []int64{power, 2 * power, 5 * power} {
			if most <= 8*step {
				return step
			}
		}
	}
}

var chartLabels = map[reports.Interval]string{
	reports.BySecond: "15:04:05", reports.ByMinute: "15:04", reports.ByHour: "2006-01-02 15:04", reports.ByDay: "2006-01-02",
}

// chartLabelCounts keep the labels apart, at the eighths of a chart or at its quarters.
var chartLabelCounts = map[reports.Interval]int{reports.BySecond: 9, reports.ByMinute: 9, reports.ByHour: 5, reports.ByDay: 9}

// chartDays tells of which days a chart is, and by whose clocks.
func chartDays(c timeChart, zone *time.Location) string {
	if len(c.Spans) == 0 {
		return ""
	}
	first, last := c.Begin.In(zone).Format(time.DateOnly), c.End.In(zone).Format(time.DateOnly)
	if first != last {
		first += " – " + last
	}
	return first + c.End.In(zone).Format(" (UTC-07:00)")
}
