package sandbox

import (
	"crypto/sha256"
	"net/url"
	"strings"
	"time"
	"unicode/utf16"
)

// weiboURLBytes are the characters that carry a URL on.
const weiboURLBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_$.+!*()/,:;@&=?~#%"

// cutURLs splits a text into stretches, those that are URLs with Href set.
func cutURLs(text string) []segment {
	var out []segment
	plain := 0
	for i := 0; i < len(text); {
		n := urlLength(text[i:])
		if n == 0 {
			i++
			continue
		}
		if plain < i {
			out = append(out, segment{Text: text[plain:i]})
		}
		out = append(out, segment{Text: text[i : i+n], Href: text[i : i+n]})
		i += n
		plain = i
	}
	if plain < len(text) {
		out = append(out, segment{Text: text[plain:]})
	}
	return out
}

// urlLength is the length in bytes of the URL that text starts with, or 0.
func urlLength(text string) int {
	for _, scheme := range []string{"http://", "https://"} {
		if len(text) <= len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) {
			continue
		}
		rest := strings.TrimLeft(text[len(scheme):], weiboURLBytes)
		if n := len(text) - len(rest); n > len(scheme) {
			return n
		}
	}
	return 0
}

// shortenURLs makes the text that the timeline gives: each URL becomes one of
// t.cn, followed by a zero-width space.
func shortenURLs(text string) string {
	var out strings.Builder
	for _, s := range cutURLs(text) {
		if s.Href == "" {
			out.WriteString(s.Text)
			continue
		}
		out.WriteString("http://t.cn/" + shortCode(s.Href) + "\u200B")
	}
	return out.String()
}

// shortCode derives seven letters and digits from a URL.
func shortCode(u string) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	sum := sha256.Sum256([]byte(u))
	code := make([]byte, 7)
	for i := range code {
		code[i] = digits[int(sum[i])%len(digits)]
	}
	return string(code)
}

// weiboLength counts a text in units of one Chinese character.
func weiboLength(text string, httpsAsText bool) int {
	halves := 0
	for _, s := range cutURLs(strings.ReplaceAll(text, "\r\n", "\n")) {
		if s.Href != "" && !(httpsAsText && strings.EqualFold(s.Href[:5], "https")) {
			halves += 20 + max(0, len(s.Href)-140)
			continue
		}
		for _, unit := range utf16.Encode([]rune(s.Text)) {
			halves++
			if unit > 0xFF {
				halves++
			}
		}
	}
	return (halves + 1) / 2
}

// hasTopic tells whether there is something between two number signs.
func hasTopic(text string) bool {
	parts := strings.Split(text, "#")
	for i := 1; i < len(parts)-1; i++ {
		if parts[i] != "" {
			return true
		}
	}
	return false
}

// judgeText tells what Weibo has against a text, if anything.
func (w *Weibo) judgeText(text, safeDomain string) (weiboError, bool) {
	switch {
	case strings.TrimSpace(text) == "":
		return weiboEmpty, true
	case weiboLength(text, w.options.HTTPSAsText) > 140:
		return weiboTextTooLong, true
	case hasTopic(text):
		return weiboIllegal, true
	}
	for _, s := range cutURLs(text) {
		if u, err := url.Parse(s.Href); err == nil && strings.EqualFold(u.Host, safeDomain) && u.Host != "" {
			return weiboError{}, false
		}
	}
	return weiboNoDomain, true
}

// repeats tells whether the user has sent the same words within the window,
// whatever their links. w.mu must be held.
func (w *Weibo) repeats(uid, text string, now time.Time) bool {
	words := withoutURLs(text)
	same := func(p Post) bool {
		return p.AccountID == uid && now.Sub(p.At) < w.options.RepeatWindow && withoutURLs(p.Text) == words
	}
	for _, p := range w.posts {
		if same(p) {
			return true
		}
	}
	for _, p := range w.pending {
		if same(p.Post) {
			return true
		}
	}
	return false
}

func withoutURLs(text string) string {
	var words []string
	for _, s := range cutURLs(text) {
		if s.Href == "" {
			words = append(words, strings.Fields(s.Text)...)
		}
	}
	return strings.Join(words, " ")
}
