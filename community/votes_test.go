package community

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// standing gives the times of the votes that stand.
func (f *forum) standing(number int64) []time.Time {
	var times []time.Time
	err := f.db.Read(f.t.Context(), func(tx *storage.Tx) error {
		return tx.Model(&Vote{}).Where("idea = ? AND removed_at IS NULL", number).Order("cast_at").Pluck("cast_at", &times).Error
	})
	if err != nil {
		f.t.Error(err)
	}
	return times
}

func TestTwiceIsOnce(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		author, fan := f.person(accounts.Fan), f.person(accounts.Fan)
		number := f.idea(author, "A headphone jack").Number
		for _, step := range []struct {
			do    func() (int64, error)
			votes int64
			voted bool
		}{
			{func() (int64, error) { return f.Vote(t.Context(), fan, number) }, 2, true},
			{func() (int64, error) { return f.Vote(t.Context(), fan, number) }, 2, true},
			{func() (int64, error) { return f.Unvote(t.Context(), fan, number) }, 1, false},
			{func() (int64, error) { return f.Unvote(t.Context(), fan, number) }, 1, false},
			{func() (int64, error) { return f.Unvote(t.Context(), author, number) }, 0, false},
			{func() (int64, error) { return f.Vote(t.Context(), fan, number) }, 1, true},
		} {
			f.clock.Advance(time.Minute)
			votes, err := step.do()
			if err != nil || votes != step.votes {
				t.Errorf("%d votes and %v, want %d", votes, err, step.votes)
			}
			if idea := f.get(&fan, number); idea.Votes != step.votes || idea.Votes30d != step.votes || idea.Voted != step.voted {
				t.Errorf("stored %+v, want %d votes, voted %v", idea, step.votes, step.voted)
			}
		}
		if n := len(f.standing(number)); n != 1 {
			t.Errorf("%d votes stand", n)
		}
	})
}

func TestWhereVotingIsRefused(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, moderator, admin := f.person(accounts.Fan), f.person(accounts.Moderator), f.person(accounts.Admin)
		number := f.idea(fan, "A headphone jack").Number
		_, err := f.Vote(t.Context(), accounts.Actor{}, number)
		wants(t, err, fault.Unauthenticated, "a vote by nobody")
		_, err = f.Vote(t.Context(), fan, number+1)
		wants(t, err, fault.NotFound, "a vote for nothing")

		for _, status := range Statuses {
			_, err := f.SetStatus(t.Context(), admin, number, status, "")
			f.ok(err)
			want := fault.Kind("")
			if status == Completed || status == Declined {
				want = fault.Conflict
			}
			_, err = f.Vote(t.Context(), fan, number)
			wants(t, err, want, "a vote when "+string(status))
			_, err = f.Unvote(t.Context(), moderator, number)
			wants(t, err, want, "a vote taken back when "+string(status))
		}
		_, err = f.SetStatus(t.Context(), admin, number, Open, "")
		f.ok(err)
		f.ok(f.HideIdea(t.Context(), moderator, number, true))
		_, err = f.Unvote(t.Context(), fan, number)
		wants(t, err, fault.NotFound, "a fan and a hidden idea")
		_, err = f.Vote(t.Context(), moderator, number)
		wants(t, err, fault.Conflict, "a moderator and a hidden idea")
	})
}

func TestOnePersonInManyPlaces(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		author, fan := f.person(accounts.Fan), f.person(accounts.Fan)
		number := f.idea(author, "A headphone jack").Number
		_, err := f.Unvote(t.Context(), author, number)
		f.ok(err)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for range 4 {
					do := f.Vote
					if rand.IntN(2) == 0 {
						do = f.Unvote
					}
					if votes, err := do(t.Context(), fan, number); err != nil || votes < 0 || votes > 1 {
						t.Errorf("%d votes, %v", votes, err)
					}
				}
			})
		}
		wg.Wait()
		idea, rows := f.get(&fan, number), len(f.standing(number))
		if idea.Votes != int64(rows) || rows > 1 || idea.Voted != (rows == 1) {
			t.Errorf("counted %d, standing %d, voted %v", idea.Votes, rows, idea.Voted)
		}
	})
}

func TestManyPeopleAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		number := f.idea(f.person(accounts.Fan), "A headphone jack").Number
		var wg sync.WaitGroup
		for _, fan := range f.crowd(accounts.Fan, 199) {
			wg.Go(func() {
				if _, err := f.Vote(t.Context(), fan, number); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		idea, rows := f.get(nil, number), f.standing(number)
		if idea.Votes != 200 || idea.Votes30d != 200 || len(rows) != 200 {
			t.Errorf("counted %d and %d, standing %d", idea.Votes, idea.Votes30d, len(rows))
		}
		if want := trendOf(rows); math.Abs(idea.Trend-want) > 1e-9 {
			t.Errorf("trend %v, want %v", idea.Trend, want)
		}
	})
}

// TestCountersAreWhatTheRowsSay holds the counters that votes move one by one
// against counting anew, after any operations.
func TestCountersAreWhatTheRowsSay(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fans := f.crowd(accounts.Fan, 4)
		ctx := t.Context()
		rapid.Check(t, func(t *rapid.T) {
			f.clock.Advance(time.Hour) // no double clicks
			numbers := []int64{f.idea(fans[0], "A headphone jack").Number, f.idea(fans[1], "A dark mode at last").Number}
			for range rapid.IntRange(0, 12).Draw(t, "operations") {
				fan, number := rapid.SampledFrom(fans).Draw(t, "fan"), rapid.SampledFrom(numbers).Draw(t, "idea")
				var err error
				switch rapid.IntRange(0, 3).Draw(t, "operation") {
				case 0:
					f.clock.Advance(time.Duration(rapid.Int64Range(0, int64(40*24*time.Hour)).Draw(t, "later")))
				case 1:
					_, err = f.Unvote(ctx, fan, number)
				default:
					_, err = f.Vote(ctx, fan, number)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := f.recountRecentVotes(ctx); err != nil {
				t.Fatal(err)
			}
			for _, number := range numbers {
				idea, rows := f.get(nil, number), f.standing(number)
				recent := countAfter(rows, f.clock.Now().Add(-30*24*time.Hour))
				if idea.Votes != int64(len(rows)) || idea.Votes30d != recent || math.Abs(idea.Trend-trendOf(rows)) > 1e-9 {
					t.Fatalf("stored %d, %d, %v; the rows say %d, %d, %v",
						idea.Votes, idea.Votes30d, idea.Trend, len(rows), recent, trendOf(rows))
				}
			}
		})
	})
}

func TestVotesGrowOld(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		author, fan := f.person(accounts.Fan), f.person(accounts.Fan)
		number := f.idea(author, "A headphone jack").Number
		for _, step := range []struct {
			later time.Duration
			want  int64
		}{{30*24*time.Hour - time.Second, 1}, {time.Second, 0}} {
			f.clock.Advance(step.later)
			f.ok(f.recountRecentVotes(t.Context()))
			if got := f.get(nil, number).Votes30d; got != step.want {
				t.Errorf("%d recent votes at %v, want %d", got, f.clock.Now(), step.want)
			}
		}
		f.vote(number, fan)
		if got := f.get(nil, number); got.Votes != 2 || got.Votes30d != 1 {
			t.Errorf("%d votes, %d recent", got.Votes, got.Votes30d)
		}
	})
}
