package campaigns

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"fanfare/connectors"
	"fanfare/fault"
)

// placeholder is where an author wants the campaign link.
const placeholder = "{link}"

// CheckText counts and examines a text as the network does. {link} counts as a
// campaign link. It returns Invalid naming network when there is none of that name.
func (s *Service) CheckText(network, text string) (connectors.Check, error) {
	var wrong fault.Fields
	n := s.findNetwork(&wrong, network)
	if err := wrong.Err(); err != nil {
		return connectors.Check{}, err
	}
	return n.Check(compose(text, s.links.Example()), ""), nil
}

// checkText notes a text that does not hold one {link} or that no network
// could take.
func checkText(wrong *fault.Fields, location, text string) {
	switch {
	case !isPlain(text, "\n\r\t"):
		wrong.Add(location, "post.control", "The text holds control characters.", nil, nil)
	case strings.Count(text, placeholder) != 1:
		wrong.Add(location, "post.link", "The text must hold {link} exactly once: there the campaign link goes.", text, nil)
	}
}

// compose puts url in the place of {link}. Networks take the characters that
// follow an address for a part of it, and see no address at all behind a Latin
// letter: a space keeps them apart.
func compose(text, url string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, placeholder)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if last, _ := utf8.DecodeLastRuneInString(b.String()); hidesURL(last) {
			b.WriteByte(' ')
		}
		b.WriteString(url)
		if next, _ := utf8.DecodeRuneInString(after); after != "" && !unicode.IsSpace(next) {
			b.WriteByte(' ')
		}
		text = after
	}
}

// hidesURL tells whether an address right behind r is none to a network: the
// characters are those that twitter-text's validUrlPrecedingChars excludes.
func hidesURL(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("@＠$#＃", r)
}

var webAddress = regexp.MustCompile(`(?i)https?://[!-~]+`)

// textKey is equal for texts that differ in nothing but links and white space.
// Weibo shows every link in a shortened form that nothing expands, so that two
// such posts could not be told apart on an account's timeline; X refuses the
// second as a duplicate.
func textKey(text string) string {
	bare := strings.Join(strings.Fields(webAddress.ReplaceAllString(text, " ")), " ")
	sum := sha256.Sum256([]byte(bare))
	return hex.EncodeToString(sum[:16])
}
