package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// railItem is one word of the desk's rail.
type railItem struct {
	Path    string
	Icon    string
	Key     string   // of its word
	under   []string // paths that belong to it, besides its own
	Current bool
}

var railItems = []railItem{
	{Path: "/calendar", Icon: "calendar", Key: "nav.calendar", under: []string{"/posts", "/drop"}},
	{Path: "/campaigns", Icon: "campaign", Key: "nav.campaigns", under: []string{"/sales", "/reports"}},
	{Path: "/orders", Icon: "order", Key: "nav.orders", under: []string{"/links"}},
	{Path: "/ranking", Icon: "idea", Key: "nav.ideas"},
	{Path: "/settings", Icon: "settings", Key: "nav.settings"},
}

// Rail lists the places at the desk that the person may open: nothing for
// strangers and fans. The routes' own audiences decide.
func (v view) Rail() []railItem {
	var rail []railItem
	for _, item := range railItems {
		if !v.Staff() || !v.May(item.Path) {
			continue
		}
		for _, prefix := range append(item.under, item.Path) {
			if v.Path == prefix || strings.HasPrefix(v.Path, prefix+"/") || strings.HasPrefix(v.Path, prefix+"?") {
				item.Current = true
			}
		}
		rail = append(rail, item)
	}
	return rail
}

// May tells whether whoever looks may open the page at path, as it was
// registered.
func (v view) May(path string) bool {
	rule, known := v.access[http.MethodGet+" "+path]
	return known && rule.admits(v.Actor) == nil
}

// SignInPath leads to sign-in and back to this page.
func (v view) SignInPath() string { return v.gate("/sign-in") }

// SignUpPath leads to sign-up and back to this page.
func (v view) SignUpPath() string { return v.gate("/sign-up") }

func (v view) gate(path string) string {
	if v.Path == "/" || strings.HasPrefix(v.Path, "/sign-") || strings.HasPrefix(v.Path, "/setup") {
		return path
	}
	return path + "?next=" + url.QueryEscape(v.Path)
}

// initials gives one or two letters for a name: of the first and the last word,
// or one character of a name in Han.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		return "?"
	}
	first, _, _, _ := uniseg.FirstGraphemeClusterInString(words[0], -1)
	if len(words) == 1 || strings.ContainsFunc(first, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return strings.ToUpper(first)
	}
	last, _, _, _ := uniseg.FirstGraphemeClusterInString(words[len(words)-1], -1)
	return strings.ToUpper(first + last)
}

// stateSigns gives the icon of each state: a state is told by a sign and a
// word, never by its colour alone.
var stateSigns = map[string]string{
	"draft": "dot", "scheduled": "clock", "publishing": "arrow", "published": "check", "in_doubt": "question",
	"failed": "cross", "expired": "hourglass", "cancelled": "dash", "paused": "bars",
	"open": "dot", "planned": "clock", "started": "arrow", "completed": "check", "declined": "dash",
}
