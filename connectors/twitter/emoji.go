package twitter

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Code points that build emoji sequences, see https://unicode.org/reports/tr51/.
const (
	zwj         = '\u200D'
	emojiStyle  = '\uFE0F' // variation selector 16
	keycap      = '\u20E3'
	firstTag    = '\U000E0020'
	cancelTag   = '\U000E007F'
	firstTone   = '\U0001F3FB'
	lastTone    = '\U0001F3FF'
	firstRegion = '\U0001F1E6'
	lastRegion  = '\U0001F1FF'
)

// emojiPrefix gives the bytes of the emoji sequence that begins s; 0 if there
// is none. A lone pictograph counts as one only where that is its usual look
// or U+FE0F asks for it, so "©" stays a letter.
func emojiPrefix(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	switch {
	case first == '#' || first == '*' || '0' <= first && first <= '9':
		rest := size + runeIf(s[size:], emojiStyle, emojiStyle)
		if end := runeIf(s[rest:], keycap, keycap); end > 0 {
			return rest + end
		}
		return 0
	case firstRegion <= first && first <= lastRegion:
		if second := runeIf(s[size:], firstRegion, lastRegion); second > 0 {
			return size + second
		}
		return 0
	}
	element := elementPrefix(s)
	if element == 0 || element == size && first < 0x2000 {
		return 0
	}
	end := element
	for {
		joiner := runeIf(s[end:], zwj, zwj)
		if joiner == 0 {
			return end
		}
		if element = elementPrefix(s[end+joiner:]); element == 0 {
			return end
		}
		end += joiner + element
	}
}

// elementPrefix gives the bytes of a pictograph with its style, tone and tags.
func elementPrefix(s string) int {
	r, end := utf8.DecodeRuneInString(s)
	if !pictographic(r) {
		return 0
	}
	end += runeIf(s[end:], emojiStyle, emojiStyle)
	end += runeIf(s[end:], firstTone, lastTone)
	for {
		tag := runeIf(s[end:], firstTag, cancelTag)
		if tag == 0 {
			return end
		}
		end += tag
	}
}

// runeIf gives the bytes of the first code point of s if it lies between from
// and to, else 0.
func runeIf(s string, from, to rune) int {
	r, size := utf8.DecodeRuneInString(s)
	if size > 0 && from <= r && r <= to {
		return size
	}
	return 0
}

// pictographic tells whether r has the property Extended_Pictographic. uniseg
// keeps its table to itself, but by rule GB11 of
// https://unicode.org/reports/tr29/ exactly these join over a ZWJ.
func pictographic(r rune) bool {
	return r >= 0xA9 && uniseg.GraphemeClusterCount(string(r)+"\u200D\U0001F600") == 1
}
