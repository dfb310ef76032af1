package community

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestIndexTerms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                            nil,
		"!!! -- ?":                    nil,
		"Dark mode, dark Mode!":       {"dark", "mode"},
		"Größere Straße":              {"grössere", "strasse"},
		"夜间模式":                        {"夜", "间", "夜间", "模", "间模", "式", "模式"},
		"小米2手机":                       {"小", "米", "小米", "2", "手", "机", "手机"},
		"カメラー 카메라":                    {"カ", "メ", "カメ", "ラ", "メラ", "ー", "ラー", "카", "메", "카메", "라", "메라"},
		"ＭＩ２ ｶﾒﾗ":                     {"mi2", "カ", "メ", "カメ", "ラ", "メラ"},
		"Akku\u00adlauf\u200dzeit":    {"akkulaufzeit"},
		"हिन्दी में":                  {"हिन्दी", "में"},
		strings.Repeat("x", 50) + "y": {strings.Repeat("x", 40)},
		"\u0301leading mark":          {"leading", "mark"},
		"a\x00b\xffc":                 {"a", "b", "c"},
	} {
		if diff := cmp.Diff(want, indexTerms(text)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestQueryTerms(t *testing.T) {
	t.Parallel()
	for q, want := range map[string][]term{
		"":          nil,
		"米":         {{"米", false}},
		"小米手机":      {{"小米", false}, {"米手", false}, {"手机", false}},
		"dark 模 xy": {{"dark", true}, {"模", false}, {"xy", true}},
		`a" OR b*`:  {{"a", true}, {"or", true}, {"b", true}},
		"same Same": {{"same", true}},
	} {
		if diff := cmp.Diff(want, queryTerms(q), cmp.AllowUnexported(term{})); diff != "" {
			t.Errorf("%q:\n%s", q, diff)
		}
	}
	if n := len(queryTerms(strings.Repeat("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯", 9))); n != maxQueryTerms {
		t.Errorf("a long query has %d terms", n)
	}
}

// FuzzTerms holds terms to what the two query languages rely on, and every
// idea to being found by its own title.
func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"Dark mode", "夜间模式 2", "a\" OR 'b':* & !c\x00", "\xff\xfe", "ﷺ ﬃ ß İ", "e\u0301\u200d가각", "ー一ｰ", "\U000e0100葛\U000e0100"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxQueryBytes {
			t.Skip("a word may be cut in two")
		}
		indexed := map[string]bool{}
		for _, term := range indexTerms(text) {
			if term == "" || !utf8.ValidString(term) || indexed[term] || utf8.RuneCountInString(term) > maxTermRunes {
				t.Errorf("%q has the term %q", text, term)
			}
			indexed[term] = true
			for _, r := range term {
				if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
					t.Errorf("%q has the term %q with %U", text, term, r)
				}
			}
		}
		terms := queryTerms(text)
		if len(terms) > maxQueryTerms {
			t.Errorf("%d terms", len(terms))
		}
		for _, term := range terms {
			if !indexed[term.text] {
				t.Errorf("%q is asked for %q and does not have it", text, term.text)
			}
		}
	})
}
