package web

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
	"fanfare/storage"
)

// campaignListPage is the campaigns with how they stand.
type campaignListPage struct {
	Campaigns []campaignLine
	Pager     map[string]any
	Paused    pauses
}

type campaignLine struct {
	campaigns.Overview
	standing
}

// standing counts a campaign's posts, as the sentence about it needs them: a
// post is out when it is on all its accounts, and a cancelled one is no part of
// the plan any more.
type standing struct {
	Planned, Out, Waiting, Doubt, Failed int64
}

func newStanding(states map[campaigns.State]int64) standing {
	s := standing{
		Out: states[campaigns.Published], Doubt: states[campaigns.InDoubt],
		Waiting: states[campaigns.Scheduled] + states[campaigns.Publishing],
		Failed:  states[campaigns.Failed] + states[campaigns.Expired],
	}
	s.Planned = s.Out + s.Doubt + s.Waiting + s.Failed
	return s
}

func (s *Server) campaignList(c *gin.Context) {
	ctx := c.Request.Context()
	overviews, err := s.Campaigns.Overviews(ctx, 0, c.Query("cursor"))
	paused, pausedErr := s.largePauses(ctx)
	if err := cmp.Or(err, pausedErr); err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "campaigns", campaignListPage{
		Campaigns: campaignLines(overviews.Items), Pager: pagerOf(c, overviews), Paused: paused,
	})
}

func campaignLines(overviews []campaigns.Overview) []campaignLine {
	lines := make([]campaignLine, len(overviews))
	for i, o := range overviews {
		lines[i] = campaignLine{o, newStanding(o.States)}
	}
	return lines
}

// campaignForm is a campaign as it is typed.
type campaignForm struct {
	Name  string
	Sale  int64
	Sales []campaigns.Sale
}

func (s *Server) newCampaign(c *gin.Context) {
	sales, err := s.newestSales(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	if len(sales) == 0 {
		seeOther(c, "/sales/new") // a campaign announces a sale
		return
	}
	form := campaignForm{Sale: sales[0].ID, Sales: sales}
	chosen, _ := strconv.ParseInt(c.Query("sale"), 10, 64)
	for _, sale := range sales {
		if sale.ID == chosen {
			form.Sale, form.Name = sale.ID, sale.Name
		}
	}
	s.render(c, http.StatusOK, "campaign_new", form)
}

func (s *Server) createCampaign(c *gin.Context) {
	ctx := c.Request.Context()
	form := campaignForm{Name: c.PostForm("name"), Sale: formID(c, "sale_id")}
	campaign, err := s.Campaigns.CreateCampaign(ctx, *actorOf(ctx), form.Sale, form.Name)
	if err == nil {
		s.say(c, "campaigns.created", campaign.Name)
		seeOther(c, "/campaigns/"+strconv.FormatInt(campaign.ID, 10))
		return
	}
	sales, listErr := s.newestSales(c)
	if listErr != nil {
		s.fail(c, listErr)
		return
	}
	form.Sales = sales
	s.renderForm(c, "campaign_new", form, err)
}

// newestSales are those to choose from: whoever announces an older one has
// made its campaign long ago.
func (s *Server) newestSales(c *gin.Context) ([]campaigns.Sale, error) {
	var page storage.Page[campaigns.Sale]
	page, err := s.Campaigns.Sales(c.Request.Context(), 100, "")
	return page.Items, err
}
