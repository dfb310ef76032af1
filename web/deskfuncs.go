package web

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/rivo/uniseg"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
)

// deskFuncs are what only the desk's templates call.
func deskFuncs(w *words, locale string) template.FuncMap {
	return template.FuncMap{
		// tor says a key that may have no words, such as an action of the audit
		// trail: {{tor "audit.post.cancel" "post.cancel"}}.
		"tor":        func(key, fallback string) string { return w.sayOr(locale, key, fallback, nil) },
		"lateness":   func(ms float64) (string, error) { return sayLateness(w, locale, ms) },
		"ms":         func(d time.Duration) float64 { return float64(d.Milliseconds()) },
		"firstWords": firstWords,
		// gap stands between two sentences: Chinese has none.
		"gap":        func() string { return sentenceGap(locale) },
		"shownState": shownState,
		"networksOf": networksOf,
		// found and toDo say a finding of a pre-flight, and what to do about it.
		"found":       func(c clock, f campaigns.Finding) string { return sayFinding(w, locale, c, f, "") },
		"toDo":        func(c clock, f campaigns.Finding) string { return sayFinding(w, locale, c, f, "_do") },
		"aboutWhat":   func(f campaigns.Finding) string { return sayAbout(w, locale, f) },
		"subjectLink": subjectLinkOf,
		"countryName": func(code string) string { return countryName(w, locale, code) },
		"shareOf":     func(part, all int64) float64 { return float64(part) / float64(all) },
		"weekday":     func(t time.Time) string { return weekdays[locale][t.Weekday()] },
		// more gives how many follow the first.
		"more":    func(lines []accountLine) int { return len(lines) - 1 },
		"problem": func(p connectors.Problem) string { return w.sayOr(locale, p.Key, p.Message, p.Args) },
	}
}

// shortCountries are the names that people use where CLDR's say more, by its
// own alternative forms.
var shortCountries = map[string]map[string]string{
	"HK": {"en": "Hong Kong", "de": "Hongkong", "zh-Hans": "香港", "zh-Hant": "香港"},
	"MO": {"en": "Macao", "de": "Macau", "zh-Hans": "澳门", "zh-Hant": "澳門"},
}

// countryName gives the name of an ISO 3166-1 code as CLDR has it.
func countryName(w *words, locale, code string) string {
	if name := shortCountries[code][locale]; name != "" {
		return name
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return w.sayOr(locale, "audience.unknown", code, nil)
	}
	return cmp.Or(display.Regions(language.MustParse(locale)).Name(region), code)
}

// sentenceGap stands between two sentences.
func sentenceGap(locale string) string {
	if strings.HasPrefix(locale, "zh") {
		return ""
	}
	return " "
}

// sayLateness says how much too late something was, in the unit that fits.
func sayLateness(w *words, locale string, ms float64) (string, error) {
	switch {
	case ms < 1000:
		return w.say(locale, "desk.late_ms", "N", formatNumber(locale, int64(ms)))
	case ms < 60_000:
		return w.say(locale, "desk.late_s", "N", formatNumber(locale, ms/1000))
	case ms < 3_600_000:
		return w.say(locale, "desk.late_min", "N", formatNumber(locale, int64(ms/60_000)))
	}
	return w.say(locale, "desk.late_h", "N", formatNumber(locale, ms/3_600_000))
}

// firstWords gives the beginning of a post without its link, in one line of at
// most 90 characters as readers count them.
func firstWords(text string) string {
	const most = 90
	line := strings.Join(strings.Fields(strings.ReplaceAll(text, "{link}", " ")), " ")
	if uniseg.GraphemeClusterCount(line) <= most {
		return line
	}
	var short strings.Builder
	graphemes := uniseg.NewGraphemes(line)
	for range most - 1 {
		graphemes.Next()
		short.WriteString(graphemes.Str())
	}
	return short.String() + "…"
}

// networkAccounts is how many accounts of a network a post goes to.
type networkAccounts struct {
	Network  string
	Accounts int
}

// networksOf gives the networks of a post in the order of its deliveries.
func networksOf(post campaigns.Post) (networks []networkAccounts) {
	for _, d := range post.Deliveries {
		i := slices.IndexFunc(networks, func(n networkAccounts) bool { return n.Network == d.Network })
		if i < 0 {
			i, networks = len(networks), append(networks, networkAccounts{Network: d.Network})
		}
		networks[i].Accounts++
	}
	return networks
}

// pathID gives an id of the path. What cannot be one is not found.
func pathID(c *gin.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || id < 1 {
		return 0, noPage()
	}
	return id, nil
}

func noPage() error {
	return fault.New(fault.NotFound, "fault.no_page", "There is no page at this address.")
}

// formID gives an id of the form, 0 when there is none.
func formID(c *gin.Context, name string) int64 {
	id, _ := strconv.ParseInt(c.PostForm(name), 10, 64)
	return id
}

// pagerOf gives the paths for the pager partial: back to the start unless this
// is the start, and on while there is more.
func pagerOf[T any](c *gin.Context, page storage.Page[T]) map[string]any {
	return pagerAt(c, url.URL{Path: c.Request.URL.Path}, page)
}

// pagerAt is pagerOf for a list that stands at another address than the
// request's, or further down its page.
func pagerAt[T any](c *gin.Context, at url.URL, page storage.Page[T]) map[string]any {
	query := c.Request.URL.Query()
	first, next := "", ""
	if query.Get("cursor") != "" {
		query.Del("cursor")
		at.RawQuery = query.Encode()
		first = at.String()
	}
	if page.NextCursor != "" {
		query.Set("cursor", page.NextCursor)
		at.RawQuery = query.Encode()
		next = at.String()
	}
	return map[string]any{"First": first, "Next": next}
}

// shownPostState is the one state that tells most about a post, with what waits
// behind a switch told from what waits for its time.
func shownPostState(post campaigns.Post) campaigns.State {
	state := post.State()
	for _, d := range post.Deliveries {
		if state == campaigns.Scheduled && shownState(d) == pausedState {
			return pausedState
		}
	}
	return state
}
