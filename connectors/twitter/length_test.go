package twitter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestLength(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                         0,
		"hello":                    5,
		"caf\u00e9":                4,
		"cafe\u0301":               4, // NFC makes it é
		"\u10ff\u1100":             1 + 2,
		"a\u200bb\u200db":          5,
		"\u200e\u200f":             4, // between the ranges
		"\u2010\u201f\u2020":       1 + 1 + 2,
		"\u2031\u2032\u2037\u2038": 2 + 1 + 1 + 2,
		"小米手机":                     8,
		"ｆｕｌｌ":                     8,
		"“quotes” – …":             11 + 2, // … is U+2026
		"한국":                       4,
		"\u1112\u1161\u11ab":       2, // NFC makes it 한
		"𠮷":                        2,
		"🎉":                        2,
		"👨‍👩‍👧‍👦":                  2,
		"👍🏽":                       2,
		"👩🏽‍🚀":                     2,
		"🇨🇳🇩🇪":                     4,
		"🇨":                        2,
		"1️⃣#️⃣":                   4,
		"1\u20e3":                  2,
		"1":                        1,
		"❤️":                       2,
		"❤":                        2,
		"©":                        1,
		"©\ufe0f":                  2,
		"🏳️‍🌈":                     2,
		"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F": 2,
		"🎉e\u0301":                      2 + 1,
		"https://x.com":                 23,
		"HTTP://EXAMPLE.COM/A":          23,
		"example.com":                   23,
		"go to example.com/a?b=c#d now": 6 + 23 + 4,
		"https://example.com/" + strings.Repeat("a", 300): 23,
		"https://example.com/a.":                          23 + 1,
		"(https://en.wikipedia.org/wiki/Primer_(film))":   1 + 23 + 1,
		"https://example.com/小米":                          23 + 4, // '/' is the path, the rest is text
		"https://example.com:8080/x":                      23,
		"https://例子.中国/x":                                 23,
		"https://sub_domain.example.com":                  23,
		"看example.com吧":                                   2 + 23 + 2,
		"抢购：https://go.mi.example/r/x":                    6 + 25, // .example is no top-level domain
		"抢购:https://mi.com/r/x，快":                         5 + 23 + 2 + 2,
		"http://127.0.0.1:8080/r/abc":                     27,
		"http://localhost/":                               17,
		"e.g. this":                                       9,
		"http://a_b.com":                                  14, // no underscore in the name itself
		"http://a_b.mi.com":                               23,
		"a.例例例":                                           8,
		"éco.uk":                                          1 + 23, // X lets the first link begin after the first letter
		" éco.uk":                                         1 + 23,
		"main.go":                                         7,
		"node.js":                                         7,
		"README.md":                                       23, // md is Moldova's
		"3.14":                                            4,
		"a@example.com":                                   13,
		"@example.com":                                    12,
		"#example.com":                                    12,
		"$example.com":                                    12,
		"-example.com":                                    12,
		"ftp://example.com":                               17,
		"example.com@x":                                   13,
		"example.comx":                                    12,
		"example.com.":                                    24,
		"example.zzzz":                                    12,
		"example.com.zzzz":                                23 + 5,
		"https://t.co/AbC123":                             23,
		"https://t.co/AbC123/x":                           23 + 2,
		"http://a.com http://b.com":                       47,
		"https://example.com/@user/x":                     23,
		"https://example.com/?":                           23 + 1,
		"https://" + strings.Repeat("a", 60) + ".com/" + strings.Repeat("b", 5000): 8 + 60 + 5 + 5000,
	} {
		if got := Length(text); got != want {
			t.Errorf("%.60q weighs %d, want %d", text, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	n := New(Options{})
	for _, test := range []struct {
		text, host string
		problems   []string
	}{
		{strings.Repeat("a", 280), "", nil},
		{strings.Repeat("a", 281), "", []string{"twitter.too_long"}},
		{strings.Repeat("米", 140), "", nil},
		{strings.Repeat("米", 141), "", []string{"twitter.too_long"}},
		{"", "", []string{"twitter.empty"}},
		{" \n", "", []string{"twitter.empty"}},
		{"a\uFEFF", "", []string{"twitter.characters"}},
		{"a\uFFFE", "", []string{"twitter.characters"}},
		{"a\uFFFF", "", []string{"twitter.characters"}},
		{"see https://mi.com/r/x", "mi.com", nil},
		{"see https://MI.com/r/x", "mi.com", nil},
		{"see mi.com/r/x and evil.com", "mi.com", []string{"twitter.link_host"}},
		{"see https://mi.com.evil.com/", "mi.com", []string{"twitter.link_host"}},
	} {
		check := n.Check(test.text, test.host)
		var keys []string
		for _, p := range check.Problems {
			keys = append(keys, p.Key)
		}
		if diff := cmp.Diff(test.problems, keys); diff != "" || check.Valid != (keys == nil) || check.Problems == nil {
			t.Errorf("%.40q: %s %+v", test.text, diff, check)
		}
	}
}

func TestLengthProperties(t *testing.T) {
	t.Parallel()
	t.Run("plain letters weigh one each", rapid.MakeCheck(func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9 ,!?]*`).Draw(t, "text")
		if got := Length(text); got != len(text) {
			t.Fatalf("%q weighs %d", text, got)
		}
	}))
	t.Run("normalization changes nothing", rapid.MakeCheck(func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if a, b, c := Length(text), Length(norm.NFC.String(text)), Length(norm.NFD.String(text)); a != b || a != c {
			t.Fatalf("%q weighs %d, %d in NFC, %d in NFD", text, a, b, c)
		}
	}))
	t.Run("lines add up", rapid.MakeCheck(func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"a", "米", "👨‍👩‍👧", "example.com/x", "🇩🇪", "e.g.", "1️⃣", "https://mi.com", "é", ".", "@", " "})
		lines := rapid.SliceOfN(rapid.Map(rapid.SliceOf(piece), func(p []string) string { return strings.Join(p, "") }), 1, 6).Draw(t, "lines")
		want := len(lines) - 1
		for _, line := range lines {
			want += Length("\n"+line) - 1 // a link may begin after the first letter of a text
		}
		if got := Length("\n"+strings.Join(lines, "\n")) - 1; got != want {
			t.Fatalf("%q weighs %d, its lines %d", lines, got, want)
		}
	}))
}

func FuzzLength(f *testing.F) {
	for _, text := range []string{"", "a.b.com/(x(y)z)?q=1", "看example.com", "👩🏽‍🚀1️⃣", "\xff\xfe.com", "http://-.com", "a..com", "https://t.co/x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = norm.NFC.String(text)
		if got := Length(text); got < 0 || got > 23*len(text) {
			t.Fatalf("%q weighs %d", text, got)
		}
		last := 0
		for _, link := range Links(text) {
			if link.Start < last || link.End <= link.Start || link.End > len(text) || !strings.Contains(text[link.Start:link.End], ".") {
				t.Fatalf("%q holds the link %v", text, link)
			}
			last = link.End
		}
	})
}

// A text of the worst shapes must not take longer than it is long.
func BenchmarkHostileText(b *testing.B) {
	for name, text := range map[string]string{
		"dots": strings.Repeat("a.", 50_000), "han": strings.Repeat("米", 30_000), "parens": "a.com/" + strings.Repeat("(", 50_000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Length(text)
			}
		})
	}
}
