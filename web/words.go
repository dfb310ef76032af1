package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
)

//go:embed locales
var localeFiles embed.FS

// words holds everything the pages say, in every language.
type words struct {
	bundle     *i18n.Bundle
	localizers map[string]*i18n.Localizer // by accounts.Locales
	matcher    language.Matcher
}

// loadWords reads locales/AREA.LOCALE.json. Keys are dotted ("idea.vote"); a
// value is a sentence, or an object of CLDR plural forms.
func loadWords() (*words, error) {
	w := &words{bundle: i18n.NewBundle(language.English), localizers: map[string]*i18n.Localizer{}}
	w.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	err := fs.WalkDir(localeFiles, "locales", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		_, err = w.bundle.LoadMessageFileFS(localeFiles, path)
		return err
	})
	if err != nil {
		return nil, err
	}
	tags := make([]language.Tag, len(accounts.Locales))
	for i, locale := range accounts.Locales {
		tags[i] = language.MustParse(locale)
		w.localizers[locale] = i18n.NewLocalizer(w.bundle, locale)
	}
	w.matcher = language.NewMatcher(tags)
	return w, nil
}

// say gives the text of a key. args are name, value pairs for its {{.Name}}
// places; a Count among them also chooses the plural form.
func (w *words) say(locale, key string, args ...any) (string, error) {
	data := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if count, ok := data["Count"]; ok {
		config.PluralCount = count
		data["Count"] = formatNumber(locale, count)
	}
	text, err := w.localizers[locale].Localize(config)
	if err != nil {
		return "", fmt.Errorf("%s in %s: %w", key, locale, err)
	}
	return text, nil
}

// sayOr gives the text of a key, or fallback where there is none: for messages
// of services, whose English is always at hand. An argument that is itself such
// a message is translated too.
func (w *words) sayOr(locale, key, fallback string, args map[string]any) string {
	if key == "" {
		return fallback
	}
	pairs := make([]any, 0, 2*len(args))
	for name, value := range args {
		if told, ok := value.(connectors.Problem); ok {
			value = w.sayOr(locale, told.Key, told.Message, told.Args)
		}
		pairs = append(pairs, name, value)
	}
	text, err := w.say(locale, key, pairs...)
	if err != nil {
		return fallback
	}
	return text
}

// fault gives the message of an error, and of each of its fields by location.
func (w *words) fault(locale string, f *fault.Error) (message string, fields map[string]string) {
	fields = make(map[string]string, len(f.Fields))
	for _, field := range f.Fields {
		fields[field.Location] = w.sayOr(locale, field.Key, field.Message, field.Args)
	}
	return w.sayOr(locale, f.Key, f.Message, f.Args), fields
}

// choose picks the language of a visitor: what they chose, else what their
// browser asks for.
func (w *words) choose(r *http.Request, chosen string) string {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if chosen != "" {
		if tag, chosenErr := language.Parse(chosen); chosenErr == nil {
			tags, err = []language.Tag{tag}, nil
		}
	}
	if err != nil || len(tags) == 0 {
		return accounts.Locales[0]
	}
	_, i, _ := w.matcher.Match(tags...)
	return accounts.Locales[i]
}

// languageName gives a language's own name for itself.
func languageName(locale string) string {
	switch locale {
	case "zh-Hans":
		return "简体中文"
	case "zh-Hant":
		return "繁體中文"
	}
	name := display.Self.Name(language.MustParse(locale))
	return strings.ToUpper(name[:1]) + name[1:]
}
