package twitter

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// The grammar of a link follows twitter-text 3,
// https://github.com/twitter/twitter-text/tree/master/js/src/regexp; only its
// list of top-level domains is replaced by that of publicsuffix.org.

// Link is a stretch of a text that X takes for a link, in bytes.
type Link struct{ Start, End int }

const (
	maxLink = 4096 // bytes, with the scheme
	// maxDomain is far above the 253 bytes of RFC 1035, so that the name's own
	// script has room; without it, a hostile text would be read over and over.
	maxDomain = 512 // bytes
)

const (
	accents = `\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{24F}\x{253}\x{254}\x{256}\x{257}\x{259}\x{25B}\x{263}\x{268}\x{26F}\x{272}\x{289}\x{28B}\x{2BB}\x{300}-\x{36F}\x{1E00}-\x{1EFF}`
	general = `[a-z\x{400}-\x{4FF}0-9!*';:=+,.$/%#\[\]\-\x{2013}_~@|&` + accents + `]`
	parens  = `\((?:` + general + `+|` + general + `*\(` + general + `+\)` + general + `*)\)`
	ending  = `(?:[+\-a-z\x{400}-\x{4FF}0-9=_#/` + accents + `]|` + parens + `)`
	segment = `(?:` + general + `*(?:` + parens + general + `*)*` + ending + `|@` + general + `+/)`
)

var (
	schemeRule = regexp.MustCompile(`(?i)^https?://`)
	portRule   = regexp.MustCompile(`^:[0-9]+`)
	pathRule   = regexp.MustCompile(`(?i)^/` + segment + `*`)
	queryRule  = regexp.MustCompile(`(?i)^\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]`)
	codeRule   = regexp.MustCompile(`(?i)^xn--[0-9a-z\-]+`)
	tcoRule    = regexp.MustCompile(`(?i)^https?://t\.co/[a-z0-9]+`)
	accentRule = regexp.MustCompile(`(?i)^[` + accents + `]$`)
)

// scanner looks for links in a text and remembers where top-level domains end,
// so that a text of nothing but dots is not read over and over.
type scanner struct {
	text string
	tlds map[int]int // by the position where one may begin; 0 is none
}

// Links gives what X takes for links in a text in NFC, in order.
func Links(text string) []Link {
	if !strings.Contains(text, ".") {
		return nil
	}
	s := scanner{text, make(map[int]int)}
	var links []Link
	before, free := utf8.RuneError, true // the code point before at; whether a link may follow it
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		var found []Link
		end := 0
		if at == 0 && mayPrecede(r) { // X would rather see the first link begin after it
			found, end = s.linksAt(size, r)
		}
		if end == 0 && free && domainRune(r) {
			found, end = s.linksAt(at, before)
		}
		if end > 0 {
			links = append(links, found...)
			before, _ = utf8.DecodeLastRuneInString(text[:end])
			at, free = end, false
			continue
		}
		before, free = r, mayPrecede(r)
		at += size
	}
	return links
}

// mayPrecede tells whether a link may follow r at once.
func mayPrecede(r rune) bool {
	return !isAlphanumeric(r) && !strings.ContainsRune("@＠$#＃\uFFFE\uFEFF\uFFFF", r)
}

// linksAt gives the links in the URL that begins at start and the URL's end; 0
// if none begins there. Without a scheme a run such as "看example.com" holds
// its link further on, and may hold none that counts.
func (s scanner) linksAt(start int, before rune) ([]Link, int) {
	text := s.text
	scheme := len(schemeRule.FindString(text[start:]))
	domainEnd := s.matchDomain(start+scheme, labelRune, wellFormed)
	if domainEnd == 0 {
		return nil, 0
	}
	end := domainEnd
	end += len(portRule.FindString(text[end:]))
	path := len(pathRule.FindString(text[end:]))
	end += path
	end += len(queryRule.FindString(text[end:]))
	if end-start+len("https://")-scheme > maxLink {
		return nil, end
	}
	if scheme > 0 {
		if tco := tcoRule.FindString(text[start:end]); tco != "" {
			end = start + len(tco)
		}
		return []Link{{start, end}}, end
	}
	if strings.ContainsRune("-_./", before) && start > 0 {
		return nil, end
	}
	links := s.asciiDomains(start, domainEnd)
	if len(links) > 0 && path > 0 {
		links[len(links)-1].End = end
	}
	return links, end
}

// asciiDomains gives the domains in Latin letters from start to stop.
func (s scanner) asciiDomains(start, stop int) []Link {
	var links []Link
	for at := start; at < stop; {
		if end := s.matchDomain(at, latinRune, anyLabel); end > 0 {
			links = append(links, Link{at, end})
			at = end
			continue
		}
		_, size := utf8.DecodeRuneInString(s.text[at:])
		at += size
	}
	return links
}

// matchDomain gives the end of the longest domain that begins at start: labels
// of the runes that may stand in one, each well formed, then a known top-level
// domain, before which no underscore stands in the name. 0 if there is none.
func (s scanner) matchDomain(start int, may func(rune) bool, wellFormed func(label string) bool) int {
	longest := 0
	label := ""
	for at := start; at-start < maxDomain; {
		if at > start && !strings.Contains(label, "_") {
			if end := s.tldAt(at); end > 0 {
				longest = end
			}
		}
		end := at
		for end < len(s.text) && end-start < maxDomain {
			r, size := utf8.DecodeRuneInString(s.text[end:])
			if !may(r) {
				break
			}
			end += size
		}
		label = s.text[at:end]
		if end == len(s.text) || s.text[end] != '.' || !wellFormed(label) {
			break
		}
		at = end + 1
	}
	return longest
}

// tldAt gives the end of the top-level domain that begins at a position; 0 if
// none does.
func (s scanner) tldAt(at int) int {
	end, known := s.tlds[at]
	if !known {
		if size := matchTLD(s.text[at:]); size > 0 {
			end = at + size
		}
		s.tlds[at] = end
	}
	return end
}

// matchTLD gives the bytes of the top-level domain that begins s. What follows
// it must not look like more of the name.
func matchTLD(s string) int {
	if code := codeRule.FindString(s); code != "" {
		return len(code) // whatever it stands for
	}
	const longestTLD = 63 // bytes, RFC 1035
	longest := 0
	for end := 0; end <= min(len(s), longestTLD); {
		r, size := utf8.DecodeRuneInString(s[end:])
		if end > 0 && !isAlphanumeric(r) && r != '@' && r != '+' && r != '-' && knownTLD(s[:end]) {
			longest = end
		}
		if !isAlphanumeric(r) && r != '-' && !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		end += size
	}
	return longest
}

func knownTLD(tld string) bool {
	ascii, err := idna.ToASCII(strings.ToLower(tld))
	if err != nil || len(ascii) < 2 {
		return false
	}
	_, icann := publicsuffix.PublicSuffix("a." + ascii)
	return icann
}

// wellFormed tells whether a label neither begins nor ends with a hyphen or an
// underscore.
func wellFormed(label string) bool {
	return label != "" && !strings.HasPrefix(label, "-") && !strings.HasPrefix(label, "_") &&
		!strings.HasSuffix(label, "-") && !strings.HasSuffix(label, "_")
}

// anyLabel is wellFormed where the grammar is looser.
func anyLabel(label string) bool { return label != "" }

// domainRune tells whether r may stand in a domain: all but ASCII punctuation,
// space, controls and directional marks.
func domainRune(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return isAlphanumeric(r) || r == '"' || r == '`'
	case r == utf8.RuneError, unicode.IsSpace(r), r == '\u180E', r == '\uFEFF', r == '\uFFFE', r == '\uFFFF',
		0x202A <= r && r <= 0x202E, 0x061C == r, r == 0x200E, r == 0x200F, 0x2066 <= r && r <= 0x2069:
		return false
	}
	return true
}

// labelRune is domainRune with what may stand within a label.
func labelRune(r rune) bool { return domainRune(r) || r == '-' || r == '_' }

func latinRune(r rune) bool {
	return isAlphanumeric(r) || r == '-' || accentRule.MatchString(string(r))
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
