package web

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// templateTexts gives the text of every template by its file.
func templateTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(os.DirFS("templates"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile("templates/" + name)
		texts[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

var (
	comments   = regexp.MustCompile(`(?s){{-?/\*.*?\*/-?}}`)
	inTags     = regexp.MustCompile(`(?s){{define "\w+_attributes"}}.*?(?:{{define|\z)`) // stand within a tag
	actions    = regexp.MustCompile(`(?s){{.*?}}`)
	tags       = regexp.MustCompile(`(?s)<[^>]*>`)
	spokenAttr = regexp.MustCompile(`(?:aria-label|title|placeholder|alt)="([^"]*)"`)
	letters    = regexp.MustCompile(`\p{L}`)
	forbidden  = regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+="|<style|<script(?:\s[^>]*)?>[^<]`)
)

// TestNoTemplateSpeaksByItself: every word goes through the translations, and
// nothing that the content security policy refuses stands in a page.
func TestNoTemplateSpeaksByItself(t *testing.T) {
	t.Parallel()
	for name, content := range templateTexts(t) {
		content = inTags.ReplaceAllString(comments.ReplaceAllString(content, ""), "")
		plain := actions.ReplaceAllString(content, "")
		for _, attribute := range spokenAttr.FindAllStringSubmatch(plain, -1) {
			if letters.MatchString(strings.TrimPrefix(attribute[1], "https://")) {
				t.Errorf("%s: the attribute %s holds text of its own", name, attribute[0])
			}
		}
		if found := forbidden.FindString(plain); found != "" {
			t.Errorf("%s holds %q, which the content security policy refuses", name, found)
		}
		for _, line := range strings.Split(tags.ReplaceAllString(plain, ""), "\n") {
			if letters.MatchString(line) {
				t.Errorf("%s says %q by itself", name, strings.TrimSpace(line))
			}
		}
	}
}
