package campaigns

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"fanfare/fault"
)

const (
	maxName        = 200 // graphemes
	maxAccountName = 80  // graphemes
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
