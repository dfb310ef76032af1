package web

import (
	"bytes"
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/webhooks"
)

// view is what every template sees; the page's own data is in Data.
type view struct {
	Page        string          // the page's name
	Path        string          // with the query, to come back to
	Actor       *accounts.Actor // nil for a stranger
	Locale      string
	Theme       string // "light", "dark", or "" for the system's
	Clock       clock
	Flash       *flash
	Message     string            // what went wrong as a whole; "" if nothing did
	Wrong       map[string]string // what is wrong, by field
	Data        any
	TimeZone    string
	access      map[string]audience // of all routes: what to show links to
	expiring    func() []accountLine
	switchedOff func() []webhooks.Endpoint
}

// Is tells whether the person has one of the roles; admins have all.
func (v view) Is(roles ...accounts.Role) bool {
	return v.Actor != nil && only(roles...).admits(v.Actor) == nil
}

// Staff tells whether the person works at the desk.
func (v view) Staff() bool { return v.Actor != nil && v.Actor.Role.Staff() }

// With gives the same view for a partial with data of its own.
func (v view) With(data any) view { v.Data = data; return v }

// Blank is With for another form of the page: nothing is wrong in that one.
func (v view) Blank(data any) view { v.Message, v.Wrong = "", nil; return v.With(data) }

// flash is a word said once, on the next page.
type flash struct {
	Key, Name string
	Undo      *undo // nil where nothing can be taken back
}

// leavesFlash marks a request whose answer nobody reads as a page: the word is
// for the page that comes.
const leavesFlash = "leaves-flash"

// undo is the form that takes back what was just done.
type undo struct {
	Path   string
	Fields map[string]string
}

// render writes a page. It renders into memory first: a template that fails
// half way must not send half a page with status 200.
func (s *Server) render(c *gin.Context, status int, name string, data any) {
	s.renderView(c, status, name, s.view(c, name, data))
}

// renderForm writes a page again with what is wrong in its form; another error
// than wrong input ends the request.
func (s *Server) renderForm(c *gin.Context, name string, data any, err error) {
	kind := fault.KindOf(err)
	f, ok := asFault(err)
	if !ok || (kind != fault.Invalid && kind != fault.Conflict && kind != fault.Limited && kind != fault.Unauthenticated && kind != fault.Unavailable) {
		s.fail(c, err)
		return
	}
	v := s.view(c, name, data)
	v.Message, v.Wrong = s.words.fault(v.Locale, f)
	s.renderView(c, statusOf[f.Kind], name, v)
}

// faultPage tells why a request ended. Again is the page to load once more,
// where that may help.
type faultPage struct {
	Status int
	Again  string
}

func newFaultPage(r *http.Request, status int) faultPage {
	page := faultPage{Status: status}
	if r.Method == http.MethodGet && (status >= 500 || status == http.StatusTooManyRequests) {
		page.Again = r.URL.RequestURI()
	}
	return page
}

func (s *Server) renderFault(c *gin.Context, status int, f *fault.Error) {
	v := s.view(c, "fault", newFaultPage(c.Request, status))
	v.Message, v.Wrong = s.words.fault(v.Locale, f)
	s.renderView(c, status, "fault", v)
}

func (s *Server) renderView(c *gin.Context, status int, name string, v view) {
	var buffer bytes.Buffer
	page, err := s.pages.get(v.Locale, name)
	if err == nil {
		err = page.Execute(&buffer, v)
	}
	if err != nil {
		s.Logger.Error("render", "page", name, "locale", v.Locale, "err", err)
		c.Data(500, "text/plain; charset=utf-8", []byte("This page is broken on our side. Please tell the people who run this service."))
		return
	}
	if c.Writer.Header().Get("Cache-Control") == "" {
		c.Header("Cache-Control", "private, no-store")
	}
	c.Data(status, "text/html; charset=utf-8", buffer.Bytes())
}

func (s *Server) view(c *gin.Context, name string, data any) view {
	v := view{
		Page: name, Path: c.Request.URL.RequestURI(), Actor: actorOf(c.Request.Context()),
		Locale: s.locale(c), Data: data, access: s.access, expiring: s.expiring(c), switchedOff: s.switchedOff(c),
	}
	v.TimeZone = "UTC"
	if v.Actor != nil {
		v.TimeZone = v.Actor.TimeZone
	}
	v.Clock = newClock(s.Now(), v.TimeZone, v.Locale)
	v.Theme = themeOf(c.Request)
	if !c.GetBool(leavesFlash) {
		v.Flash = s.takeFlash(c)
	}
	return v
}

// themeOf gives the theme that was chosen in this browser, "" for the system's.
func themeOf(r *http.Request) string {
	if theme := cookieOf(r, "theme"); theme == "light" || theme == "dark" {
		return theme
	}
	return ""
}

// cookieOf gives a cookie's value, "" for none.
func cookieOf(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// locale gives the visitor's language: of this address, of the person, of the
// cookie, of the browser.
func (s *Server) locale(c *gin.Context) string {
	chosen := c.Query("lang")
	if actor := actorOf(c.Request.Context()); chosen == "" && actor != nil {
		chosen = actor.Locale
	}
	return s.words.choose(c.Request, cmp.Or(chosen, cookieOf(c.Request, "lang")))
}
