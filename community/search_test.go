package community

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/accounts"
)

func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan := f.person(accounts.Fan)
		dark := f.idea(fan, "Dark mode for the camera", "ui").Number
		street := f.idea(fan, "Größere Schrift auf der Straße").Number
		night := f.idea(fan, "小米手机的夜间模式").Number
		classic := f.idea(fan, "小米手機的夜間模式").Number
		for q, want := range map[string][]int64{
			"dark":                                 {dark},
			"DARK Camera":                          {dark},
			"dark battery":                         {},
			"cam":                                  {dark}, // still typing
			"da camera":                            {},     // only the last word may go on
			"ui":                                   {dark}, // a tag
			"größere":                              {street},
			"STRASSE":                              {street},
			"grossere":                             {}, // an umlaut is no decoration in German
			"夜间":                                   {night},
			"夜間":                                   {classic},
			"小米":                                   {night, classic},
			"米":                                    {night, classic},
			"机":                                    {night},
			"手模":                                   {},
			"小米 dark":                              {},
			"!!!":                                  {},
			" ":                                    {dark, street, night, classic}, // not asked at all
			`dark" OR "größe`:                      {},
			"\x00dark\xff":                         {dark},
			strings.Repeat("dark camera ", 10_000): {dark},
		} {
			got := f.numbers(nil, Query{Q: q, Sort: Top})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%.30q:\n%s", q, diff)
			}
		}
		for sort, want := range map[Sort][]int64{Recent: {classic, night}, Rate: {night, classic}} {
			if diff := cmp.Diff(want, f.numbers(nil, Query{Q: "小米", Sort: sort, Limit: 1})); diff != "" {
				t.Errorf("by %s:\n%s", sort, diff)
			}
		}
	})
}

// TestHostileSearches sends whatever people can type to both databases.
func TestHostileSearches(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx := t.Context()
		f.idea(f.person(accounts.Fan), "Dark mode for the camera")
		rapid.Check(t, func(t *rapid.T) {
			q := rapid.OneOf(
				rapid.String(),
				rapid.StringOf(rapid.SampledFrom([]rune(`abAND NEAR(or)"'*:^-+&|!<>\{}@?%_;米手 `+"\x00\u00a0"))),
			).Draw(t, "q")
			if _, err := f.Ideas(ctx, nil, Query{Q: q}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Similar(ctx, q, 3); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestSimilar(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, product := f.person(accounts.Fan), f.person(accounts.Product)
		moderator := f.person(accounts.Moderator)
		camera := f.idea(fan, "A dark mode for the camera").Number
		dark := f.idea(fan, "A dark mode for everything").Number
		f.idea(fan, "A faster charger for the car")
		night := f.idea(fan, "小米手机的夜间模式").Number
		declined := f.idea(fan, "Dark camera mode in purple").Number
		_, err := f.SetStatus(t.Context(), product, declined, Declined, "")
		f.ok(err)
		hidden := f.idea(fan, "Dark camera mode in pink").Number
		f.ok(f.HideIdea(t.Context(), moderator, hidden, true))
		for title, want := range map[string][]int64{
			"Dark mode in the camera app": {camera, dark},
			"夜间模式":                        {night},
			"Wireless earphones":          {},
			"":                            {},
		} {
			ideas, err := f.Similar(t.Context(), title, 2)
			f.ok(err)
			got := []int64{}
			for _, idea := range ideas {
				got = append(got, idea.Number)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q:\n%s", title, diff)
			}
		}
	})
}

// TestNearestWeighsRareWordsMore has one idea share a rare word and another a
// common one.
func TestNearestWeighsRareWordsMore(t *testing.T) {
	t.Parallel()
	hits := []termHit{{0, 1}, {0, 2}, {0, 3}, {1, 4}} // word 0 in three ideas, word 1 in one
	if diff := cmp.Diff([]int64{4, 1, 2}, nearest(hits, 2, 100, 3)); diff != "" {
		t.Error(diff)
	}
	if got := nearest(hits, 20, 100, 3); len(got) != 0 {
		t.Errorf("one word in twenty is taken for a likeness: %v", got)
	}
}
