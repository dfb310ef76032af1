package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
)

// templateFuncs are what templates can call, bound to one language.
func templateFuncs(w *words, locale string) template.FuncMap {
	return template.FuncMap{
		// t says a key: {{t "idea.votes" "Count" .Votes}}.
		"t":       func(key string, args ...any) (string, error) { return w.say(locale, key, args...) },
		"number":  func(n any) string { return formatNumber(locale, n) },
		"percent": func(share float64) string { return formatPercent(locale, share) },
		"money":   func(minor int64, code string) string { return formatMoney(locale, minor, code) },
		// ago shows a time relative to now, with the absolute one on hover.
		"ago": func(c clock, t time.Time) (template.HTML, error) {
			key, count := c.age(t)
			text, err := w.say(locale, key, "Count", count)
			return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
				c.Stamp(t), template.HTMLEscapeString(c.Full(t)), template.HTMLEscapeString(text))), err
		},
		"asset":        assetURL,
		"initials":     initials,
		"markdown":     markdown,
		"excerpt":      excerpt,
		"votingClosed": votingClosed,
		"stateSign":    func(state any) string { return stateSigns[fmt.Sprint(state)] },
		"locales":      func() []string { return accounts.Locales },
		"languageName": languageName,
		"lang":         func() string { return locale },
		// dict builds the data of a partial: {{template "field" ($.With (dict "Name" "title"))}}.
		"dict": func(pairs ...any) (map[string]any, error) {
			if len(pairs)%2 != 0 {
				return nil, errors.New("dict needs names and values in pairs")
			}
			m := make(map[string]any, len(pairs)/2)
			for i := 0; i < len(pairs); i += 2 {
				m[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return m, nil
		},
		"list": func(items ...any) []any { return items },
		"json": func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
	}
}

func asFault(err error) (*fault.Error, bool) {
	var f *fault.Error
	ok := errors.As(err, &f)
	return f, ok
}
