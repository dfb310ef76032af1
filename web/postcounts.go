package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fanfare/campaigns/reports"
	"fanfare/connectors"
)

// postFigures is how a published delivery does, as its network tells everybody.
type postFigures struct {
	At     time.Time // of the latest
	Latest []figure
	Rows   []figureRow // oldest first, with the same columns as Latest
	Curve  string      // points of an SVG polyline, 100 wide and 24 high; "" for less than two
}

// figure is one count. Key names it.
type figure struct {
	Key   string
	Value int64
	Told  bool // by the network
}

type figureRow struct {
	At      time.Time
	Figures []figure
}

func figuresOf(c connectors.PostCounts) (figures []figure) {
	for _, f := range []struct {
		key   string
		value *int64
	}{
		{"post_page.impressions", c.Impressions}, {"post_page.likes", c.Likes}, {"post_page.reposts", c.Reposts},
		{"post_page.replies", c.Replies}, {"post_page.quotes", c.Quotes}, {"post_page.bookmarks", c.Bookmarks},
	} {
		shown := figure{Key: f.key, Told: f.value != nil}
		if shown.Told {
			shown.Value = *f.value
		}
		figures = append(figures, shown)
	}
	return figures
}

// newPostFigures shows the figures that the latest answer has; nil without one.
func newPostFigures(series []reports.CountAt) *postFigures {
	if len(series) == 0 {
		return nil
	}
	latest := series[len(series)-1]
	f := &postFigures{At: latest.At, Rows: make([]figureRow, len(series))}
	for column, figure := range figuresOf(latest.PostCounts) {
		if !figure.Told {
			continue
		}
		f.Latest = append(f.Latest, figure)
		for i, at := range series {
			f.Rows[i].At = at.At
			f.Rows[i].Figures = append(f.Rows[i].Figures, figuresOf(at.PostCounts)[column])
		}
	}
	f.Curve = likesCurve(series)
	return f
}

// likesCurve draws the likes over time, from the first answer to the latest.
func likesCurve(series []reports.CountAt) string {
	var points []string
	first, last := series[0], series[len(series)-1]
	span := last.At.Sub(first.At).Seconds()
	if span <= 0 || last.Likes == nil || *last.Likes == 0 {
		return ""
	}
	for _, at := range series {
		if at.Likes != nil {
			x := 100 * at.At.Sub(first.At).Seconds() / span
			y := 23 - 22*min(float64(*at.Likes)/float64(*last.Likes), 1)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
		}
	}
	return strings.Join(points, " ")
}

// addFigures gives the deliveries of a page their figures.
func (s *Server) addFigures(ctx context.Context, page *postPage) error {
	metrics, err := s.Reports.PostMetrics(ctx, page.Post.ID)
	for _, m := range metrics {
		for i, d := range page.Deliveries {
			if d.ID == m.DeliveryID {
				page.Deliveries[i].Figures = newPostFigures(m.Series)
			}
		}
	}
	return err
}
