package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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
	Report     reports.Report
	Audience   links.Audience
	Share      *networkShare // nil without orders
	Funnel     funnel
	Lost       float64 // unattributed orders of all
	Deliveries []deliveryLine
	More       int // deliveries that only the export has
	Bars       []bar
	Paused     pauses
	Over       reportOver
	Terms      termsForm
}

// campaignLinesMost is how many deliveries the page lists.
const campaignLinesMost = 300

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
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	page, err := s.campaignPage(c.Request.Context(), id, s.reportQuery(c))
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "campaign", page)
}

func (s *Server) campaignPage(ctx context.Context, id int64, query reports.Query) (campaignPage, error) {
	var page campaignPage
	var err error
	if page.Campaign, err = s.Campaigns.Campaign(ctx, id); err != nil {
		return page, err
	}
	var posts []campaigns.Post
	var saleErr, postErr, reportErr, audienceErr, pausedErr error
	page.Sale, saleErr = s.Campaigns.Sale(ctx, page.Campaign.SaleID)
	posts, postErr = s.Campaigns.CampaignPosts(ctx, id)
	page.Report, reportErr = s.Reports.Campaign(ctx, id, query)
	page.Audience, audienceErr = s.Links.Audience(ctx, id)
	page.Paused, pausedErr = s.pausesOfPosts(ctx, id, posts...)
	social, err := s.Accounts.NetworkAccounts(ctx)
	if err := cmp.Or(err, saleErr, postErr, reportErr, audienceErr, pausedErr); err != nil {
		return page, err
	}
	page.Terms = newTermsForm(page.Campaign.AttributionTerms)
	page.fill(posts, social)
	page.Over = newReportOver(fmt.Sprintf("/campaigns/%d", id), page.Report.Outcome, query)
	return page, nil
}

// fill works out what the page says from the posts and the report.
func (p *campaignPage) fill(posts []campaigns.Post, social []accounts.NetworkAccount) {
	p.Deliveries = deliveryLines(posts, social, p.Report.Outcome)
	states := make(map[campaigns.State]int64)
	for _, post := range posts {
		states[post.State()]++
		for _, d := range post.Deliveries {
			if d.State == campaigns.Scheduled && !d.Paused && (p.First == nil || d.DueAt.Before(*p.First)) {
				p.First = &d.DueAt
			}
		}
	}
	p.Standing = newStanding(states)
	p.Share = largestShare(p.Report)
	if p.Share != nil {
		p.Bars = accountBars(p.Deliveries)
	}
	if len(p.Deliveries) > campaignLinesMost {
		p.Deliveries, p.More = p.Deliveries[:campaignLinesMost], len(p.Deliveries)-campaignLinesMost
	}
	p.Funnel = newFunnel(p.Report.Counts, p.Sale.Units, p.Sale.Currency)
	if all := p.Report.Orders + p.Report.Unattributed; all > 0 {
		p.Lost = float64(p.Report.Unattributed) / float64(all)
	}
}

// deliveryLines gives the deliveries of posts with what a report tells of each.
func deliveryLines(posts []campaigns.Post, social []accounts.NetworkAccount, outcome reports.Outcome) (lines []deliveryLine) {
	counts := make(map[int64]reports.Counts, len(outcome.ByDelivery))
	for _, d := range outcome.ByDelivery {
		counts[d.DeliveryID] = d.Counts
	}
	for _, post := range posts {
		for _, d := range post.Deliveries {
			lines = append(lines, deliveryLine{
				Delivery: d, Words: strings.ReplaceAll(d.Text, d.URL, " "),
				Handle: handleOf(social, d.AccountID), Counts: counts[d.ID],
			})
		}
	}
	return lines
}

// accountBars compares the orders that came through each account; one alone has
// nothing to be compared with.
func accountBars(deliveries []deliveryLine) []bar {
	var bars []bar
	at := make(map[int64]int)
	for _, d := range deliveries {
		i, known := at[d.AccountID]
		if !known {
			i, at[d.AccountID] = len(bars), len(bars)
			bars = append(bars, bar{Label: d.Handle, Network: d.Network})
		}
		bars[i].Value += d.Counts.Orders
	}
	if len(bars) < 2 {
		return nil
	}
	bars = newBars(bars)
	return bars[:min(len(bars), barsMost)]
}

func largestShare(report reports.Report) *networkShare {
	if report.Orders == 0 {
		return nil
	}
	byNetwork := make(map[string]int64)
	best := ""
	for _, d := range report.ByDelivery {
		byNetwork[d.Network] += d.Orders
		if n := byNetwork[d.Network]; best == "" || n > byNetwork[best] {
			best = d.Network
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
