package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/connectors"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

var publishOnly = []connectors.Call{connectors.CallPublish}

// meter is a network's own count: so many calls in a window that begins with
// its first call, or lies on the clock. It says where it stands with each
// answer, if it says anything.
type meter struct {
	limit   connectors.Limit
	silent  bool
	cutOff  time.Duration // what its word adds to the end of the window
	end     time.Time
	used    int
	refused int
}

func (m *meter) call(now time.Time) (told []connectors.Standing, ok bool) {
	if !now.Before(m.end) {
		m.end, m.used = m.limit.End(now), 0
	}
	ok = m.used < m.limit.Most
	if ok {
		m.used++
	} else {
		m.refused++
	}
	if !m.silent {
		told = []connectors.Standing{{Limit: m.limit.Name, Most: m.limit.Most, Left: m.limit.Most - m.used, ResetsAt: m.end.Add(m.cutOff)}}
	}
	return told, ok
}

// TestNeverMoreCallsThanTheLimit: whatever the order of claims, calls, answers,
// lost workers and new windows, no call is sent only to be refused.
func TestNeverMoreCallsThanTheLimit(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			onTheClock := rapid.Bool().Draw(rt, "on the clock")
			limit := connectors.Limit{
				Name: rapid.StringMatching(`[a-z]{12}`).Draw(rt, "name"), Calls: publishOnly,
				Most: rapid.IntRange(1, 4).Draw(rt, "most"), Span: 15 * time.Minute,
			}
			if onTheClock {
				limit.Zone = time.UTC
			}
			m := &meter{limit: limit, silent: onTheClock}
			m.cutOff = time.Duration(rapid.IntRange(0, 1).Draw(rt, "cut off")) * time.Second
			account := limited{d.account, []connectors.Limit{limit}}
			waiting := 0 // calls that are claimed and not yet made
			var answers [][]connectors.Standing
			send := func() {
				for ; waiting > 0; waiting-- {
					told, _ := m.call(clock.Now())
					answers = append(answers, told)
				}
			}
			hear := func() {
				for _, told := range answers {
					must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
						return d.heard(tx, account, connectors.CallPublish, told)
					}))
				}
				answers = nil
			}
			rt.Repeat(map[string]func(*rapid.T){
				"": func(rt *rapid.T) {
					if m.refused > 0 {
						rt.Fatalf("refused a call: %+v", m)
					}
				},
				"claim": func(rt *rapid.T) {
					for range rapid.IntRange(1, 5).Draw(rt, "calls") {
						_, ok, err := d.spend(t.Context(), account, connectors.CallPublish)
						must(t, err)
						if ok {
							waiting++
						}
					}
					if !onTheClock {
						send() // or the window could begin later than anybody here can know
					}
				},
				"send":     func(*rapid.T) { send() },
				"answer":   func(*rapid.T) { hear() },
				"reversed": func(*rapid.T) { reverse(answers); hear() },
				"die in claim": func(*rapid.T) {
					waiting = 0
				},
				"advance": func(rt *rapid.T) {
					send()
					if rapid.Bool().Draw(rt, "in time") {
						hear()
					}
					clock.Advance(time.Duration(rapid.IntRange(1, 1200).Draw(rt, "seconds")) * time.Second)
				},
			})
			// It never blocks for ever.
			clock.Advance(limit.Span + time.Second)
			if _, ok, err := d.spend(t.Context(), account, connectors.CallPublish); err != nil || !ok {
				rt.Fatalf("in a new window: %v, %v", ok, err)
			}
		})
	})
}

func reverse[T any](list []T) {
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
}

func TestBudgetBelieves(t *testing.T) {
	t.Parallel()
	later, sooner := noon.Add(15*time.Minute), noon.Add(5*time.Minute)
	open := budget{Remaining: 40, ResetsAt: later, Told: true}
	guess := budget{Remaining: 40, ResetsAt: later}
	for name, test := range map[string]struct {
		b        budget
		told     connectors.Standing
		underWay int64
		want     budget
	}{
		"less is left":                {open, connectors.Standing{Left: 7, ResetsAt: later}, 0, budget{Remaining: 7, ResetsAt: later, Told: true}},
		"calls on their way":          {open, connectors.Standing{Left: 90, ResetsAt: later}, 0, open},
		"its limit":                   {open, connectors.Standing{Left: 90, Most: 200, ResetsAt: later}, 0, budget{Remaining: 40, Most: 200, ResetsAt: later, Told: true}},
		"another end than guessed":    {guess, connectors.Standing{Left: 40, ResetsAt: sooner}, 0, budget{Remaining: 40, ResetsAt: sooner, Told: true}},
		"spent":                       {guess, connectors.Standing{ResetsAt: sooner}, 0, budget{ResetsAt: sooner, Told: true}},
		"from the window before":      {guess, connectors.Standing{ResetsAt: noon.Add(time.Second)}, 0, guess},
		"so too, in one that is told": {open, connectors.Standing{ResetsAt: sooner}, 0, open},
		"from the next window":        {budget{ResetsAt: noon.Add(time.Second), Told: true}, connectors.Standing{Left: 99, ResetsAt: later}, 1, budget{Remaining: 98, ResetsAt: later, Told: true}},
		"a window that is over":       {open, connectors.Standing{Left: 1, Most: 2, ResetsAt: noon}, 0, open},
		"no end":                      {open, connectors.Standing{Left: 1}, 0, open},
		"a new window":                {budget{ResetsAt: noon}, connectors.Standing{Left: 99, ResetsAt: later}, 0, budget{Remaining: 99, ResetsAt: later, Told: true}},
		"with some from the old":      {budget{ResetsAt: noon}, connectors.Standing{Left: 99, ResetsAt: later}, 3, budget{Remaining: 96, ResetsAt: later, Told: true}},
		"with too many of the old":    {budget{ResetsAt: noon}, connectors.Standing{Left: 2, ResetsAt: later}, 3, budget{ResetsAt: later, Told: true}},
		"less than nothing is none":   {open, connectors.Standing{Left: -5, ResetsAt: later}, 0, budget{ResetsAt: later, Told: true}},
	} {
		if got := test.b.heard(test.told, connectors.Limit{Span: 15 * time.Minute}, noon, test.underWay); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// A limit that nobody knows bounds nothing, until the network says that it is
// spent; and then only for that window.
func TestUnknownLimit(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		account := limited{d.account, []connectors.Limit{{Name: "posts_day", Calls: publishOnly, Span: 24 * time.Hour}}}
		spend := func(want bool) {
			t.Helper()
			if _, ok, err := d.spend(t.Context(), account, connectors.CallPublish); err != nil || ok != want {
				t.Errorf("may call: %v, %v; want %v", ok, err, want)
			}
		}
		spend(true)
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return d.heard(tx, account, connectors.CallPublish, []connectors.Standing{
				{Limit: "posts_day", ResetsAt: clock.Now().Add(time.Hour)}, {Limit: "of the future", ResetsAt: clock.Now().Add(time.Hour)},
			})
		}))
		spend(false)
		clock.Advance(time.Hour)
		spend(true)
	})
}

// Figures stop at the calls that are kept for settling doubts.
func TestReserveIsKeptForDoubts(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		d := openDesk(t, db)
		calls := []connectors.Call{connectors.CallFind, connectors.CallCounts}
		account := limited{d.account, []connectors.Limit{{Name: "calls", Calls: calls, Most: 5, Reserve: 2, Span: time.Hour}}}
		count := func(call connectors.Call) (n int) {
			for {
				_, ok, err := d.spend(t.Context(), account, call)
				must(t, err)
				if !ok {
					return n
				}
				n++
			}
		}
		if counts, finds := count(connectors.CallCounts), count(connectors.CallFind); counts != 3 || finds != 2 {
			t.Errorf("%d counts, then %d looks", counts, finds)
		}
	})
}
