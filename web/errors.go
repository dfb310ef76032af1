package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/fault"
)

var errNoAudience = errors.New("route without an audience")

var statusOf = map[fault.Kind]int{
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Conflict:        http.StatusConflict,
	fault.Limited:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Internal:        http.StatusInternalServerError,
}

// fail ends the request with err: a page for people, problem details for
// programs. It is the one place that turns a fault into a status.
func (s *Server) fail(c *gin.Context, err error) {
	var f *fault.Error
	if !errors.As(fault.Wrap(err, "web"), &f) {
		return
	}
	s.problem(c, statusOf[f.Kind], f)
}

func (s *Server) problem(c *gin.Context, status int, f *fault.Error) {
	c.Abort()
	s.logFault(c.Request.Method, c.FullPath(), status, f)
	if f.RetryAfter > 0 {
		c.Header("Retry-After", retryAfter(f))
	}
	if isPage(c.Request) {
		s.renderFault(c, status, f)
		return
	}
	problem := problemOf(status, f)
	locate(problem, c.Param, c.Request.URL.Query())
	if status == http.StatusUnauthorized && isPath(c.Request, "/api/") {
		c.Header("WWW-Authenticate", "Bearer")
	}
	c.Header("Content-Type", "application/problem+json")
	c.JSON(status, problem)
}

// retryAfter gives the header's whole seconds.
func retryAfter(f *fault.Error) string { return strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))) }

// isPage tells whether a person reads the answer.
func isPage(r *http.Request) bool {
	path := r.URL.Path
	for _, prefix := range []string{"/api/", "/hooks/", "/healthz", "/readyz", "/metrics", "/openapi"} {
		if strings.HasPrefix(path, prefix) {
			return false
		}
	}
	return true
}

// recoverPanic answers 500 and logs the stack; the process lives on.
func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.Logger.Error("panic", "route", c.FullPath(), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			s.fail(c, fault.Wrap(fmt.Errorf("panic: %v", cause), c.FullPath()))
		}
	}()
	c.Next()
}

func (s *Server) sessionFailed(w http.ResponseWriter, r *http.Request, err error) {
	s.Logger.Error("session", "err", err)
	s.bareFault(w, r, fault.New(fault.Unavailable, "fault.database", "The service cannot reach its database. Please try again in a moment."))
}

func (s *Server) crossOriginDenied(w http.ResponseWriter, r *http.Request) {
	s.bareFault(w, r, fault.New(fault.Forbidden, "fault.cross_origin", "This form was sent from another site. Please open the page here and try again."))
}

// bareFault ends a request that has no session: its page knows nobody, and the
// language of the browser alone.
func (s *Server) bareFault(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	status := statusOf[f.Kind]
	if !isPage(r) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(problemOf(status, f)) // the caller has left
		return
	}
	v := view{Page: "fault", Path: r.URL.RequestURI(), Locale: s.words.choose(r, cookieOf(r, "lang")), Theme: themeOf(r), Data: newFaultPage(r, status), access: s.access}
	v.Clock = newClock(s.Now(), "UTC", v.Locale)
	v.Message, _ = s.words.fault(v.Locale, f)
	var buffer bytes.Buffer
	page, err := s.pages.get(v.Locale, v.Page)
	if err == nil {
		err = page.Execute(&buffer, v)
	}
	if err != nil {
		http.Error(w, v.Message, status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes()) // the reader has left
}
