package web

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/campaigns"
)

func TestWeeks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, first, previous, next string }{
		{"2026-W47", "2026-11-16", "2026-W46", "2026-W48"},
		{"2026-W53", "2026-12-28", "2026-W52", "2027-W01"},
		{"2026-W01", "2025-12-29", "2025-W52", "2026-W02"},
		{"2021-W01", "2021-01-04", "2020-W53", "2021-W02"},
	} {
		w, ok := parseWeek(test.text, time.UTC)
		if !ok || w.First().Format(time.DateOnly) != test.first || w.add(-1).String() != test.previous || w.add(1).String() != test.next {
			t.Errorf("%s: %v, begins %v, after %v, before %v", test.text, ok, w.First(), w.add(-1), w.add(1))
		}
	}
	for _, text := range []string{"", "2026", "2026-47", "2026-W7", "2026-W00", "2026-W54", "2025-W53", "2026-W47x", "-001-W01", "2026-W-1"} {
		if w, ok := parseWeek(text, time.UTC); ok {
			t.Errorf("%q is read as %v", text, w)
		}
	}
}

// TestWeekHoldsItsDays, where a clock is changed too.
func TestWeekHoldsItsDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(commonZones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		hours := rapid.Int64Range(0, 40*365*24).Draw(t, "hours")
		instant := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour).In(zone)
		w := weekOf(instant)
		if instant.Before(w.start()) || !instant.Before(w.add(1).start()) {
			t.Fatalf("%v is not in its week %v, from %v", instant, w, w.start())
		}
		if again, ok := parseWeek(w.String(), zone); !ok || again != w {
			t.Fatalf("%v is read as %v, %v", w, again, ok)
		}
	})
}

func FuzzParseWeek(f *testing.F) {
	f.Add("2026-W47")
	f.Add("9999-W52")
	f.Add("0000-W01")
	f.Fuzz(func(t *testing.T, text string) {
		if w, ok := parseWeek(text, time.UTC); ok && w.String() != text {
			t.Errorf("%q is read as %v", text, w)
		}
	})
}

// entriesAt makes entries of a week from notes such as "Tue 12:30" and
// "Tue 12:30 sale".
func entriesAt(t testing.TB, w week, notes ...string) []calendarDay {
	t.Helper()
	var entries []entry
	for _, note := range notes {
		fields := strings.Fields(note)
		clock, err := time.Parse("15:04", fields[1])
		if err != nil {
			t.Fatal(err)
		}
		e := entry{Post: &campaigns.Post{}}
		if len(fields) == 3 {
			e = entry{Sale: &campaigns.Sale{}}
		}
		for i, name := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
			if name == fields[0] {
				e.At = w.start().AddDate(0, 0, i).Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
			}
		}
		entries = append(entries, e)
	}
	sortEntries(entries)
	return splitDays(w, entries, w.start())
}

// drawing tells rows in short: "09:00 1" an hour with one post, "12:00 |" an
// opening, "13:00 …" a gap.
func drawing(rows []calendarRow) string {
	var lines []string
	for _, row := range rows {
		count := 0
		for _, cell := range row.Cells {
			count += len(cell)
		}
		sign := string(rune('0' + count))
		if row.Gap {
			sign = "…"
		}
		if row.Opening {
			sign = "|"
		}
		lines = append(lines, row.Label()+" "+sign)
	}
	return strings.Join(lines, ", ")
}

func TestCalendarRows(t *testing.T) {
	t.Parallel()
	w := weekOf(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	for _, test := range []struct {
		name, want string
		notes      []string
	}{
		{"an empty week has none", "", nil},
		{"an hour for its posts", "09:00 2", []string{"Mon 09:00", "Sun 09:59"}},
		{"two empty hours stay", "09:00 1, 10:00 0, 11:00 0, 12:00 1", []string{"Mon 09:10", "Tue 12:00"}},
		{"three shrink", "09:00 1, 10:00 …, 13:00 1", []string{"Mon 09:10", "Tue 13:00"}},
		{"an opening is a line", "12:00 |, 12:00 1", []string{"Fri 12:00 sale", "Fri 12:05"}},
		{"and cuts its hour", "12:00 1, 12:30 |, 12:30 1", []string{"Mon 12:10", "Fri 12:30 sale", "Fri 12:30"}},
		{"an opening alone", "12:00 |", []string{"Fri 12:00 sale"}},
		{"two openings at once share a line", "12:00 |", []string{"Fri 12:00 sale", "Fri 12:00 sale"}},
		{"the day's ends", "00:00 1, 01:00 …, 23:00 1", []string{"Mon 00:00", "Sun 23:59"}},
	} {
		if got := drawing(calendarRows(entriesAt(t, w, test.notes...))); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestCalendarShowsEverythingOnce, whatever the week holds.
func TestCalendarShowsEverythingOnce(t *testing.T) {
	t.Parallel()
	w := weekOf(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfN(rapid.IntRange(0, 7*24*60-1), 0, 40).Draw(t, "minutes")
		var entries []entry
		for _, minute := range minutes {
			e := entry{At: w.start().Add(time.Duration(minute) * time.Minute), Post: &campaigns.Post{ID: 1}}
			if rapid.IntRange(0, 5).Draw(t, "sale") == 0 {
				e.Post, e.Sale = nil, &campaigns.Sale{}
			}
			entries = append(entries, e)
		}
		sortEntries(entries)
		shown, last := 0, -1
		for _, row := range calendarRows(splitDays(w, entries, w.start())) {
			if row.From < last {
				t.Fatalf("the row at %s comes too late", row.Label())
			}
			last = row.From
			for d, cell := range row.Cells {
				for _, e := range cell {
					shown++
					at := minuteOf(e.At)
					if w.start().AddDate(0, 0, d).Day() != e.At.Day() || at < row.From || at > row.Until {
						t.Fatalf("%v stands in the row %s to %s of day %d", e.At, row.Label(), row.UntilLabel(), d)
					}
				}
			}
		}
		if shown != len(entries) {
			t.Fatalf("%d of %d entries are shown", shown, len(entries))
		}
	})
}

func TestCrowdIsCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ all, first, more int }{
		{0, 0, 0}, {4, 4, 0}, {5, 5, 0}, // one alone is not left out
		{6, 4, 2}, {10_000, 4, 9996},
	} {
		got := make(crowd, test.all).InCell()
		if len(got.First) != test.first || got.More != test.more {
			t.Errorf("of %d: %d and %d", test.all, len(got.First), got.More)
		}
	}
}

func TestNetworksOf(t *testing.T) {
	t.Parallel()
	post := campaigns.Post{Deliveries: []campaigns.Delivery{{Network: "weibo"}, {Network: "twitter"}, {Network: "weibo"}}}
	if got, want := networksOf(post), []networkAccounts{{"weibo", 2}, {"twitter", 1}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
