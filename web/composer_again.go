package web

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
)

// missed tells whether a delivery has ended without its post being out.
func missed(d campaigns.Delivery) bool {
	return d.State == campaigns.Failed || d.State == campaigns.Expired || d.State == campaigns.Cancelled
}

// formAgain is the form of a new post, filled in with the post that the address
// asks to write again: for the accounts that missed it, and no others, so that
// nothing stands on an account twice.
func (s *Server) formAgain(c *gin.Context) (composerForm, error) {
	form := composerForm{Text: "\n\n{link}", When: "at"}
	id, err := strconv.ParseInt(c.Query("again"), 10, 64)
	if err != nil {
		return form, nil
	}
	post, err := s.Campaigns.Post(c.Request.Context(), id)
	if err != nil {
		return form, err
	}
	form.Text, form.chosen, form.variant = post.Text, map[int64]bool{}, map[int64]string{}
	for _, image := range post.Media {
		form.Media = append(form.Media, campaigns.PostMedia{Hash: image.Hash, AltText: image.AltText})
	}
	for _, d := range post.Deliveries {
		if !missed(d) {
			continue
		}
		form.chosen[d.AccountID] = true
		if text := strings.Replace(d.Text, d.URL, "{link}", 1); text != post.Text {
			form.variant[d.AccountID] = text
		}
	}
	return form, nil
}
