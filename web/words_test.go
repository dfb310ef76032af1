package web

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fanfare/accounts"
)

// localeFile reads the messages of one file, strictly: JSON itself lets the
// last of two equal keys win in silence.
func localeFile(t *testing.T, name string) map[string]any {
	t.Helper()
	content, err := localeFiles.ReadFile("locales/" + name)
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]any{}
	if err := json.Unmarshal(content, &messages); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	keys := regexp.MustCompile(`(?m)^\s*"([a-z0-9_]+\.[^"]+)":`).FindAllSubmatch(content, -1)
	if len(keys) != len(messages) {
		t.Errorf("%s: %d lines with a key, but %d keys: one stands twice, or does not begin its line", name, len(keys), len(messages))
	}
	return messages
}

// everyMessage gives all messages of a language, and tells of keys that two
// areas share.
func everyMessage(t *testing.T, locale string) map[string]any {
	t.Helper()
	files, err := fs.Glob(localeFiles, "locales/*."+locale+".json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages in %s: %v", locale, err)
	}
	all := map[string]any{}
	for _, file := range files {
		for key, message := range localeFile(t, path.Base(file)) {
			if _, twice := all[key]; twice {
				t.Errorf("%s: %s stands in another area too", file, key)
			}
			all[key] = message
		}
	}
	return all
}

// untypeset gives a message with the apostrophes of the services' own English.
func untypeset(message any) string {
	text, _ := message.(string)
	return strings.ReplaceAll(text, "’", "'")
}

func TestApostrophesAreTypeset(t *testing.T) {
	t.Parallel()
	straight := regexp.MustCompile(`[\pL}]'|'[\pL]`)
	for _, locale := range accounts.Locales {
		for key, message := range everyMessage(t, locale) {
			if text := fmt.Sprint(message); straight.MatchString(text) {
				t.Errorf("%s in %s: %s", key, locale, text)
			}
		}
	}
}

// TestEveryLanguageSaysTheSame compares keys, and the {{.Places}} of each
// message, over all languages.
func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	english := everyMessage(t, accounts.Locales[0])
	for _, locale := range accounts.Locales[1:] {
		messages := everyMessage(t, locale)
		for key, message := range english {
			other, ok := messages[key]
			if !ok {
				t.Errorf("%s is missing in %s", key, locale)
				continue
			}
			if got, want := places(other), places(message); got != want {
				t.Errorf("%s in %s has the places %q, in English %q", key, locale, got, want)
			}
		}
		for key := range messages {
			if _, ok := english[key]; !ok {
				t.Errorf("%s is in %s but not in English", key, locale)
			}
		}
	}
}

var placePattern = regexp.MustCompile(`{{\s*\.\w+\s*}}`)

// places lists the {{.Name}}s of a message in any of its plural forms.
func places(message any) string {
	content, _ := json.Marshal(message)
	found := placePattern.FindAllString(string(content), -1)
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

// TestPluralsAreWhole: a form that is missing shows only on the day when the
// count needs it.
func TestPluralsAreWhole(t *testing.T) {
	t.Parallel()
	forms := map[string][]string{"en": {"one", "other"}, "de": {"one", "other"}, "zh-Hans": {"other"}, "zh-Hant": {"other"}}
	for _, locale := range accounts.Locales {
		for key, message := range everyMessage(t, locale) {
			plural, ok := message.(map[string]any)
			if !ok {
				if strings.Contains(message.(string), "{{.Count}}") && len(forms[locale]) > 1 {
					t.Errorf("%s in %s counts without plural forms", key, locale)
				}
				continue
			}
			if got := slices.Sorted(maps.Keys(plural)); !slices.Equal(got, forms[locale]) {
				t.Errorf("%s in %s has the forms %v, not %v", key, locale, got, forms[locale])
			}
		}
	}
}

// usedKeys are the keys that templates and Go code ask for, each with a place
// that does: whole ones, and beginnings such as "state." or ends such as
// "_text" of those that are put together.
type usedKeys struct{ whole, prefixes, suffixes map[string]string }

var (
	templateKey    = regexp.MustCompile(`\bt "([^"]+)"`)
	templatePrefix = regexp.MustCompile(`\bt(?:or)? \(printf "([^"%]+)%[sv]`)
	templateSuffix = regexp.MustCompile(`\bt \(printf "%s([^"%]+)"`)
	goPrefix       = regexp.MustCompile(`^[a-z][a-z0-9_]*\.([a-z0-9_.]*[_.])?$`)
	keyPattern     = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
)

func (u usedKeys) readTemplates(t *testing.T) {
	t.Helper()
	for name, content := range templateTexts(t) {
		content = comments.ReplaceAllString(content, "")
		for _, found := range templateKey.FindAllStringSubmatch(content, -1) {
			u.whole[found[1]] = name
		}
		for _, found := range templatePrefix.FindAllStringSubmatch(content, -1) {
			u.prefixes[found[1]] = name
		}
		for _, found := range templateSuffix.FindAllStringSubmatch(content, -1) {
			u.suffixes[found[1]] = name
		}
	}
}

// readGo notes the keys of errors and of what handlers say. Errors without a
// key ("") stay in English: they are for who runs the service.
func (u usedKeys) readGo(t *testing.T, spoken map[string]bool) {
	t.Helper()
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(source, func(node ast.Node) bool {
			for _, key := range keysOf(node) {
				u.whole[key] = file
			}
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, _ := strconv.Unquote(literal.Value)
				spoken[text] = true
				if goPrefix.MatchString(text) {
					u.prefixes[text] = file
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// keysOf gives the keys that an expression must have translated:
// fault.New(kind, KEY, …), fields.Add(location, KEY, …), s.say(c, KEY, …) and
// Key: KEY.
func keysOf(node ast.Node) []string {
	var candidate ast.Expr
	switch n := node.(type) {
	case *ast.KeyValueExpr:
		if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Key" {
			candidate = n.Value
		}
	case *ast.CallExpr:
		name := ""
		if selector, ok := n.Fun.(*ast.SelectorExpr); ok {
			name = selector.Sel.Name
		}
		if name == "New" && len(n.Args) == 3 || name == "Add" && len(n.Args) == 5 || name == "say" && len(n.Args) == 3 {
			candidate = n.Args[1]
		}
	}
	if literal, ok := candidate.(*ast.BasicLit); ok && literal.Kind == token.STRING {
		if text, err := strconv.Unquote(literal.Value); err == nil && keyPattern.MatchString(text) {
			return []string{text}
		}
	}
	return nil
}

func TestEveryKeyIsTranslatedAndUsed(t *testing.T) {
	t.Parallel()
	used, spoken := usedKeys{map[string]string{}, map[string]string{}, map[string]string{}}, map[string]bool{}
	used.readTemplates(t)
	used.readGo(t, spoken)
	english := everyMessage(t, accounts.Locales[0])
	for key, place := range used.whole {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is used in %s but not translated", key, place)
		}
	}
	for prefix, place := range used.prefixes {
		if strings.HasSuffix(place, ".go") {
			continue // may be the beginning of something else
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(english)), func(key string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("no key begins with %s, which is used in %s", prefix, place)
		}
	}
	for key := range english {
		_, asked := used.whole[key]
		for suffix := range used.suffixes {
			asked = asked || strings.HasSuffix(key, suffix) && spoken[strings.TrimSuffix(key, suffix)]
		}
		if !asked && !spoken[key] && !beginsWithOne(key, used.prefixes) && !beginsWithOne(key, clockPrefixes) {
			t.Errorf("%s is translated but nothing uses it", key)
		}
	}
}

// clockPrefixes are put together in clock.age.
var clockPrefixes = map[string]string{"time.minutes": "", "time.hours": "", "time.days": ""}

func beginsWithOne(key string, prefixes map[string]string) bool {
	for prefix := range prefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// TestChoosingALanguage covers what browsers really send.
func TestChoosingALanguage(t *testing.T) {
	t.Parallel()
	w, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ browser, chosen, want string }{
		{"", "", "en"},
		{"zh-CN,zh;q=0.9", "", "zh-Hans"},
		{"zh-TW,zh;q=0.9,en;q=0.8", "", "zh-Hant"},
		{"zh-HK", "", "zh-Hant"},
		{"de-AT,de;q=0.9,en;q=0.5", "", "de"},
		{"fr,de;q=0.5", "", "de"},
		{"fr", "", "en"},
		{"de", "zh-Hant", "zh-Hant"},
		{"de", "no such tag!", "de"},
		{"\xff;;q=", "", "en"},
	} {
		if got := w.choose(requestIn(test.browser), test.chosen); got != test.want {
			t.Errorf("browser %q, chosen %q: %s, want %s", test.browser, test.chosen, got, test.want)
		}
	}
}
