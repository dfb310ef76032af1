package app

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCompress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		noon := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
		offsets := rapid.SliceOfN(rapid.Int64Range(0, int64(90*24*time.Hour)), 1, 300).Draw(rt, "dues")
		slices.Sort(offsets)
		var dues []time.Time
		for _, offset := range offsets {
			dues = append(dues, noon.Add(time.Duration(offset)))
		}
		span := dues[len(dues)-1].Sub(dues[0])
		start := noon.AddDate(1, 0, 0)
		got := compress(dues, start, rehearsalSpeed(span))
		if !got[0].Equal(start) {
			rt.Fatalf("it starts %s", got[0])
		}
		for i := range got[1:] {
			was, is := dues[i+1].Sub(dues[i]), got[i+1].Sub(got[i])
			if is < 0 || is > was || was > 0 && is == 0 {
				rt.Fatalf("a gap of %s became %s", was, is)
			}
		}
		if whole := got[len(got)-1].Sub(start); whole > rehearsalSpan+rehearsalGaps+time.Second {
			rt.Fatalf("it takes %s", whole)
		}
	})
}

func TestCompressKeepsShortGaps(t *testing.T) {
	t.Parallel()
	noon := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	after := func(d time.Duration) time.Time { return noon.Add(d) }
	got := compress([]time.Time{noon, noon, after(200 * time.Millisecond), after(2 * time.Second), after(time.Hour)}, noon, 60)
	want := []time.Time{noon, noon, after(200 * time.Millisecond), after(1200 * time.Millisecond), after(1200*time.Millisecond + (time.Hour-2*time.Second)/60)}
	for i := range want {
		if got[i].Sub(want[i]).Abs() > time.Microsecond {
			t.Errorf("instant %d is %s, want %s", i, got[i], want[i])
		}
	}
}
