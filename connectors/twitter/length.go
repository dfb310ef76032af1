package twitter

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"

	"fanfare/connectors"
)

// The figures of configuration v3 of twitter-text, published at
// https://github.com/twitter/twitter-text/blob/master/config/v3.json and
// explained at https://docs.x.com/fundamentals/counting-characters. Weights are
// the file's hundreds, divided.
const (
	limit      = 280
	linkWeight = 23
	wideWeight = 2
)

// Check implements connectors.Network.
func (n *Network) Check(text string, linkHost string) connectors.Check {
	check := connectors.Check{Length: Length(text), Limit: limit, Problems: []connectors.Problem{}, Price: price(text)}
	add := func(key, message string, args map[string]any) {
		check.Problems = append(check.Problems, connectors.Problem{Key: key, Message: message, Args: args})
	}
	if strings.TrimSpace(text) == "" {
		add("twitter.empty", "The text is empty.", nil)
	}
	if check.Length > limit {
		add("twitter.too_long", fmt.Sprintf("The text is %d over X's limit of %d.", check.Length-limit, limit),
			map[string]any{"Over": check.Length - limit, "Limit": limit})
	}
	if strings.ContainsAny(text, "\uFFFE\uFEFF\uFFFF") {
		add("twitter.characters", "The text holds an invisible character that X refuses.", nil)
	}
	if host := strangeHost(text, linkHost); host != "" {
		add("twitter.link_host", fmt.Sprintf("The link to %s is not allowed: this account's links lead to %s.", host, linkHost),
			map[string]any{"Host": host, "Allowed": linkHost})
	}
	check.Valid = len(check.Problems) == 0
	return check
}

// Length is the weight of a text as X counts it against 280: after
// normalization to NFC every link weighs 23, an emoji sequence 2, another code
// point 1 or 2.
func Length(text string) int {
	text = norm.NFC.String(text)
	length, links := 0, Links(text)
	for at := 0; at < len(text); {
		if len(links) > 0 && links[0].Start == at {
			length += linkWeight
			at = links[0].End
			links = links[1:]
			continue
		}
		weight, size := weigh(text[at:])
		length += weight
		at += size
	}
	return length
}

// weigh gives the weight and the bytes of the emoji or the code point that
// begins s.
func weigh(s string) (weight, size int) {
	if size := emojiPrefix(s); size > 0 {
		return wideWeight, size
	}
	for i, r := range s {
		if i > 0 {
			return weight, i
		}
		weight = wideWeight
		if r <= 0x10FF || 0x2000 <= r && r <= 0x200D || 0x2010 <= r && r <= 0x201F || 0x2032 <= r && r <= 0x2037 {
			weight = 1
		}
	}
	return weight, len(s)
}

// strangeHost gives the host of the first link that leads elsewhere than to
// allowed, "" if none does or any may.
func strangeHost(text, allowed string) string {
	if allowed == "" {
		return ""
	}
	text = norm.NFC.String(text)
	for _, link := range Links(text) {
		u, err := url.Parse(WithScheme(text[link.Start:link.End]))
		if err != nil {
			continue // what cannot be parsed leads nowhere
		}
		if !strings.EqualFold(u.Hostname(), allowed) {
			return u.Hostname()
		}
	}
	return ""
}

// WithScheme adds the scheme that X takes for granted in "example.com/path".
func WithScheme(link string) string {
	if schemeRule.MatchString(link) {
		return link
	}
	return "http://" + link
}
