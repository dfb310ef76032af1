package sandbox

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// What a link is follows the rules of twitter-text 3, rule by rule, where each
// is written as the regular expression that it is there:
// https://github.com/twitter/twitter-text/tree/master/js/src/regexp. Go's have
// no look-ahead, which top-level domains need; those are publicsuffix.org's.
const (
	xMarks   = `\x{202A}-\x{202E}\x{061C}\x{200E}\x{200F}\x{2066}-\x{2069}` // directional
	xInvalid = `\x{FFFE}\x{FEFF}\x{FFFF}`
	xSpaces  = `\x{09}-\x{0D}\x{20}\x{85}\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}`
	xPunct   = `!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$`
	xAccents = `\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{FF}\x{100}-\x{24F}\x{253}\x{254}\x{256}\x{257}\x{259}\x{25B}\x{263}\x{268}` +
		`\x{26F}\x{272}\x{289}\x{28B}\x{2BB}\x{300}-\x{36F}\x{1E00}-\x{1EFF}`
	xDomain = `[^` + xPunct + xSpaces + xInvalid + xMarks + `]`
	xPath   = `[a-z\x{400}-\x{4FF}0-9!*';:=+,.$/%#\[\]\-\x{2013}_~@|&` + xAccents + `]`
	xParens = `\((?:` + xPath + `+|` + xPath + `*\(` + xPath + `+\)` + xPath + `*)\)`
	xEnd    = `(?:[+\-a-z\x{400}-\x{4FF}0-9=_#/` + xAccents + `]|(?:` + xParens + `))`
)

var (
	xNoneBefore = regexp.MustCompile(`^[A-Za-z0-9@＠$#＃` + xInvalid + `]`) // no link follows these
	xProtocol   = regexp.MustCompile(`(?i)^https?://`)
	xSubdomain  = regexp.MustCompile(`^(?:` + xDomain + `(?:[_\-]|` + xDomain + `)*)?` + xDomain + `\.`)
	xName       = regexp.MustCompile(`^(?:` + xDomain + `(?:-|` + xDomain + `)*)?` + xDomain + `\.$`)
	xLabel      = regexp.MustCompile(`(?i)^[\-a-z0-9` + xAccents + `]+\.`)
	xTail       = regexp.MustCompile(`(?i)^(?::[0-9]+)?(/(?:` + xPath + `*(?:` + xParens + xPath + `*)*` + xEnd + `|@` + xPath + `+/)*)?` +
		`(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?`)
	xOwnLink  = regexp.MustCompile(`(?i)^https?://t\.co/[a-z0-9]+`)
	xPunycode = regexp.MustCompile(`(?i)^xn--[\-0-9a-z]+`)
	xASCII    = regexp.MustCompile(`^[0-9A-Za-z]+`)
	xOther    = regexp.MustCompile(`^[^\x00-\x7F]+`)
	xMore     = regexp.MustCompile(`^[0-9A-Za-z@+\-]`) // after these it is no top-level domain
)

// xLinks gives the stretches of a text in NFC that X takes for links, in bytes.
func xLinks(text string) (links [][2]int) {
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		starts := []int{at + size}
		if xNoneBefore.MatchString(text[at:]) {
			starts = nil
		}
		if at == 0 {
			starts = append(starts, 0)
		}
		at += size
		for _, start := range starts {
			if found, end := xLinkAt(text, start); end > 0 {
				links, at = append(links, found...), end
				break
			}
		}
	}
	return links
}

// xLinkAt gives the links in the address that begins at start, and its end; 0 if none begins there.
func xLinkAt(text string, start int) (links [][2]int, end int) {
	protocol := len(xProtocol.FindString(text[start:]))
	domain := xDomainLength(text[start+protocol:])
	if domain == 0 {
		return nil, 0
	}
	stop := start + protocol + domain
	tail := xTail.FindStringSubmatchIndex(text[stop:])
	end = stop + tail[1]
	if protocol > 0 {
		if own := xOwnLink.FindString(text[start:end]); own != "" {
			end = start + len(own)
		}
		return [][2]int{{start, end}}, end
	}
	if start > 0 && strings.ContainsAny(text[start-1:start], "-_./") {
		return nil, end
	}
	for at := start; at < stop; {
		if length := xLatinLength(text[at:stop]); length > 0 {
			links = append(links, [2]int{at, at + length})
			at += length
			continue
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	if len(links) > 0 && tail[2] >= 0 {
		links[len(links)-1][1] = end
	}
	return links, end
}

// xDomainLength gives the bytes of the longest domain that a text begins with.
func xDomainLength(text string) (longest int) {
	for at := 0; ; {
		label := xSubdomain.FindString(text[at:])
		if label == "" {
			return longest
		}
		at += len(label)
		if tld := xTLD(text[at:]); tld > 0 && xName.MatchString(label) {
			longest = at + tld
		}
	}
}

// xLatinLength is xDomainLength where no protocol stands before it.
func xLatinLength(text string) (longest int) {
	for at := 0; ; {
		label := xLabel.FindString(text[at:])
		if label == "" {
			return longest
		}
		at += len(label)
		if tld := xTLD(text[at:]); tld > 0 {
			longest = at + tld
		}
	}
}

// xTLD gives the bytes of the top-level domain that a text begins with.
func xTLD(text string) int {
	if code := xPunycode.FindString(text); code != "" {
		return len(code)
	}
	if letters := xASCII.FindString(text); letters != "" {
		if known(letters) && !xMore.MatchString(text[len(letters):]) {
			return len(letters)
		}
		return 0
	}
	for letters := xOther.FindString(text); letters != ""; {
		if known(letters) && !xMore.MatchString(text[len(letters):]) {
			return len(letters)
		}
		_, size := utf8.DecodeLastRuneInString(letters)
		letters = letters[:len(letters)-size]
	}
	return 0
}

func known(tld string) bool {
	ascii, err := idna.ToASCII(strings.ToLower(tld))
	if err != nil {
		return false
	}
	_, icann := publicsuffix.PublicSuffix("example." + ascii)
	return icann
}
