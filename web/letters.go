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

// TokenEnds tells a person that an account's token ends.
func (l *Letters) TokenEnds(w accounts.ExpiryWarning, now time.Time) (subject, text string, err error) {
	locale := w.Person.Locale
	if _, spoken := l.words.localizers[locale]; !spoken {
		locale = accounts.Locales[0]
	}
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
