package community

import (
	"iter"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	maxQueryTerms = 20      // a longer question is answered by its beginning
	maxQueryBytes = 10_000  // what is beyond is not even read
	maxTermRunes  = 40      // a longer word is known by its beginning
	maxIndexBytes = 400_000 // of one idea; PostgreSQL takes 1 MiB of lexemes
)

// term is what the search index knows a text by: a word, or one or two
// characters of a script that writes no spaces. It holds letters, digits and
// marks and nothing else, so no query language can be smuggled in with it.
type term struct {
	text string
	word bool // neither Chinese, Japanese nor Korean
}

// indexTerms gives the distinct terms of texts in their order. Runs of CJK
// characters become overlapping pairs, after Lucene's CJKBigramFilter with
// outputUnigrams; the single characters serve queries of one character.
// Traditional and simplified Chinese stay different characters.
func indexTerms(texts ...string) []string {
	var terms []string
	seen := map[string]bool{}
	size := 0
	add := func(t string) {
		if !seen[t] && size+len(t) < maxIndexBytes {
			seen[t] = true
			size += len(t) + 1
			terms = append(terms, t)
		}
	}
	for _, text := range texts {
		for run := range runs(text) {
			if !run.cjk {
				add(string(run.letters))
				continue
			}
			for i := range run.letters {
				add(string(run.letters[i]))
				if i > 0 {
					add(string(run.letters[i-1 : i+1]))
				}
			}
		}
	}
	return terms
}

// queryTerms gives the distinct terms that an idea must have to answer q, at
// most maxQueryTerms. A single CJK character is a term only when it stands
// alone.
func queryTerms(q string) []term {
	var terms []term
	seen := map[string]bool{}
	add := func(text string, word bool) {
		if !seen[text] && len(terms) < maxQueryTerms {
			seen[text] = true
			terms = append(terms, term{text, word})
		}
	}
	for run := range runs(q[:min(len(q), maxQueryBytes)]) {
		switch {
		case len(terms) == maxQueryTerms:
			return terms
		case !run.cjk, len(run.letters) == 1:
			add(string(run.letters), !run.cjk)
		default:
			for i := range run.letters[1:] {
				add(string(run.letters[i:i+2]), false)
			}
		}
	}
	return terms
}

// textRun is a stretch of letters and digits, all CJK or none. Its letters are
// good until the next run.
type textRun struct {
	letters []rune
	cjk     bool
}

// runs splits the folded text.
func runs(text string) iter.Seq[textRun] {
	return func(yield func(textRun) bool) {
		var run textRun
		flush := func() bool {
			if len(run.letters) == 0 {
				return true
			}
			more := yield(run)
			run.letters = run.letters[:0]
			return more
		}
		for _, r := range fold(text) {
			cjk := isCJK(r)
			switch {
			case cjk, unicode.IsLetter(r), unicode.IsNumber(r):
				if run.cjk != cjk && !flush() {
					return
				}
				run.cjk = cjk
			case unicode.Is(unicode.Cf, r), run.cjk && unicode.IsMark(r):
				continue // soft hyphens, joiners and variants do not part a word
			case unicode.IsMark(r) && len(run.letters) > 0:
			default:
				if !flush() {
					return
				}
				continue
			}
			if cjk || len(run.letters) < maxTermRunes {
				run.letters = append(run.letters, r)
			}
		}
		flush()
	}
}

// prolonged is the sign that makes a kana's vowel long; Unicode counts it to
// no script.
const prolonged = 'ー'

func isCJK(r rune) bool {
	return r == prolonged || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) &&
		(unicode.IsLetter(r) || unicode.IsNumber(r))
}

// fold makes texts equal that differ in case, width or composition alone: the
// NFKC_Casefold of Unicode Standard, section 3.13.5, as far as letters go.
func fold(text string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
}
