package web

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"marks", "**bold** _it_ ~~gone~~ `code`", "<p><strong>bold</strong> <em>it</em> <del>gone</del> <code>code</code></p>\n"},
		{"lines break where written", "one\ntwo", "<p>one<br>\ntwo</p>\n"},
		{"headings stay below the page's", "# Big\n\n###### Small", "<h3>Big</h3>\n<h6>Small</h6>\n"},
		{"a bare link", "see https://example.com", `<p>see <a href="https://example.com" rel="nofollow noreferrer">https://example.com</a></p>` + "\n"},
		{"an image is a link", "![a cat](https://example.com/c.png)", `<p><a href="https://example.com/c.png" rel="nofollow noreferrer">a cat</a></p>` + "\n"},
		{"an image without words", "![](https://example.com/c.png)", `<p><a href="https://example.com/c.png" rel="nofollow noreferrer">https://example.com/c.png</a></p>` + "\n"},
		{"no script", "<script>alert(1)</script>", "\n"},
		{"no script by a link", "[x](javascript:alert(1))", "<p>x</p>\n"},
		{"no data by a link", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<p>x</p>\n"},
		{"no link that looks like ours", "[x](/sign-out)", "<p>x</p>\n"},
		{"no link that leads to us", "[x](https:sign-out)", "<p>x</p>\n"},
		{"no attributes", `<b onmouseover="x" style="y">z</b>`, "<p>z</p>\n"},
	} {
		if got := string(markdown(test.in)); got != test.want {
			t.Errorf("%s: %q becomes %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"# One\n\n- **two**\n- three & `four`", "One two three & four"},
		{"夜景**手动**设置", "夜景手动设置"},
		{strings.Repeat("长", 200), strings.Repeat("长", excerptLength) + "…"},
		{strings.Repeat("e\u0301", 200), strings.Repeat("e\u0301", excerptLength) + "…"}, // letter and accent are one
	} {
		if got := excerpt(test.in); got != test.want {
			t.Errorf("%.40q becomes %q, want %q", test.in, got, test.want)
		}
	}
}

// FuzzMarkdown: whatever a fan writes, only the allowed elements come out, and
// links lead only to the web or to mail.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"**a** <b onclick=x>", "[a](JaVaScRiPt:alert(1))", "![](x)", "<svg/onload=alert(1)>", "[![a](b)](c)",
		"<https://example.com>", "<https:>", "[a](https:sign-out)", "1. a\n   - b\n", "> # x\n", "&#106;avascript:", "```\n<script>\n```", "![a ![b](c) d](e)",
	} {
		f.Add(seed)
	}
	allowed := map[string]bool{}
	for _, name := range strings.Fields("p br strong em del code pre blockquote ul ol li hr h3 h4 h5 h6 a") {
		allowed[name] = true
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(excerpt(source)) > 16*len(source)+64 {
			t.Fatal("an excerpt is longer than its source")
		}
		tokens := html.NewTokenizer(strings.NewReader(string(markdown(source))))
		for {
			switch tokens.Next() {
			case html.ErrorToken:
				return
			case html.StartTagToken, html.SelfClosingTagToken:
				checkElement(t, tokens.Token(), allowed)
			}
		}
	})
}

func checkElement(t *testing.T, element html.Token, allowed map[string]bool) {
	t.Helper()
	if !allowed[element.Data] {
		t.Fatalf("the element %s came through", element.Data)
	}
	for _, attribute := range element.Attr {
		switch {
		case attribute.Key == "rel", attribute.Key == "start":
		case attribute.Key == "href" && (strings.HasPrefix(strings.ToLower(attribute.Val), "http://") ||
			strings.HasPrefix(strings.ToLower(attribute.Val), "https://") || strings.HasPrefix(strings.ToLower(attribute.Val), "mailto:")):
		default:
			t.Fatalf("the attribute %s=%q came through", attribute.Key, attribute.Val)
		}
	}
}
