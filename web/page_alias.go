package web

import (
	"fmt"

	"github.com/gin-gonic/gin"
)

// setAlias gives a link another name; an empty field takes it away.
func (s *Server) setAlias(c *gin.Context) {
	page, err := s.postPage(c)
	if err == nil {
		page.Naming, err = page.delivery(c)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	page.AliasTyped = c.PostForm("alias")
	if page.AliasTyped == "" {
		err = s.Links.RemoveAlias(ctx, *actorOf(ctx), page.Naming)
	} else {
		_, err = s.Links.SetAlias(ctx, *actorOf(ctx), page.Naming, page.AliasTyped)
	}
	if err != nil {
		s.renderForm(c, "post", page, err)
		return
	}
	s.say(c, "post_page.alias_saved", "")
	seeOther(c, fmt.Sprintf("/posts/%d#delivery-%d", page.Post.ID, page.Naming))
}
