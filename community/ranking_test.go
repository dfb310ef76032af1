package community

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const day = 24 * time.Hour

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-4 {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestVoteRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		votes             int64
		age               time.Duration
		raw, lower, upper float64
	}{
		// 10·(1 − 1/90 − 1.96/(3√10))³ = 10·0.782287³ = 4.7873
		// 11·(1 − 1/99 + 1.96/(3√11))³ = 11·1.186889³ = 18.3914
		{10, 10 * day, 1, 0.47873, 1.83914},
		{10, day, 10.0 / 7, 4.7873 / 7, 18.3914 / 7}, // younger than a week counts as a week
		// 1·(1 − 1/9 − 1.96/3)³ = 0.235556³ = 0.013070; 2·(1 − 1/18 + 1.96/(3√2))³ = 2·1.406421³ = 5.56382
		{1, 7 * day, 1.0 / 7, 0.013070 / 7, 5.56382 / 7},
		// 1·(1 − 1/9 + 1.96/3)³ = 1.542222³ = 3.66812
		{0, 100 * day, 0, 0, 0.0366812},
	} {
		got := voteRate(c.votes, c.age)
		near(t, "raw", got.raw, c.raw)
		near(t, "lower", *got.lower, c.lower)
		near(t, "upper", *got.upper, c.upper)
		if got.value != *got.lower {
			t.Errorf("ordered by %v, not by the lower bound", got.value)
		}
	}
}

func TestVoteRateHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		votes := rapid.Int64Range(0, 1e7).Draw(t, "votes")
		age := time.Duration(rapid.Int64Range(-int64(day), int64(20*365*day)).Draw(t, "age"))
		s := voteRate(votes, age)
		if !(0 <= *s.lower && *s.lower <= s.raw && s.raw <= *s.upper) {
			t.Fatalf("bounds %v and %v around %v", *s.lower, *s.upper, s.raw)
		}
		if more := voteRate(votes+1, age); more.value <= s.value {
			t.Fatalf("one more vote lowers %v to %v", s.value, more.value)
		}
		if older := voteRate(votes, age+day); older.value > s.value {
			t.Fatalf("age raises %v to %v", s.value, older.value)
		}
	})
}

func TestTrend(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0).Add(140 * day) // ten doublings
	near(t, "no vote", trendOf(nil), noTrend)
	near(t, "one vote", trendOf([]time.Time{at}), 10)
	near(t, "two votes", trendOf([]time.Time{at, at}), 11)
	near(t, "1024 + 2048", trendOf([]time.Time{at, at.Add(14 * day)}), math.Log2(3072))
	old := slices.Repeat([]time.Time{at}, 1000)
	if trendOf(old) <= trendOf([]time.Time{at.Add(9 * 14 * day)}) || trendOf(old) >= trendOf([]time.Time{at.Add(10 * 14 * day)}) {
		t.Error("1000 votes do not outweigh one of 9 doublings later, or outweigh one of 10")
	}
}

// TestTrendOrdersAsDecayDoes holds the stored trend against what it stands
// for: votes that lose half their weight every 14 days, at any time of looking.
func TestTrendOrdersAsDecayDoes(t *testing.T) {
	t.Parallel()
	start := time.Date(2012, 8, 16, 0, 0, 0, 0, time.UTC)
	votes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Time {
		return start.Add(time.Duration(rapid.IntRange(0, 365*24).Draw(t, "hour")) * time.Hour)
	}), 1, 30)
	decayed := func(times []time.Time, now time.Time) (sum float64) {
		for _, at := range times {
			sum += math.Exp2(-float64(now.Sub(at)) / float64(14*day))
		}
		return sum
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := votes.Draw(t, "a"), votes.Draw(t, "b")
		trendA, trendB := trendOf(a), trendOf(b)
		for range 3 {
			now := start.Add(365*day + time.Duration(rapid.IntRange(0, 1000).Draw(t, "days later"))*day)
			difference := math.Log2(decayed(a, now)) - math.Log2(decayed(b, now))
			if math.Abs(difference-(trendA-trendB)) > 1e-6 {
				t.Fatalf("at %v the decayed votes differ by %v, the trends by %v", now, difference, trendA-trendB)
			}
		}
		slices.Reverse(a)
		if math.Abs(trendOf(a)-trendA) > 1e-9 {
			t.Fatal("the order of votes matters")
		}
	})
}

func TestFiderScore(t *testing.T) {
	t.Parallel()
	near(t, "fresh with one vote", fiderScore(1, 0, 0), 4/math.Pow(2, 1.4))         // 1.5157
	near(t, "8 hours, 4 votes, 3 comments", fiderScore(4, 3, 8*time.Hour), 1.11468) // 28 / 10^1.4
	near(t, "forgotten", fiderScore(0, 0, 98*time.Hour), -0.0015849)                // −1 / 100^1.4
	near(t, "from the future", fiderScore(1, 0, -5*time.Hour), 4/math.Pow(2, 1.4))
}

// TestEverySortIsATotalOrder: two ideas never tie, and no three go round.
func TestEverySortIsATotalOrder(t *testing.T) {
	t.Parallel()
	now := time.Date(2012, 8, 16, 0, 0, 0, 0, time.UTC)
	few := rapid.Int64Range(0, 2)
	rapid.Check(t, func(t *rapid.T) {
		sort := rapid.SampledFrom(Sorts).Draw(t, "sort")
		tallies := make([]tally, 3)
		scores := make([]score, 3)
		for i := range tallies {
			tallies[i] = tally{
				Number: int64(i + 1), CreatedAt: now.Add(-time.Duration(few.Draw(t, "age")) * 10 * day),
				Votes: few.Draw(t, "votes"), Votes30d: few.Draw(t, "recent"),
				Comments: few.Draw(t, "comments"), Comments30d: few.Draw(t, "recent"), Trend: float64(few.Draw(t, "trend")),
			}
			scores[i] = tallies[i].score(sort, now)
		}
		order := func(i, j int) int { return compare(sort, tallies[i], tallies[j], scores[i], scores[j]) }
		for i := range 3 {
			for j := range 3 {
				if order(i, j) != -order(j, i) || (order(i, j) == 0) != (i == j) {
					t.Fatalf("%d and %d compare as %d and %d", i, j, order(i, j), order(j, i))
				}
			}
		}
		if order(0, 1) == order(1, 2) && order(1, 2) == order(2, 0) {
			t.Fatal("they go round")
		}
	})
}
