package web

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"fanfare/fault"
)

// unescape gives the parts of the path as they were meant. Routes are found by
// the path as it was sent, or an id with a slash would be two parts; Gin's own
// unescaping takes a plus for a space, as in a query.
func (s *Server) unescape(c *gin.Context) {
	if c.Request.URL.RawPath == "" {
		return // nothing stands in it that could be taken in two ways
	}
	for i := range c.Params {
		if plain, err := url.PathUnescape(c.Params[i].Value); err == nil {
			c.Params[i].Value = plain
		}
	}
}

// uncompressed refuses bodies that are packed: what they unpack to has no
// bound, and a signature is over what was sent.
func (s *Server) uncompressed(c *gin.Context) {
	if coding := c.GetHeader("Content-Encoding"); coding != "" && coding != "identity" {
		c.Header("Accept-Encoding", "identity")
		s.problem(c, http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "fault.encoding", "Send the body as it is, without a Content-Encoding."))
	}
}
