package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// setting is one card of the settings: Key begins the keys of its words.
type setting struct{ Path, Icon, Key string }

var allSettings = []setting{
	{"/settings/accounts", "campaign", "settings.accounts"},
	{"/settings/people", "people", "settings.people"},
	{"/settings/keys", "key", "settings.keys"},
	{"/settings/sources", "store", "settings.sources"},
	{"/settings/webhooks", "out", "settings.webhooks"},
	{"/settings/audit", "clock", "settings.audit"},
	{"/preferences", "user", "settings.preferences"},
}

// settings shows the cards of what the person may open.
func (s *Server) settings(c *gin.Context) {
	v := s.view(c, "settings", nil)
	var mine []setting
	for _, one := range allSettings {
		if v.May(one.Path) {
			mine = append(mine, one)
		}
	}
	v.Data = mine
	s.renderView(c, http.StatusOK, "settings", v)
}
