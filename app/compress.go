package app

import (
	"math"
	"time"
)

// How short a rehearsal is when nobody chooses its speed: the span of its posts
// shrinks to rehearsalSpan, and gaps that stay as they are may add
// rehearsalGaps.
const (
	rehearsalSpan = 40 * time.Second
	rehearsalGaps = 20 * time.Second
	leastGap      = time.Second
)

// rehearsalSpeed gives the speed, a whole number, at which a span fits into a
// rehearsal; 1 for one that is short enough.
func rehearsalSpeed(span time.Duration) float64 {
	return max(1, math.Ceil(span.Seconds()/rehearsalSpan.Seconds()))
}

// compress gives instants, which are in order, on a faster clock that starts at
// start: the gaps between neighbours are divided by speed. What was together
// stays together. What was a second apart or less stays as far apart as it
// was, and no gap shrinks below a second, or below what lets all of them fit:
// posts must not meet that never would.
func compress(dues []time.Time, start time.Time, speed float64) []time.Time {
	least := leastGap
	if n := len(dues) - 1; n > 0 {
		least = min(least, rehearsalGaps/time.Duration(n))
	}
	shorter := make([]time.Time, len(dues))
	for i, due := range dues {
		if i == 0 {
			shorter[i] = start
			continue
		}
		gap := due.Sub(dues[i-1])
		shorter[i] = shorter[i-1].Add(min(gap, max(least, time.Duration(float64(gap)/speed))))
	}
	return shorter
}
