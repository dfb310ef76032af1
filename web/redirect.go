package web

import (
	"net/http"
	"strings"

	"fanfare/campaigns/links"

	"github.com/gin-gonic/gin"
)

// follow sends a visitor of a campaign link to the store. A token that is not
// ours gets 404: an open redirect would lend our name to anybody.
func (s *Server) follow(c *gin.Context) {
	target, err := s.Links.Follow(c.Request.Context(), c.Param("token"), links.Visit{
		Method: c.Request.Method, UserAgent: c.Request.UserAgent(), Referrer: c.Request.Referer(),
		Address: c.ClientIP(), Country: s.country(c), Ahead: fetchedAhead(c.Request.Header),
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store") // each visit is a click
	c.Header("Location", target)
	c.Status(http.StatusFound)
	c.Writer.WriteHeaderNow()
}

// country gives what the proxy in front tells, where one is trusted to.
func (s *Server) country(c *gin.Context) string {
	if s.CountryHeader == "" || !s.isProxy(c.RemoteIP()) {
		return ""
	}
	return c.GetHeader(s.CountryHeader)
}

// fetchedAhead tells whether a page is loaded before anybody has asked for it.
// Sec-Purpose is the standard's, the others are what browsers sent before.
// https://html.spec.whatwg.org/multipage/speculative-loading.html#the-sec-purpose-header
func fetchedAhead(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if value := strings.ToLower(h.Get(name)); strings.HasPrefix(value, "prefetch") || strings.HasPrefix(value, "preview") {
			return true
		}
	}
	return false
}
