package accounts

import (
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)

func TestAttemptsOfOneEmail(t *testing.T) {
	t.Parallel()
	a := newAttempts(guesses)
	for i := range guesses.perEmail {
		if wait := a.begin("a", noon.Add(time.Duration(i)*time.Minute)); wait != 0 {
			t.Fatalf("attempt %d waits %v", i, wait)
		}
	}
	if wait := a.begin("a", noon.Add(10*time.Minute)); wait != 5*time.Minute {
		t.Errorf("waits %v, want 5m", wait)
	}
	if wait := a.begin("b", noon.Add(10*time.Minute)); wait != 0 {
		t.Errorf("somebody else waits %v", wait)
	}
	if wait := a.begin("a", noon.Add(guesses.emailWindow)); wait != 0 {
		t.Errorf("after the window: waits %v", wait)
	}
	if wait := a.begin("a", noon.Add(-24*time.Hour)); wait != 0 {
		t.Errorf("after the clock was set back: waits %v", wait)
	}
}

func TestAttemptsTakenBackOrForgiven(t *testing.T) {
	t.Parallel()
	a := newAttempts(guesses)
	for range guesses.perEmail - 1 {
		a.begin("a", noon)
	}
	for range 3 * guesses.perEmail { // no answer: neither counted nor forgiven
		if wait := a.begin("a", noon); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
		a.takeBack("a")
	}
	a.begin("a", noon)
	if wait := a.begin("a", noon); wait != guesses.emailWindow {
		t.Errorf("waits %v", wait)
	}
	a.succeeded("a")
	if wait := a.begin("a", noon); wait != 0 {
		t.Errorf("after a success: waits %v", wait)
	}
}

func TestAttemptsOverall(t *testing.T) {
	t.Parallel()
	a := newAttempts(guesses)
	for i := range guesses.overall {
		if wait := a.begin(fmt.Sprint(i), noon); wait != 0 {
			t.Fatalf("attempt %d waits %v", i, wait)
		}
	}
	if wait := a.begin("one more", noon.Add(10*time.Second)); wait != 50*time.Second {
		t.Errorf("waits %v, want 50s", wait)
	}
	if len(a.byEmail) != guesses.overall {
		t.Errorf("%d emails are remembered: refused ones cost memory", len(a.byEmail))
	}
	if wait := a.begin("one more", noon.Add(guesses.emailWindow)); wait != 0 || len(a.byEmail) != 1 {
		t.Errorf("waits %v; %d emails are remembered after their window", wait, len(a.byEmail))
	}
}
