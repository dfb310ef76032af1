package sandbox

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"fanfare/connectors/twitter"
)

// xPieces are what texts are made of that are hard to count.
var xPieces = []string{
	"a", "Z", "7", " ", "\n", ".", ",", ":", "/", "-", "_", "@", "#", "$", "(", ")", "?", "&", "=", "%", "~", "'", "\"", "…", "。", "，", "＠", "＃",
	"example", "sub_domain", "a_b", "-x", "x-", "com", "de", "co.uk", "cn", "中国", "中国很", "рф", "xn--fiqs8s", "zzzz", "md", "museum",
	"http://", "https://", "HTTP://", "ftp://", "www.", "t.co/", "https://t.co/AbC123", "https://go.mi.com/r/7zq4v0k2m9xa", "example.com",
	"mi.com/r/x", "例子.中国", "müller.de", "x.com:8080", "/path", "/Primer_(film)", "/a((b))", "/a?b=c&d", "?q=1", "#frag", "/路径", "/@user/x", "/Привет",
	"小米", "手机", "한국", "\u1112\u1161\u11ab", "ｆｕｌｌ", "日本語テキスト", "e\u0301", "cafe\u0301", "n\u0303", "Å", "\u212b", "ﬁ",
	"\u200e", "\u200f", "\u202a", "\u202e", "\u061c", "\u2066", "\u2069", "\u200b", "\u200c", "\u200d", "\ufe0f", "\u20e3",
	"🎉", "👍", "🏽", "👩", "🚀", "👨‍👩‍👧‍👦", "👩🏽‍🚀", "🇨", "🇳", "🇩🇪", "1️⃣", "*", "❤", "❤️", "©", "®", "™", "‼", "🏴", "🏳️‍🌈", "🀄", "𠮷",
	"\U000E0067\U000E0062\U000E007F",
}

// TestTwoCounts compares this count with the connector's. Neither knows of the other.
func TestTwoCounts(t *testing.T) {
	t.Parallel()
	random := rapid.StringOfN(rapid.RuneFrom([]rune("ab1.:/-_ 米例")), 0, 8, -1)
	emoji := rapid.Map(rapid.OneOf(rapid.Int32Range(0x2000, 0x3300), rapid.Int32Range(0x1F000, 0x1FBFF)), func(r int32) string { return string(r) })
	piece := rapid.OneOf(rapid.SampledFrom(xPieces), rapid.SampledFrom(xPieces), random, emoji)
	rapid.Check(t, func(rt *rapid.T) {
		compareCounts(rt, strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(rt, "pieces"), ""))
	})
}

func FuzzTwoCounts(f *testing.F) {
	for _, piece := range xPieces {
		f.Add("看" + piece + "example.com/" + piece)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range text {
			if r < ' ' && r != '\n' || r == 0x7F || r == '\uFFFD' { // X takes none of these for text
				t.Skip()
			}
		}
		if len(text) < 400 { // where lengths of domains begin to matter
			compareCounts(t, text)
		}
	})
}

func compareCounts(t interface{ Errorf(string, ...any) }, text string) {
	if here, there := xLength(text), twitter.Length(text); here != there {
		t.Errorf("%q weighs %d here and %d there", text, here, there)
	}
	normal := norm.NFC.String(text)
	here, there := xLinks(normal), twitter.Links(normal)
	same := len(here) == len(there)
	for i := 0; same && i < len(here); i++ {
		same = here[i] == [2]int{there[i].Start, there[i].End}
	}
	if !same {
		t.Errorf("%q has the links %v here and %v there", text, here, there)
	}
}
