package campaigns

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"fanfare/fault"
)

const (
	maxName        = 200  // graphemes
	maxAccountName = 80   // graphemes
	maxURL         = 2000 // bytes: what every browser and store takes
)

// checkName gives name without the space around it and notes when it is no
// plain text of 1 to most graphemes.
func checkName(wrong *fault.Fields, location, name string, most int) string {
	name = strings.TrimSpace(name)
	if name == "" || !isPlain(name, "") || uniseg.GraphemeClusterCount(name) > most {
		wrong.Add(location, "campaign.name",
			fmt.Sprintf("This needs 1 to %d characters, without line breaks or control characters.", most),
			name, fault.Args{"Max": most})
	}
	return name
}

// isPlain tells whether text is UTF-8 without control characters, save those
// allowed. PostgreSQL takes neither NUL nor broken UTF-8.
func isPlain(text, allowed string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(allowed, r)
	})
}

// parseWebURL reads an absolute http or https address that names a host and
// carries no credentials.
func parseWebURL(address string) (u *url.URL, ok bool) {
	u, err := url.Parse(address)
	ok = err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.Opaque == "" && len(address) <= maxURL && utf8.ValidString(address)
	return u, ok
}
