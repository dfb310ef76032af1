package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/reports"
)

// campaignPage is one campaign and what came of it.
type campaignPage struct {
	Campaign   campaigns.Campaign
	Sale       campaigns.Sale
	Standing   standing
	First      *time.Time // when the next delivery is due
	Report     reports.Summary
	Audience   links.Audience
	Share      *networkShare // nil without orders
	Funnel     funnel
	Lost       float64        // unattributed orders of all
	Deliveries []deliveryLine // a page of them
	Pager      map[string]any
	Bars       []bar
	Paused     pauses
	Over       reportOver
	Terms      termsForm
}

// deliveriesOnPage is how many deliveries a page lists.
const deliveriesOnPage = 50

// barsMost is how many accounts are compared as bars: the table has them all.
const barsMost = 12

// deliveryLine is a delivery with its account and what came of it.
type deliveryLine struct {
	campaigns.Delivery
	Words  string // the text without its link
	Handle string
	Counts reports.Counts
}

// networkShare is the part of the orders that one network brought, the largest.
type networkShare struct {
	Network string
	Share   float64
}

func (s *Server) campaign(c *gin.Context) {
	page, err := s.campaignPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "campaign", page)
}

func (s *Server) campaignPage(c *gin.Context) (campaignPage, error) {
	var page campaignPage
	id, err := pathID(c, "id")
	if err != nil {
		return page, err
	}
	ctx, query := c.Request.Context(), s.reportQuery(c)
	if page.Campaign, err = s.Campaigns.Campaign(ctx, id); err != nil {
		return page, err
	}
	standing, err := s.Campaigns.Standing(ctx, id)
	var saleErr, reportErr, audienceErr, pausedErr error
	page.Sale, saleErr = s.Campaigns.Sale(ctx, page.Campaign.SaleID)
	page.Report, reportErr = s.Reports.Summary(ctx, id, query)
	page.Audience, audienceErr = s.Links.Audience(ctx, id)
	page.Paused, pausedErr = s.pausesOfCampaign(ctx, id, standing.Accounts)
	if err := cmp.Or(err, saleErr, reportErr, audienceErr, pausedErr); err != nil {
		return page, err
	}
	page.Standing, page.First = newStanding(standing.States), standing.Next
	page.Terms = newTermsForm(page.Campaign.AttributionTerms)
	page.Over = newReportOver(fmt.Sprintf("/campaigns/%d", id), page.Report.Outcome, query, s.Now())
	page.Funnel = newFunnel(page.Report.Counts, page.Sale.Units, page.Sale.Currency)
	if all := page.Report.Orders + page.Report.Unattributed; all > 0 {
		page.Lost = float64(page.Report.Unattributed) / float64(all)
	}
	return page, s.addCampaignDeliveries(c, &page)
}

// addCampaignDeliveries puts in what tells of single deliveries and accounts.
func (s *Server) addCampaignDeliveries(c *gin.Context, page *campaignPage) error {
	ctx, id := c.Request.Context(), page.Campaign.ID
	listed, err := s.Campaigns.Deliveries(ctx, id, deliveriesOnPage, c.Query("cursor"))
	if err != nil {
		return err
	}
	ids := make([]int64, len(listed.Items))
	for i, d := range listed.Items {
		ids[i] = d.ID
	}
	counts, err := s.Reports.DeliveryCounts(ctx, id, ids)
	social, socialErr := s.Accounts.NetworkAccounts(ctx)
	if err := cmp.Or(err, socialErr); err != nil {
		return err
	}
	page.Pager = pagerAt(c, url.URL{Path: fmt.Sprintf("/campaigns/%d", id), Fragment: "posts"}, listed)
	page.Deliveries = deliveryLines(listed.Items, social, counts)
	if page.Share = largestShare(page.Report); page.Share != nil {
		page.Bars = accountBars(page.Report.ByAccount, social)
	}
	return nil
}

// deliveryLines gives deliveries with what came of each.
func deliveryLines(deliveries []campaigns.Delivery, social []accounts.NetworkAccount, counts map[int64]reports.Counts) []deliveryLine {
	lines := make([]deliveryLine, len(deliveries))
	for i, d := range deliveries {
		lines[i] = deliveryLine{
			Delivery: d, Words: strings.ReplaceAll(d.Text, d.URL, " "),
			Handle: handleOf(social, d.AccountID), Counts: counts[d.ID],
		}
	}
	return lines
}

// accountBars compares the orders that came through each account; one alone has
// nothing to be compared with.
func accountBars(brought []reports.AccountReport, social []accounts.NetworkAccount) []bar {
	if len(brought) < 2 {
		return nil
	}
	bars := make([]bar, len(brought))
	for i, b := range brought {
		bars[i] = bar{Label: handleOf(social, b.AccountID), Network: b.Network, Value: b.Orders}
	}
	bars = newBars(bars)
	return bars[:min(len(bars), barsMost)]
}

func largestShare(report reports.Summary) *networkShare {
	if report.Orders == 0 {
		return nil
	}
	byNetwork := make(map[string]int64)
	best := ""
	for _, account := range report.ByAccount {
		byNetwork[account.Network] += account.Orders
		if n := byNetwork[account.Network]; best == "" || n > byNetwork[best] {
			best = account.Network
		}
	}
	return &networkShare{best, float64(byNetwork[best]) / float64(report.Orders)}
}

// handleOf gives how people know an account.
func handleOf(social []accounts.NetworkAccount, id int64) string {
	for _, account := range social {
		if account.ID == id {
			return cmp.Or(account.Handle, account.Name)
		}
	}
	return ""
}
