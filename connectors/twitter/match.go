package twitter

import (
	"net/url"
	"strings"
)

// sameLink tells whether two URLs lead to one place. X may add a scheme to a
// bare domain, or a slash to a bare host.
func sameLink(a, b string) bool {
	return a != "" && b != "" && canonical(a) == canonical(b)
}

// canonical drops what X may change in a URL.
func canonical(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return link
	}
	canon := strings.ToLower(u.Host) + strings.TrimSuffix(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		canon += "?" + u.RawQuery
	}
	return canon
}

// holdsLink tells whether a text holds the link as it was written. X leaves a
// URL alone when it does not take it for one, such as that of a bare address.
func holdsLink(text, link string) bool {
	for {
		_, after, found := strings.Cut(text, link)
		if !found {
			return false
		}
		if !startsWithWord(after) { // "/r/abc" stands not in "/r/abcd"
			return true
		}
		text = after
	}
}

func startsWithWord(s string) bool {
	return s != "" && (strings.ContainsRune("-_~%", rune(s[0])) || isAlphanumeric(rune(s[0])))
}
