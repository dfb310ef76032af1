package community

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"

	"fanfare/accounts"
	"fanfare/fault"
)

// Limits of what people write, in graphemes: what a reader takes for one
// character, however many bytes it has.
const (
	minTitle    = 3 // as in NFC
	minTitleHan = 2 // as in 游戏
	maxTitle    = 120
	maxBody     = 10_000
	maxComment  = 4_000
	maxResponse = 4_000
	maxTags     = 5
	maxTag      = 30

	// maxMarks is the most code points in one grapheme. The longest emoji has
	// ten; who sends more wants to smear the page with accents.
	maxMarks = 16
)

// clean checks a draft and gives it in the form in which it is kept.
func (d IdeaDraft) clean(actor accounts.Actor) (IdeaDraft, error) {
	var wrong fault.Fields
	kept := IdeaDraft{
		Title:  cleanTitle(&wrong, d.Title),
		Body:   cleanText(&wrong, "body", d.Body, 0, maxBody),
		Tags:   cleanTags(&wrong, d.Tags),
		Locale: cleanLocale(&wrong, d.Locale, actor),
	}
	return kept, wrong.Err()
}

// cleanTitle gives a title of one line.
func cleanTitle(wrong *fault.Fields, raw string) string {
	title := norm.NFC.String(strings.TrimSpace(raw))
	least := minTitle
	if strings.ContainsFunc(title, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		least = minTitleHan
	}
	switch {
	case !readable(wrong, "title", raw, title):
		return ""
	case strings.ContainsFunc(title, func(r rune) bool { return r != '\t' && notInALine(r) }):
		wrong.Add("title", "text.one_line", "Please write this in one line, without control characters.", raw, nil)
		return ""
	}
	title = strings.Join(strings.Fields(title), " ")
	if lengthWithin(wrong, "title", title, least, maxTitle) && len(queryTerms(title)) == 0 {
		wrong.Add("title", "idea.title_wordless", "The title needs a word or a number.", raw, nil)
	}
	return title
}

// cleanText gives a text of any number of lines.
func cleanText(wrong *fault.Fields, location, raw string, least, most int) string {
	text := norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(raw, "\r\n", "\n")))
	switch {
	case !readable(wrong, location, raw, text):
		return ""
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }):
		wrong.Add(location, "text.control", "This text holds control characters.", nil, nil)
	default:
		lengthWithin(wrong, location, text, least, most)
	}
	return text
}

// cleanTags gives each tag once, in lower case.
func cleanTags(wrong *fault.Fields, raw []string) []string {
	var tags []string
	for _, r := range raw {
		if strings.TrimSpace(r) == "" {
			continue
		}
		tag, ok := cleanTag(r)
		if !ok {
			wrong.Add("tags", "idea.tag", "A tag has 1 to 30 letters, digits or hyphens.", r, fault.Args{"Max": maxTag})
		} else if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) > maxTags {
		wrong.Add("tags", "idea.tags_many", "An idea has at most 5 tags.", raw, fault.Args{"Max": maxTags})
	}
	return tags
}

// cleanTag gives a tag as it is kept, and whether it can be one.
func cleanTag(raw string) (tag string, ok bool) {
	if !utf8.ValidString(raw) || len(raw) > maxTag*utf8.UTFMax*maxMarks {
		return "", false
	}
	tag = norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(raw))))
	spoken := false
	for _, r := range tag {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r):
			spoken = true
		case r == '-', unicode.IsMark(r) && spoken:
		default:
			return "", false
		}
	}
	return tag, spoken && !smeared(tag) && uniseg.GraphemeClusterCount(tag) <= maxTag
}

// cleanLocale gives a language that we speak: the actor's for "".
func cleanLocale(wrong *fault.Fields, raw string, actor accounts.Actor) string {
	if raw == "" && slices.Contains(accounts.Locales, actor.Locale) {
		return actor.Locale
	}
	if raw == "" {
		return accounts.Locales[0]
	}
	if !slices.Contains(accounts.Locales, raw) {
		wrong.Add("locale", "locale.unknown", "This language is not offered.", raw, nil)
	}
	return raw
}

// readable tells whether text is whole UTF-8 without towers of accents.
func readable(wrong *fault.Fields, location, raw, text string) bool {
	switch {
	case !utf8.ValidString(raw):
		wrong.Add(location, "text.encoding", "This text is not valid UTF-8.", nil, nil)
	case smeared(text):
		wrong.Add(location, "text.marks", "Some characters carry too many accents.", nil, nil)
	default:
		return true
	}
	return false
}

// lengthWithin tells whether text has least to most graphemes.
func lengthWithin(wrong *fault.Fields, location, text string, least, most int) bool {
	n := uniseg.GraphemeClusterCount(text)
	args := fault.Args{"Min": least, "Max": most, "Count": n}
	switch {
	case n < least:
		wrong.Add(location, "text.short", fmt.Sprintf("Please write at least %d characters; these are %d.", least, n), text, args)
	case n > most:
		wrong.Add(location, "text.long", fmt.Sprintf("Please write at most %d characters; these are %d.", most, n), nil, args)
	default:
		return true
	}
	return false
}

// smeared tells whether a grapheme of text has more than maxMarks code points.
func smeared(text string) bool {
	state := -1
	for text != "" {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		if utf8.RuneCountInString(cluster) > maxMarks {
			return true
		}
	}
	return false
}

// notInALine tells whether r breaks a line or turns the writing direction of
// what stands around it, as U+202E does.
func notInALine(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
