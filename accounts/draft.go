package accounts

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"fanfare/fault"
)

const (
	defaultTimeZone = "UTC"

	maxEmail     = 254  // bytes: RFC 5321, section 4.5.3.1.3, less the angle brackets
	maxName      = 80   // graphemes: what a reader counts as characters
	maxNameBytes = 1000 // a grapheme has no end: accents can be heaped on one letter
)

// PersonDraft is what it takes to make a person.
type PersonDraft struct {
	Email    string
	Name     string
	Role     Role
	Locale   string // "" is "en"
	TimeZone string // "" is "UTC"
	Password string // "" makes a person who cannot sign in with a password
}

// tidy gives the draft as it will be stored: trimmed, lower-cased, defaults in.
func (d PersonDraft) tidy() PersonDraft {
	d.Email = tidyEmail(d.Email)
	d.Name = strings.TrimSpace(d.Name)
	if d.Locale == "" {
		d.Locale = Locales[0]
	}
	if d.TimeZone == "" {
		d.TimeZone = defaultTimeZone
	}
	return d
}

// check notes everything that is wrong with a tidy draft.
func (d PersonDraft) check(wrong *fault.Fields) {
	checkEmail(wrong, d.Email)
	checkName(wrong, d.Name)
	checkRole(wrong, d.Role)
	checkLocale(wrong, d.Locale)
	checkTimeZone(wrong, d.TimeZone)
	if d.Password != "" {
		checkPassword(wrong, d.Password, d.Email)
	}
}

// tidyEmail makes one spelling of an address. By the letter of RFC 5321 the
// part before the @ tells capitals apart; no mail service that people use does.
// What is not UTF-8 stays as it is: ToLower would mend it into another address.
func tidyEmail(email string) string {
	if !utf8.ValidString(email) {
		return email
	}
	return strings.ToLower(strings.TrimSpace(email))
}

func checkEmail(wrong *fault.Fields, email string) {
	parsed, err := mail.ParseAddress(email)
	// What is parsed must be all there was: no display name, comment or quoting.
	if err != nil || parsed.Address != email || len(email) > maxEmail || !clean(email) {
		wrong.Add("email", "accounts.email", "This is not an email address.", email, nil)
	}
}

func checkName(wrong *fault.Fields, name string) {
	switch {
	case !strings.ContainsFunc(name, visible):
		wrong.Add("name", "accounts.name_missing", "A name is needed.", name, nil)
	case len(name) > maxNameBytes, uniseg.GraphemeClusterCount(name) > maxName:
		wrong.Add("name", "accounts.name_long", "The name is too long: at most 80 characters.", nil, fault.Args{"Max": maxName})
	case !clean(name):
		wrong.Add("name", "accounts.name_control", "The name holds characters that cannot be shown.", nil, nil)
	}
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// clean tells whether a line of text can be stored and shown where others read
// it: no control characters, no line breaks, and nothing that turns the
// direction of the text around it.
func clean(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
}

func checkRole(wrong *fault.Fields, role Role) {
	if !role.Valid() {
		wrong.Add("role", "accounts.role", "There is no such role: it is one of admin, marketing, product, moderator and fan.", string(role), nil)
	}
}

func checkLocale(wrong *fault.Fields, locale string) {
	if !slices.Contains(Locales, locale) {
		wrong.Add("locale", "accounts.locale", "This language is not spoken here: it is one of "+strings.Join(Locales, ", ")+".",
			locale, fault.Args{"Locales": strings.Join(Locales, ", ")})
	}
}

// checkTimeZone refuses Go's own "Local" too: it means another zone on every
// machine.
func checkTimeZone(wrong *fault.Fields, zone string) {
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		wrong.Add("time_zone", "accounts.time_zone", "This is not a time zone: it has a name such as Europe/Berlin.", zone, nil)
	}
}
