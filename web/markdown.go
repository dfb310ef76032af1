package web

import (
	"bytes"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/rivo/uniseg"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// excerptLength is how much of an idea its row in a list shows, in graphemes.
const excerptLength = 180

// markdownReader reads CommonMark with ~~struck~~ text and bare links. Lines
// break where the writer broke them: people at a forum expect that.
var markdownReader = goldmark.New(
	goldmark.WithExtensions(extension.Strikethrough, extension.Linkify),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tame{}, 500))),
	goldmark.WithRendererOptions(goldhtml.WithHardWraps()),
)

// tame fits what a fan wrote into our page: its headings stay below the page's
// own, and an image becomes a link, since pages load nothing from elsewhere.
type tame struct{}

// Transform implements parser.ASTTransformer.
func (tame) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	var images []*ast.Image
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := node.(type) {
		case *ast.Heading:
			if entering {
				n.Level = min(n.Level+2, 6)
			}
		case *ast.Image:
			if entering {
				images = append(images, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, image := range images {
		link := ast.NewLink()
		link.Destination = image.Destination
		if !image.HasChildren() {
			image.AppendChild(image, ast.NewString(image.Destination))
		}
		for child := image.FirstChild(); child != nil; child = image.FirstChild() {
			link.AppendChild(link, child)
		}
		image.Parent().ReplaceChild(image.Parent(), image, link)
	}
}

// userText is all the HTML that a fan's text may become. goldmark passes no raw
// HTML on; this is the second lock on the same door.
var userText = func() *bluemonday.Policy {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6")
	policy.AllowAttrs("start").Matching(regexp.MustCompile(`^\d{1,6}$`)).OnElements("ol")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowURLSchemes("mailto")
	// Without a host, browsers take https: for a path of ours.
	policy.AllowURLSchemeWithCustomPolicy("http", func(u *url.URL) bool { return u.Host != "" })
	policy.AllowURLSchemeWithCustomPolicy("https", func(u *url.URL) bool { return u.Host != "" })
	policy.AllowRelativeURLs(false)
	policy.RequireParseableURLs(true)
	policy.RequireNoFollowOnLinks(true)
	policy.RequireNoReferrerOnLinks(true)
	return policy
}()

// markdown gives a fan's text as HTML that is safe in our pages.
func markdown(source string) template.HTML {
	var rendered bytes.Buffer
	if err := markdownReader.Convert([]byte(source), &rendered); err != nil {
		return template.HTML(html.EscapeString(source))
	}
	return template.HTML(userText.SanitizeBytes(rendered.Bytes()))
}

var (
	plainText = bluemonday.StrictPolicy()
	spaces    = regexp.MustCompile(`\s+`)
)

// excerpt gives the beginning of a fan's text without its marks, in one line.
func excerpt(source string) string {
	if len(source) > 16*excerptLength {
		source = strings.ToValidUTF8(source[:16*excerptLength], "") // enough, and not all of a long text
	}
	plain := html.UnescapeString(plainText.Sanitize(string(markdown(source))))
	plain = strings.TrimSpace(spaces.ReplaceAllString(plain, " "))
	rest, state, end := plain, -1, 0
	for n := 0; rest != "" && n < excerptLength; n++ {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		end += len(cluster)
	}
	if rest == "" {
		return plain
	}
	return strings.TrimSpace(plain[:end]) + "…"
}
