package community

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// formulaVersion changes whenever a formula below gives other numbers, so that
// two exports can be told apart.
const formulaVersion = "1"

const (
	// recentVotes is how long a vote or a comment is recent.
	recentVotes = 30 * 24 * time.Hour
	// trendDoubling is how much later a vote must be cast to weigh twice as much.
	trendDoubling = 14 * 24 * time.Hour
	// noTrend is the trend of an idea without votes: the logarithm of zero, as
	// far as a column can hold it and indexes can order it. Real trends lie
	// within some thousands.
	noTrend = -1e9
	// youngest is the least age that rates are taken over; else the first vote
	// in the first minute would make the highest rate of all.
	youngest = 7 * 24 * time.Hour
	// z95 is the standard normal quantile of a two-sided interval of 95 %.
	z95 = 1.96
)

// tally is what is counted of one idea as of an instant.
type tally struct {
	Number      int64
	CreatedAt   time.Time
	Votes       int64 // that stand
	Votes30d    int64 `gorm:"column:votes_30d"` // of them, those of the last 30 days
	Comments    int64 // that are not hidden
	Comments30d int64 `gorm:"-"`
	Trend       float64
}

// score is what a formula makes of a tally. Bounds are there where the formula
// is an estimate.
type score struct {
	raw   float64 // before any correction
	value float64 // what orders
	lower *float64
	upper *float64
}

// score applies the formula of the sort.
func (t tally) score(sort Sort, asOf time.Time) score {
	switch sort {
	case Trending:
		return exact(t.Trend)
	case Rate:
		return voteRate(t.Votes, asOf.Sub(t.CreatedAt))
	case Recent:
		return exact(float64(t.CreatedAt.Unix()))
	case Discussed:
		return exact(float64(t.Comments))
	case Fider:
		return exact(fiderScore(t.Votes30d, t.Comments30d, asOf.Sub(t.CreatedAt)))
	}
	return exact(float64(t.Votes))
}

func exact(v float64) score { return score{raw: v, value: v} }

// scored is a tally with its score.
type scored struct {
	tally
	score
}

// rank orders tallies by a sort.
func rank(tallies []tally, sort Sort, asOf time.Time) []scored {
	ranked := make([]scored, len(tallies))
	for i, t := range tallies {
		ranked[i] = scored{t, t.score(sort, asOf)}
	}
	slices.SortFunc(ranked, func(a, b scored) int { return compare(sort, a.tally, b.tally, a.score, b.score) })
	return ranked
}

// compare orders two scored tallies, the higher ranked first. It is a total
// order: no two ideas have one number.
//
//	top:       votes, then votes of the last 30 days, then older first
//	trending:  trend
//	rate:      lower bound of the rate
//	recent:    newer first
//	discussed: comments, then votes
//	fider:     Fider's score
//
// and then by number, for recent the higher first.
func compare(sort Sort, a, b tally, sa, sb score) int {
	byNumber := cmp.Compare(a.Number, b.Number)
	switch sort {
	case Trending, Rate, Fider:
		return cmp.Or(cmp.Compare(sb.value, sa.value), byNumber)
	case Recent:
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), -byNumber)
	case Discussed:
		return cmp.Or(cmp.Compare(b.Comments, a.Comments), cmp.Compare(b.Votes, a.Votes), byNumber)
	}
	return cmp.Or(cmp.Compare(b.Votes, a.Votes), cmp.Compare(b.Votes30d, a.Votes30d),
		a.CreatedAt.Compare(b.CreatedAt), byNumber)
}

// addToTrend gives the trend with one more vote, cast at an instant.
//
// The trend is log2 Σ 2^(t/14 d) over the votes that stand, t counted from
// 1970: exponential decay of votes with a doubling time of 14 days, kept as a
// logarithm that only a vote moves. All ideas lose by the same factor as time
// goes by, so their order does not depend on the clock and an index can hold
// it. See Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay: A Practical
// Time Decay Model for Streaming Systems", ICDE 2009.
//
// The sum is taken as log2(2^a + 2^b) = a + log2(1 + 2^(b-a)), a ≥ b: no power
// overflows.
func addToTrend(trend float64, at time.Time) float64 {
	vote := float64(at.UnixMicro()) / float64(trendDoubling.Microseconds())
	high, low := max(trend, vote), min(trend, vote)
	return high + math.Log1p(math.Exp2(low-high))/math.Ln2
}

// trendOf gives the trend of the votes cast at times, noTrend for none.
func trendOf(times []time.Time) float64 {
	trend := float64(noTrend)
	for _, at := range times {
		trend = addToTrend(trend, at)
	}
	return trend
}

// voteRate estimates the votes a day over the age of an idea, at least seven
// days. It is ordered by the lower bound: what can be said with confidence,
// so that few votes do not make a high rate. Votes are taken to be Poisson
// distributed, and the 95 % limits are Byar's, as in Breslow and Day,
// "Statistical Methods in Cancer Research II", IARC 1987, equations 2.13:
//
//	lower = v/T · (1 − 1/(9v) − z/(3√v))³, 0 when v = 0
//	upper = (v+1)/T · (1 − 1/(9(v+1)) + z/(3√(v+1)))³
func voteRate(votes int64, age time.Duration) score {
	days := max(age, youngest).Hours() / 24
	v := float64(votes)
	lower, upper := 0.0, byar(v+1, z95)/days
	if votes > 0 {
		lower = byar(v, -z95) / days
	}
	return score{raw: v / days, value: lower, lower: &lower, upper: &upper}
}

// byar gives Byar's limit of a Poisson count, z standard deviations away.
func byar(v, z float64) float64 {
	return v * math.Pow(1-1/(9*v)+z/(3*math.Sqrt(v)), 3)
}

// fiderScore is how Fider orders by default:
//
//	(5·votes + 3·comments − 1) / (age in hours + 2)^1.4
//
// with those of the last 30 days; app/services/sqlstore/postgres/common.go of
// github.com/getfider/fider, and before it Hacker News.
func fiderScore(votes30d, comments30d int64, age time.Duration) float64 {
	return float64(5*votes30d+3*comments30d-1) / math.Pow(max(age, 0).Hours()+2, 1.4)
}

// countAfter counts the times after an instant.
func countAfter(times []time.Time, after time.Time) (n int64) {
	for _, t := range times {
		if t.After(after) {
			n++
		}
	}
	return n
}
