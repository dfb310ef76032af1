package web

import (
	"strconv"
	"time"

	"fanfare/campaigns/orders"

	"github.com/gin-gonic/gin"
)

// termsForm is how a campaign shares out its orders, as it is typed.
type termsForm struct {
	Model  orders.AttributionModel
	Models []orders.AttributionModel
	Window string // a whole number of units
	Unit   string
	Units  []string
}

// windowUnits are what people count a window in, the longest first.
var windowUnits = []struct {
	name string
	unit time.Duration
}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}}

func newTermsForm(terms orders.AttributionTerms) termsForm {
	form := termsForm{Model: terms.AttributionModel, Models: orders.AttributionModels}
	window := time.Duration(terms.AttributionWindow)
	for _, u := range windowUnits {
		form.Units = append(form.Units, u.name)
		if form.Unit == "" && window%u.unit == 0 {
			form.Window, form.Unit = strconv.FormatInt(int64(window/u.unit), 10), u.name
		}
	}
	if form.Unit == "" { // the API takes seconds too
		form.Window, form.Unit = strconv.FormatInt(int64(window/time.Minute), 10), "minutes"
	}
	return form
}

// draft gives the terms as the service takes them. What is no number it refuses.
func (f termsForm) draft() orders.TermsDraft {
	draft := orders.TermsDraft{Model: f.Model, Window: f.Window + " " + f.Unit}
	n, err := strconv.ParseInt(f.Window, 10, 32)
	for _, u := range windowUnits {
		if err == nil && u.name == f.Unit {
			draft.Window = (time.Duration(min(n, 1_000_000)) * u.unit).String()
		}
	}
	return draft
}

func (s *Server) changeAttribution(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	form := newTermsForm(orders.AttributionTerms{})
	form.Model, form.Window, form.Unit = orders.AttributionModel(c.PostForm("attribution_model")), c.PostForm("attribution_window"), c.PostForm("window_unit")
	err = s.Orders.ChangeAttribution(ctx, *actorOf(ctx), id, form.draft())
	if err == nil {
		s.say(c, "attribution.saved", "")
		seeOther(c, "/campaigns/"+strconv.FormatInt(id, 10))
		return
	}
	page, pageErr := s.campaignPage(c)
	if pageErr != nil {
		s.fail(c, pageErr)
		return
	}
	page.Terms = form
	s.renderForm(c, "campaign", page, err)
}
