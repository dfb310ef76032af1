package links

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"fanfare/fault"
	"fanfare/netguard"
)

// targetURL gives the store's address as a campaign link leads to it: its own
// query kept in order, then ref with the token and the UTM fields of
// https://support.google.com/analytics/answer/10917952, which replace those of
// the same name. It returns Invalid, naming store_url, when that is no web
// address.
func targetURL(d Draft, token string) (string, error) {
	u, ok := netguard.ParseURL(d.StoreURL)
	if !ok {
		var wrong fault.Fields
		wrong.Add("store_url", "sale.store_url", "The store's address must be a web address that begins with https:// or http://.", d.StoreURL, nil)
		return "", wrong.Err()
	}
	ours := []struct{ name, value string }{
		{"ref", token},
		{"utm_source", d.Network},
		{"utm_medium", "social"},
		{"utm_campaign", d.slug()},
	}
	var query []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		replaced := false
		for _, p := range ours {
			replaced = replaced || p.name == name
		}
		if pair != "" && !replaced {
			query = append(query, printable(pair))
		}
	}
	for _, p := range ours {
		query = append(query, p.name+"="+url.QueryEscape(p.value))
	}
	u.RawQuery = strings.Join(query, "&")
	if host, err := idna.Lookup.ToASCII(u.Hostname()); err == nil {
		u.Host = strings.Replace(u.Host, u.Hostname(), host, 1)
	}
	return u.String(), nil
}

// printable escapes what a Location header cannot carry as it is, and leaves
// alone what is escaped already.
func printable(query string) string {
	var text strings.Builder
	for _, b := range []byte(query) {
		if b <= ' ' || b >= 0x7f {
			fmt.Fprintf(&text, "%%%02X", b)
		} else {
			text.WriteByte(b)
		}
	}
	return text.String()
}

// slug is the campaign's name as an address carries it: letters and
// digits of any script in lower case, with hyphens between the words.
func (d Draft) slug() string {
	words := strings.FieldsFunc(strings.ToLower(d.Campaign), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	if len(words) == 0 {
		return fmt.Sprintf("campaign-%d", d.CampaignID)
	}
	return strings.Join(words, "-")
}
