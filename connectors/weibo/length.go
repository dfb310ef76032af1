package weibo

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"

	"fanfare/connectors"
)

// Limit is the longest text that statuses/share takes, in units of one Chinese
// character.
const Limit = 140

// A URL counts as ten characters. Lengths are in half characters until the end.
const (
	urlHalves   = 20
	urlMaxBytes = 140 // what a URL has beyond this counts in full
)

// urlBytes is the inside of a regular expression's bracket: the characters
// that carry a URL on. A Chinese character or a space ends it.
const urlBytes = `A-Za-z0-9_\-$.+!*()/,:;@&=?~#%`

// anyScheme spells both cases out: (?i) would also take the long ſ for an s.
const anyScheme = `[Hh][Tt][Tt][Pp][Ss]?://`

var (
	httpURL = regexp.MustCompile(`[Hh][Tt][Tt][Pp]://[` + urlBytes + `]+`)
	anyURL  = regexp.MustCompile(anyScheme + `[` + urlBytes + `]+`)
)

// reading is one way to count URLs.
type reading struct {
	urls        *regexp.Regexp
	httpsAsText bool
}

// readings differ in what https is. Weibo's published counter knew only http,
// and whether the server now takes https for a URL or for plain text is not
// documented. The last two differ for an https URL that carries an http one.
var readings = []reading{{urls: anyURL}, {urls: anyURL, httpsAsText: true}, {urls: httpURL}}

// topic is what Weibo turns into a topic page; statuses/share refuses it. It is
// looked for inside URLs too, since it is not known whether Weibo spares them.
var topic = regexp.MustCompile(`#[^#]+#`)

// Check implements connectors.Network. A text is valid only if it is so under
// every reading of https URLs: the length is the largest.
func (n *Network) Check(text, linkHost string) connectors.Check {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	check := connectors.Check{
		Limit:    Limit,
		Problems: []connectors.Problem{},
	}
	for _, r := range readings {
		check.Length = max(check.Length, r.count(text))
	}
	add := func(key, message string, args map[string]any) {
		check.Problems = append(check.Problems, connectors.Problem{Key: key, Message: message, Args: args})
	}
	if strings.TrimSpace(text) == "" {
		add("weibo.empty", "The text is empty.", nil)
	}
	if check.Length > Limit {
		add("weibo.too_long", "The text is longer than Weibo's 140 characters.",
			map[string]any{"Length": check.Length, "Limit": Limit, "Excess": check.Length - Limit})
	}
	if found := topic.FindString(text); found != "" {
		add("weibo.topic", "Weibo takes no #topic# from apps. Remove the number signs.",
			map[string]any{"Topic": found})
	}
	if linkHost != "" && !linksTo(text, linkHost) {
		add("weibo.no_link", "The text holds no link under "+linkHost+", the app's security domain.",
			map[string]any{"Host": linkHost})
	}
	check.Valid = len(check.Problems) == 0
	return check
}

// count counts as Weibo's own web counter did: in half characters, one for
// each UTF-16 unit and another for each unit above 0xFF, URLs at their flat
// rate, the sum halved and rounded up.
func (r reading) count(text string) int {
	halves, rest := 0, 0
	for _, at := range r.urls.FindAllStringIndex(text, -1) {
		if r.httpsAsText && strings.EqualFold(text[at[0]:at[0]+len("https")], "https") {
			continue // it stays with the plain text
		}
		halves += plainHalves(text[rest:at[0]]) + urlHalves + max(0, at[1]-at[0]-urlMaxBytes)
		rest = at[1]
	}
	halves += plainHalves(text[rest:])
	return (halves + 1) / 2
}

func plainHalves(text string) int {
	halves := 0
	for _, r := range text {
		if r <= 0xFF {
			halves++
		} else {
			halves += 2 * utf16.RuneLen(r)
		}
	}
	return halves
}

// linksTo tells whether a URL of the text has exactly this host: Weibo tells
// www.example.cn from example.cn.
func linksTo(text, host string) bool {
	for _, found := range anyURL.FindAllString(text, -1) {
		u, err := url.Parse(found)
		if err == nil && u.User == nil && strings.EqualFold(u.Host, host) {
			return true
		}
	}
	return false
}
