package reports

import (
	"strings"
	"unicode"
)

// languageOf tells the language of a text as far as its script does, as a tag
// of BCP 47: kana is Japanese, hangul Korean, Han without either Chinese. Latin
// letters are those of many languages, so they stay undetermined, und-Latn, and
// anything else is und. Links are passed over, and so are Latin words within a
// text of another script, such as the names of products.
func languageOf(text string) string {
	language := "und"
	for word := range strings.FieldsSeq(text) {
		if strings.Contains(word, "://") {
			continue
		}
		for _, r := range word {
			switch {
			case unicode.In(r, unicode.Hiragana, unicode.Katakana):
				return "ja"
			case unicode.Is(unicode.Hangul, r):
				return "ko"
			case unicode.Is(unicode.Han, r):
				language = "zh"
			case unicode.Is(unicode.Latin, r) && language == "und":
				language = "und-Latn"
			}
		}
	}
	return language
}
