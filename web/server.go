// Package web is what people and programs see of Fanfare: pages rendered on
// the server, the JSON API, and the redirects of campaign links. A handler
// parses, calls one service, and renders; routes.go lists them all.
package web

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
	"fanfare/campaigns/stores"
	"fanfare/community"
	"fanfare/fault"
	"fanfare/media"
	"fanfare/webhooks"
)

// Options are what the server is made of.
type Options struct {
	Accounts  *accounts.Service
	Campaigns *campaigns.Service
	Links     *links.Service
	Orders    *orders.Service
	Stores    *stores.Service
	Reports   *reports.Service
	Community *community.Service
	Media     *media.Service
	Webhooks  *webhooks.Service
	Sessions  scs.Store
	PublicURL string // scheme, host and perhaps a path before all of ours
	Version   string
	// TrustedProxies are addresses and networks of proxies that tell whom they
	// serve; without any it is this machine's.
	TrustedProxies []string
	// CountryHeader is the header in which such a proxy tells the visitor's
	// country; "" believes none.
	CountryHeader string
	Now           func() time.Time
	// Ready tells whether the process can serve; nil error means yes.
	Ready func(ctx context.Context) error
	// Rehearse begins a rehearsal of a campaign; Rehearsal gives the last one,
	// or the one that is running, nil without any. Without them there are none.
	Rehearse  func(campaignID int64) error
	Rehearsal func(campaignID int64) *reports.Rehearsal
	// Metrics serves Prometheus text.
	Metrics http.Handler
	Logger  *slog.Logger
}

// Server serves all of it; it is an http.Handler.
type Server struct {
	Options
	sessions *scs.SessionManager
	words    *words
	pages    *pages
	access   map[string]audience // by "METHOD /path/:param", as Gin knows it
	engine   *gin.Engine
	api      huma.API
	handler  http.Handler
	signUps  *throttle
	letters  *throttle
	drops    *dropHub
	failures *failures
	proxies  []netip.Prefix // that are trusted
	patience time.Duration
}

// New builds the server. It fails when a template or a translation is broken,
// so that a broken page shows at start and not to a visitor.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.noRehearsals()
	s := &Server{Options: o, access: map[string]audience{}, patience: patience}
	s.sessions = scs.New()
	s.sessions.Store = o.Sessions
	s.sessions.Lifetime = 30 * 24 * time.Hour
	s.sessions.IdleTimeout = 7 * 24 * time.Hour
	s.sessions.HashTokenInStore = true
	s.sessions.Cookie.Name = "fanfare"
	s.sessions.Cookie.SameSite = http.SameSiteLaxMode
	s.sessions.Cookie.Secure = strings.HasPrefix(o.PublicURL, "https://")
	s.sessions.ErrorFunc = s.sessionFailed

	var err error
	if s.words, err = loadWords(); err != nil {
		return nil, fault.Wrap(err, "translations")
	}
	if s.pages, err = loadPages(s.words); err != nil {
		return nil, fault.Wrap(err, "templates")
	}

	s.signUps = newThrottle(30, time.Minute, "sign_up.limited", "Many people have signed up from your network just now. Please try again in a few minutes.")
	s.letters = newThrottle(10, time.Minute, "password.limited", "Many letters have been asked for from your network just now. Please try again in a few minutes.")
	s.drops = newDropHub(s)
	s.failures = newFailures()
	gin.SetMode(gin.ReleaseMode)
	s.engine = gin.New()
	if err := s.trustProxies(); err != nil {
		return nil, fault.Wrap(err, "trusted proxies")
	}
	s.engine.HandleMethodNotAllowed = true
	s.engine.UseRawPath, s.engine.UnescapePathValues = true, false // an order's id may hold %2F
	s.engine.Use(s.recoverPanic, s.unescape, s.authorize, s.uncompressed)
	s.engine.NoRoute(func(c *gin.Context) {
		s.fail(c, fault.New(fault.NotFound, "fault.no_page", "There is no page at this address."))
	})
	s.engine.NoMethod(func(c *gin.Context) {
		s.problem(c, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "fault.no_method", "This address does not take that method."))
	})
	s.registerRoutes()
	s.handler = s.chain()
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// chain puts around the engine what every answer needs, and around what a
// browser asks for the session and the check against cross-origin forgery. A
// redirect or a call with a key has neither: it costs a drop too much.
func (s *Server) chain() http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(s.crossOriginDenied))
	browser := crossOrigin.Handler(s.sessions.LoadAndSave(s.engine))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setSecurityHeaders(w.Header(), r)
		if r.Method == http.MethodHead && !isPath(r, "/r/") {
			r = r.Clone(r.Context())
			r.Method = http.MethodGet // net/http sends no body for it
		}
		r, cancel := s.limited(r)
		defer cancel()
		if hasSession(r) {
			browser.ServeHTTP(w, r)
			return
		}
		s.engine.ServeHTTP(w, r)
	})
}

// pageHeaders allow pages our own scripts, styles and images alone.
// https://www.w3.org/TR/CSP3/
var pageHeaders = http.Header{
	"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"strict-origin-when-cross-origin"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
}

// setSecurityHeaders leaves out of a call's answer, and of a redirect, what only
// a page obeys: at a drop's speed it would be half of the bytes.
func setSecurityHeaders(h http.Header, r *http.Request) {
	if isPath(r, "/api/") || isPath(r, "/r/") {
		h["X-Content-Type-Options"] = pageHeaders["X-Content-Type-Options"]
		return
	}
	maps.Copy(h, pageHeaders)
}

func isPath(r *http.Request, prefix string) bool { return strings.HasPrefix(r.URL.Path, prefix) }
