package web

import (
	"testing"
	"time"
)

func TestFailuresAreLoggedWithinBounds(t *testing.T) {
	t.Parallel()
	l, now := newFailures(), time.Date(2012, 8, 16, 4, 0, 0, 0, time.UTC)
	full, other := failure{"POST /api/v1/orders", 503}, failure{"GET /", 500}
	written := 0
	for range 20_000 {
		if leftOut, ok := l.admit(full, now); ok {
			written++
			if leftOut != 0 {
				t.Errorf("%d left out before the first", leftOut)
			}
		}
	}
	if written != 5 {
		t.Errorf("%d lines at once", written)
	}
	if _, ok := l.admit(other, now); !ok {
		t.Error("another failure is left out")
	}
	if leftOut, ok := l.admit(full, now.Add(time.Second)); !ok || leftOut != 19_995 {
		t.Errorf("a second later: %v, %d left out", ok, leftOut)
	}
	if leftOut, ok := l.admit(full, now.Add(time.Hour)); !ok || leftOut != 0 {
		t.Errorf("an hour later: %v, %d left out", ok, leftOut)
	}
}
