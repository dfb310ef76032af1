package connectors

import (
	"testing"
	"time"
)

func TestLimitEnd(t *testing.T) {
	t.Parallel()
	china := time.FixedZone("CST", 8*3600)
	noon := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC) // 20:00 in China
	for name, test := range map[string]struct {
		limit Limit
		now   time.Time
		want  time.Duration // after noon
	}{
		"from the first call":   {Limit{Span: 15 * time.Minute}, noon.Add(time.Minute), 16 * time.Minute},
		"the hour":              {Limit{Span: time.Hour, Zone: china}, noon.Add(time.Minute), time.Hour},
		"its beginning":         {Limit{Span: time.Hour, Zone: china}, noon, time.Hour},
		"the day there":         {Limit{Span: 24 * time.Hour, Zone: china}, noon, 4 * time.Hour},
		"before midnight there": {Limit{Span: 24 * time.Hour, Zone: china}, noon.Add(4*time.Hour - 1), 4 * time.Hour},
		"midnight there":        {Limit{Span: 24 * time.Hour, Zone: china}, noon.Add(4 * time.Hour), 28 * time.Hour},
	} {
		if got := test.limit.End(test.now); !got.Equal(noon.Add(test.want)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
