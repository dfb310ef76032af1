package weibo

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestLength compares with lengths worked out by hand.
func TestLength(t *testing.T) {
	t.Parallel()
	long := "http://a.cn/" + strings.Repeat("x", 128) // 140 bytes
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"one letter is half, rounded up", "a", 1},
		{"two letters", "ab", 1},
		{"three letters", "abc", 2},
		{"Chinese", "小米手机", 4},
		{"Chinese and a letter", "小米2", 3},
		{"Latin-1 is half", "éÿ", 1},
		{"the first character above it is whole", "Ā", 1},
		{"emoji are two units", "🎉", 2},
		{"a family is eleven units, the joiners too", "👨‍👩‍👧‍👦", 11},
		{"CRLF is LF", "a\r\nb\r\n", 2},
		{"CR alone counts", "a\rb\r", 2},
		{"http link", "http://t.cn/1", 10},
		{"short https link counts as a URL", "https://a.cn/1", 10},
		// 50 letters read as text, 20 halves read as a URL.
		{"long https link counts as text", "https://a.cn/" + strings.Repeat("x", 37), 25},
		{"140 bytes are flat", long, 10},
		{"141 bytes are not", long + "x", 11},
		{"142 bytes", long + "xx", 11},
		{"143 bytes", long + "xxx", 12},
		{"a link ends at Chinese", "http://a.cn/1买", 11},
		// 23 letters of https, the http within 20 halves.
		{"http within https", "https://a.cn/?u=1234567http://b.cn", 22},
		// 75 letters read as text, 23 and 20 halves with the http inside as a URL.
		{"long http within https", "https://a.cn/?u=1234567http://b.cn/" + strings.Repeat("x", 40), 38},
		{"two links", "http://a.cn/1 http://a.cn/2", 21},
		{"upper case", "HTTP://A.CN/1", 10},
		{"a scheme alone is text", "http:// a", 5},
		{"no scheme is text", "a.cn/12", 4},
	} {
		if got := stopped().Check(c.text, "").Length; got != c.want {
			t.Errorf("%s: %q counts %d, want %d", c.name, c.text, got, c.want)
		}
	}
}

func TestCheckProblems(t *testing.T) {
	t.Parallel()
	const host = "shop.example.cn"
	link := " https://shop.example.cn/r/0123456789ab "
	for _, c := range []struct {
		name, text, host string
		want             []string
	}{
		{"fine", "小米手机2，现在开售" + link, host, nil},
		{"fine without a domain", "小米手机2", "", nil},
		{"empty", "", "", []string{"weibo.empty"}},
		{"white", " \r\n\t　", "", []string{"weibo.empty"}},
		{"140", strings.Repeat("米", 140), "", nil},
		{"141", strings.Repeat("米", 141), "", []string{"weibo.too_long"}},
		{"140 and a half", strings.Repeat("米", 140) + "a", "", []string{"weibo.too_long"}},
		{"topic", "#小米# 开售" + link, host, []string{"weibo.topic"}},
		{"topic across lines", "#小\n米#", "", []string{"weibo.topic"}},
		{"one number sign", "We are #1", "", nil},
		{"two together", "C## is no language", "", nil},
		{"number signs in links", "http://a.cn/#a http://a.cn/#b", "", []string{"weibo.topic"}},
		{"no link", "小米", host, []string{"weibo.no_link"}},
		{"www differs", "http://www.shop.example.cn/", host, []string{"weibo.no_link"}},
		{"the bare host differs", "http://example.cn/", host, []string{"weibo.no_link"}},
		{"a longer host differs", "http://shop.example.cn.evil.org/", host, []string{"weibo.no_link"}},
		{"user information is no host", "http://shop.example.cn@evil.org/", host, []string{"weibo.no_link"}},
		{"a link with user information is not clean", "http://x@shop.example.cn/", host, []string{"weibo.no_link"}},
		{"another port differs", "http://shop.example.cn:81/", host, []string{"weibo.no_link"}},
		{"host in a query does not count", "http://a.cn/?u=shop.example.cn", host, []string{"weibo.no_link"}},
		{"the same port", "http://127.0.0.1:8080/r/1", "127.0.0.1:8080", nil},
		{"case of the host", "http://SHOP.example.cn/", host, nil},
		{"second link", "http://a.cn/ http://shop.example.cn/1", host, nil},
		{"everything", "#a# " + strings.Repeat("米", 141), host, []string{"weibo.too_long", "weibo.topic", "weibo.no_link"}},
	} {
		check := stopped().Check(c.text, c.host)
		var got []string
		for _, p := range check.Problems {
			got = append(got, p.Key)
			if p.Message == "" {
				t.Errorf("%s: %s has no message", c.name, p.Key)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: problems differ (-want +got):\n%s", c.name, diff)
		}
		if check.Valid != (len(c.want) == 0) || check.Limit != Limit || check.Problems == nil {
			t.Errorf("%s: %+v", c.name, check)
		}
	}
}

func TestTooLongTellsByHowMuch(t *testing.T) {
	t.Parallel()
	got := stopped().Check(strings.Repeat("米", 150), "").Problems[0].Args
	want := map[string]any{"Length": 150, "Limit": 140, "Excess": 10}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("args differ (-want +got):\n%s", diff)
	}
}

func TestPlainTextByDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("aé ：米🎉\n小\u200B"))).Draw(t, "text")
		halves := 0
		for _, unit := range utf16.Encode([]rune(s)) {
			halves++
			if unit > 0xFF {
				halves++
			}
		}
		if got, want := stopped().Check(s, "").Length, (halves+1)/2; got != want {
			t.Fatalf("%q counts %d, want %d", s, got, want)
		}
	})
}

func TestLengthGrowsWithTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		left, right := rapid.String().Draw(t, "left"), rapid.String().Draw(t, "right")
		link := rapid.StringMatching(`https?://[a-z]{1,9}\.cn/[a-z0-9]{0,200}`).Draw(t, "link")
		whole := stopped().Check(left+" "+link+" "+right, "").Length
		parts := stopped().Check(left, "").Length + stopped().Check(right, "").Length
		if whole < 10 || whole < parts-1 {
			t.Fatalf("the whole counts %d, its parts %d and a link", whole, parts)
		}
	})
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "小米 http://a.cn/1", "https://[::1]:80/%zz#a#b", "\xff\xfe", "http://\u212A.cn", "#\r\n#"} {
		f.Add(seed, "a.cn")
	}
	n := stopped()
	f.Fuzz(func(t *testing.T, text, host string) {
		check := n.Check(text, host)
		if check.Length < 0 || check.Length > 2*len(text)+10 {
			t.Errorf("%d bytes count %d", len(text), check.Length)
		}
		if check.Valid && (check.Length > Limit || strings.TrimSpace(text) == "") {
			t.Errorf("%q is valid: %+v", text, check)
		}
		if check.Valid != (len(check.Problems) == 0) {
			t.Errorf("%q: %+v", text, check)
		}
	})
}
