package web

import (
	"cmp"
	"fmt"
	"slices"
)

// bar is one bar of a chart: its share of the longest is an SVG length, so
// that it grows with the page and needs no style of its own.
type bar struct {
	Label   string
	Network string
	Value   int64
	Width   string // such as "42.5%"
}

// newBars gives the bars, longest first, measured against the longest.
func newBars(bars []bar) []bar {
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(b.Value, a.Value) })
	for i := range bars {
		bars[i].Width = "0%"
		if bars[0].Value > 0 {
			bars[i].Width = fmt.Sprintf("%.1f%%", 100*float64(bars[i].Value)/float64(bars[0].Value))
		}
	}
	return bars
}
