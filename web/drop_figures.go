package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
)

// dropFigures is a drop as the projector shows it.
type dropFigures struct {
	reports.Drop
	Days       int    // until the sale opens, when it is far away; else 0
	Countdown  string // until the sale opens, such as 00:04:12; "" once it does
	Conversion float64
	Lost       float64 // unattributed orders of all
	Rate, Most int64   // orders in the latest second, and in the busiest
	Past       bool    // the curve is of five minutes that are over
	Line, Area string  // the curve, as SVG paths in a box of dropBox
	Networks   []dropPart
	Posts      []dropPart
	More       int // posts that are not shown
}

// dropPart is what a network or a post brought, with its share of the orders.
type dropPart struct {
	reports.DropPart
	Share float64
}

// The box of the curve, in units of its own, and how many posts there is room
// for.
const (
	dropWidth, dropHeight = 1000, 200
	dropPosts             = 4
)

func newDropFigures(d reports.Drop) dropFigures {
	f := dropFigures{
		Drop: d, Rate: d.PerSecond[len(d.PerSecond)-1], Most: slices.Max(d.PerSecond),
		Networks: dropParts(d.Networks, d.Orders), Posts: dropParts(d.Posts, d.Orders),
	}
	if f.Past = d.Until.Before(d.At.Truncate(time.Second)); f.Past {
		f.Rate = 0
	}
	if i := slices.IndexFunc(d.Revenue, func(m orders.Money) bool { return m.Currency == d.Sale.Currency }); i > 0 {
		f.Revenue = slices.Insert(slices.Delete(slices.Clone(d.Revenue), i, i+1), 0, d.Revenue[i]) // its own before others
	}
	if left := d.Sale.OpensAt.Sub(d.At); left > 0 {
		// Rounded up: at zero it is open.
		f.Countdown, f.Days = countdown((left + time.Second - 1).Truncate(time.Second)), int(left/(24*time.Hour))
		if f.Days < 2 {
			f.Days = 0
		}
	}
	if d.Clicks >= d.Orders && d.Orders > 0 {
		f.Conversion = float64(d.Orders) / float64(d.Clicks)
	}
	if all := d.Orders + d.Unattributed; all > 0 {
		f.Lost = float64(d.Unattributed) / float64(all)
	}
	if len(f.Posts) > dropPosts {
		f.Posts, f.More = f.Posts[:dropPosts], len(f.Posts)-dropPosts
	}
	f.Line, f.Area = curve(d.PerSecond)
	return f
}

// countdown writes hours, minutes and seconds, as a clock does.
func countdown(left time.Duration) string {
	seconds := int(left / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

func dropParts(parts []reports.DropPart, orders int64) []dropPart {
	list := make([]dropPart, len(parts))
	for i, p := range parts {
		list[i].DropPart = p
		if orders > 0 {
			list[i].Share = float64(p.Orders) / float64(orders)
		}
	}
	return list
}

// curve draws values, measured against the largest, as a line and as the area
// under it.
func curve(values []int64) (line, area string) {
	most := max(1, slices.Max(values))
	var path strings.Builder
	for i, v := range values {
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&path, "%c%.1f %.1f", command, float64(i)*dropWidth/float64(max(1, len(values)-1)), dropHeight*(1-float64(v)/float64(most)))
	}
	line = path.String()
	return line, fmt.Sprintf("%sL%d %dL0 %dZ", line, dropWidth, dropHeight, dropHeight)
}

// Size tells how long the great figure is, for the size of its letters.
func (f dropFigures) Size() string {
	switch {
	case f.Orders >= 1_000_000:
		return "longer"
	case f.Countdown != "" && f.Days == 0, f.Orders >= 100_000:
		return "long"
	}
	return "short"
}
