package web

import (
	"time"

	"fanfare/accounts"
	"fanfare/fault"
)

// Letters words the mails that the service sends, in the language and the time
// zone of who gets them.
type Letters struct {
	words     *words
	publicURL string
}

// NewLetters reads the words. publicURL begins the addresses in the mails.
func NewLetters(publicURL string) (*Letters, error) {
	words, err := loadWords()
	return &Letters{words, publicURL}, fault.Wrap(err, "translations")
}

// ChoosePassword brings a person a link to choose a password: an invitation, or
// what they asked for since they have forgotten theirs.
func (l *Letters) ChoosePassword(link accounts.PasswordLink, invited bool, now time.Time) (subject, text string, err error) {
	locale, kind := l.localeOf(link.Person), "forgotten"
	if invited {
		kind = "invited"
	}
	subject, err = l.words.say(locale, "mail.password_subject_"+kind)
	if err != nil {
		return "", "", fault.Wrap(err, "letter")
	}
	text, err = l.words.say(locale, "mail.password_text_"+kind, "Name", link.Person.Name, "Email", link.Person.Email,
		"When", newClock(now, link.Person.TimeZone, locale).Full(link.ExpiresAt), "URL", l.publicURL+passwordPath(link), "Home", l.publicURL)
	return subject, text, fault.Wrap(err, "letter")
}

func (l *Letters) localeOf(person accounts.Person) string {
	if _, spoken := l.words.localizers[person.Locale]; spoken {
		return person.Locale
	}
	return accounts.Locales[0]
}

// TokenEnds tells a person that an account's token ends.
func (l *Letters) TokenEnds(w accounts.ExpiryWarning, now time.Time) (subject, text string, err error) {
	locale := l.localeOf(w.Person)
	network, err := l.words.say(locale, "network."+w.Account.Network)
	if err != nil {
		return "", "", fault.Wrap(err, "letter")
	}
	subject, err = l.words.say(locale, "mail.token_subject", "Handle", w.Account.Handle, "Count", w.Days)
	if err != nil {
		return "", "", fault.Wrap(err, "letter")
	}
	text, err = l.words.say(locale, "mail.token_text", "Name", w.Person.Name, "Handle", w.Account.Handle, "Network", network,
		"When", newClock(now, w.Person.TimeZone, locale).Full(*w.Account.ExpiresAt), "URL", l.publicURL+"/settings/accounts")
	return subject, text, fault.Wrap(err, "letter")
}
