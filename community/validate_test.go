package community

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
)

// wrongFields gives the locations and keys of an Invalid error.
func wrongFields(err error) []string {
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Invalid {
		return nil
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Location+" "+f.Key)
	}
	return fields
}

func TestDraftsAreCleaned(t *testing.T) {
	t.Parallel()
	actor := accounts.Actor{PersonID: 1, Role: accounts.Fan, Locale: "zh-Hant"}
	got, err := IdeaDraft{
		Title: "  A\tdark  mode,\u3000u\u0308berall ", // the dots apart from the u
		Body:  "First line.\r\nSecond.\n",
		Tags:  []string{"Dark-Mode", " dark-mode ", "", "相机", "ＭＩ２"},
	}.clean(actor)
	want := IdeaDraft{
		Title:  "A dark mode, überall",
		Body:   "First line.\nSecond.",
		Tags:   []string{"dark-mode", "相机", "mi2"},
		Locale: "zh-Hant",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestDraftsAreRefused(t *testing.T) {
	t.Parallel()
	const title = "A perfectly good title"
	family := "👨‍👩‍👧‍👦"
	for name, c := range map[string]struct {
		draft IdeaDraft
		want  []string
	}{
		"two letters":            {IdeaDraft{Title: "4G"}, []string{"title text.short"}},
		"three letters":          {IdeaDraft{Title: "NFC"}, nil},
		"one Han":                {IdeaDraft{Title: "夜"}, []string{"title text.short"}},
		"two Han":                {IdeaDraft{Title: "游戏"}, nil},
		"120 letters":            {IdeaDraft{Title: strings.Repeat("ä", 120)}, nil},
		"121 letters":            {IdeaDraft{Title: strings.Repeat("ä", 121)}, []string{"title text.long"}},
		"120 families":           {IdeaDraft{Title: "x" + strings.Repeat(family, 119)}, nil},
		"emoji alone":            {IdeaDraft{Title: strings.Repeat("🔥", 10)}, []string{"title idea.title_wordless"}},
		"invisible":              {IdeaDraft{Title: strings.Repeat("\u200b", 10)}, []string{"title idea.title_wordless"}},
		"blank":                  {IdeaDraft{Title: strings.Repeat(" ", 50)}, []string{"title text.short"}},
		"newline in title":       {IdeaDraft{Title: "two lines\nof a title"}, []string{"title text.one_line"}},
		"newline around title":   {IdeaDraft{Title: "\n" + title + "\n"}, nil},
		"line separator":         {IdeaDraft{Title: "two lines\u2028of a title"}, []string{"title text.one_line"}},
		"NUL":                    {IdeaDraft{Title: "two lines\x00of a title"}, []string{"title text.one_line"}},
		"turned writing":         {IdeaDraft{Title: "good \u202egpj.exe title"}, []string{"title text.one_line"}},
		"broken UTF-8":           {IdeaDraft{Title: "a title \xff of ten"}, []string{"title text.encoding"}},
		"tower of accents":       {IdeaDraft{Title: title + strings.Repeat("\u0301", 20)}, []string{"title text.marks"}},
		"body of 10,000":         {IdeaDraft{Title: title, Body: strings.Repeat("语", 10_000)}, nil},
		"body of 10,001":         {IdeaDraft{Title: title, Body: strings.Repeat("语", 10_001)}, []string{"body text.long"}},
		"bell in the body":       {IdeaDraft{Title: title, Body: "ding\a"}, []string{"body text.control"}},
		"five tags":              {IdeaDraft{Title: title, Tags: []string{"a", "b", "c", "d", "e"}}, nil},
		"six tags":               {IdeaDraft{Title: title, Tags: []string{"a", "b", "c", "d", "e", "f"}}, []string{"tags idea.tags_many"}},
		"tag with a space":       {IdeaDraft{Title: title, Tags: []string{"dark mode"}}, []string{"tags idea.tag"}},
		"tag of hyphens":         {IdeaDraft{Title: title, Tags: []string{"--"}}, []string{"tags idea.tag"}},
		"tag of 30":              {IdeaDraft{Title: title, Tags: []string{strings.Repeat("é", 30)}}, nil},
		"tag of 31":              {IdeaDraft{Title: title, Tags: []string{strings.Repeat("é", 31)}}, []string{"tags idea.tag"}},
		"tag of a script":        {IdeaDraft{Title: title, Tags: []string{"<script>"}}, []string{"tags idea.tag"}},
		"Hindi tag":              {IdeaDraft{Title: title, Tags: []string{"हिन्दी"}}, nil},
		"unknown locale":         {IdeaDraft{Title: title, Locale: "fr"}, []string{"locale locale.unknown"}},
		"all of it, all at once": {IdeaDraft{Title: "x", Body: "\x00", Tags: []string{"?"}, Locale: "?"}, []string{"title text.short", "body text.control", "tags idea.tag", "locale locale.unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.draft.clean(accounts.Actor{PersonID: 1, Role: accounts.Fan})
			if diff := cmp.Diff(c.want, wrongFields(err)); diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}
