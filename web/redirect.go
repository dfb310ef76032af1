package web

import (
	"net/http"

	"fanfare/campaigns/links"

	"github.com/gin-gonic/gin"
)

// follow sends a visitor of a campaign link to the store. A token that is not
// ours gets 404: an open redirect would lend our name to anybody.
func (s *Server) follow(c *gin.Context) {
	target, err := s.Links.Follow(c.Request.Context(), c.Param("token"), links.Visit{
		Method: c.Request.Method, UserAgent: c.Request.UserAgent(), Referrer: c.Request.Referer(),
		Address: c.ClientIP(), Country: s.country(c),
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
	if s.CountryHeader == "" {
		return ""
	}
	return c.GetHeader(s.CountryHeader)
}
