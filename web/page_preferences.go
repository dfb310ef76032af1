package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
)

// preferencesForm is what everybody can choose for themselves. Theme, and for
// strangers the language, stay in the browser.
type preferencesForm struct {
	Locale   string
	TimeZone string
	Theme    string
	Changing bool // of the two forms, the one for the password was sent
}

// Zones are offered, not enforced: any name of the IANA database is taken.
func (preferencesForm) Zones() []string { return commonZones }

var commonZones = []string{
	"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "America/Chicago", "America/Denver",
	"America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Sao_Paulo", "Asia/Bangkok",
	"Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Macau",
	"Asia/Manila", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tokyo", "Asia/Urumqi",
	"Australia/Sydney", "Europe/Amsterdam", "Europe/Berlin", "Europe/Istanbul", "Europe/London",
	"Europe/Madrid", "Europe/Paris", "Europe/Vienna", "Europe/Zurich", "Pacific/Auckland",
}

func (s *Server) preferencesPage(c *gin.Context) {
	s.render(c, 200, "preferences", s.preferencesForm(c))
}

// preferencesForm gives what is chosen now.
func (s *Server) preferencesForm(c *gin.Context) preferencesForm {
	form := preferencesForm{Locale: s.locale(c), Theme: themeOf(c.Request)}
	if actor := actorOf(c.Request.Context()); actor != nil {
		form.TimeZone = actor.TimeZone
	}
	return form
}

func (s *Server) savePreferences(c *gin.Context) {
	form := preferencesForm{Locale: c.PostForm("locale"), TimeZone: strings.TrimSpace(c.PostForm("time_zone")), Theme: c.PostForm("theme")}
	if err := s.keepLocale(c, form.Locale, form.TimeZone); err != nil {
		s.renderForm(c, "preferences", form, err)
		return
	}
	s.keepTheme(c, form.Theme)
	s.say(c, "preferences.saved", "")
	seeOther(c, "/preferences")
}

// chooseLocale is the row of languages at the foot of every page.
func (s *Server) chooseLocale(c *gin.Context) {
	zone := ""
	if actor := actorOf(c.Request.Context()); actor != nil {
		zone = actor.TimeZone
	}
	if err := s.keepLocale(c, c.PostForm("locale"), zone); err != nil {
		s.fail(c, err)
		return
	}
	seeOther(c, withoutLang(localPath(c.PostForm("back"), "/")))
}

func (s *Server) chooseTheme(c *gin.Context) {
	s.keepTheme(c, c.PostForm("theme"))
	seeOther(c, localPath(c.PostForm("back"), "/"))
}

// keepLocale keeps a language with the person, and in the browser, so that it
// outlives the session.
func (s *Server) keepLocale(c *gin.Context, locale, zone string) error {
	if !slices.Contains(accounts.Locales, locale) {
		var wrong fault.Fields
		wrong.Add("locale", "locale.unknown", "This language is not offered.", locale, nil)
		return wrong.Err()
	}
	if actor := actorOf(c.Request.Context()); actor != nil {
		if err := s.Accounts.Preferences(c.Request.Context(), *actor, locale, zone); err != nil {
			return err
		}
	}
	s.setCookie(c, "lang", locale)
	return nil
}

// keepTheme keeps "light" or "dark"; anything else follows the system again.
func (s *Server) keepTheme(c *gin.Context, theme string) {
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	s.setCookie(c, "theme", theme)
}

// setCookie keeps a choice in the browser for a year; "" forgets it.
func (s *Server) setCookie(c *gin.Context, name, value string) {
	age := 365 * 24 * 60 * 60
	if value == "" {
		age = -1
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: s.sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// withoutLang takes lang= off a path: it would go before the choice just made.
func withoutLang(path string) string {
	u, err := url.Parse(path)
	if err != nil || !u.Query().Has("lang") {
		return path
	}
	query := u.Query()
	query.Del("lang")
	u.RawQuery = query.Encode()
	return u.String()
}
