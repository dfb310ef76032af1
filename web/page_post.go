package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/reports"
	"fanfare/connectors"
	"fanfare/fault"
)

// postPage is one post and how it fares on its way to each account.
type postPage struct {
	Post       campaigns.Post
	State      campaigns.State
	Campaign   campaigns.Campaign
	Deliveries []postDelivery
	Stoppable  bool // there is something left to cancel
	Missed     bool // an account has not got it and will not
	Paused     pauses
	Move       moveForm
	Movable    bool   // nothing of it has begun
	Settling   int64  // the delivery whose form was wrong
	RemoteURL  string // as it was typed there
	Naming     int64  // the delivery whose alias was wrong
	AliasTyped string // as it was typed there
	Audience   links.Audience
	Outcome    reports.Outcome
	Funnel     funnel
	Over       reportOver
}

// postDelivery is a delivery with its account and its story.
type postDelivery struct {
	campaigns.Delivery
	Account accounts.NetworkAccount
	Preview preview
	Steps   []step
	Stuck   bool // in doubt, and nothing but a person can help
	Figures *postFigures
}

// step is one event in the life of a delivery.
type step struct {
	State campaigns.State
	Key   string // of its sentence
	At    time.Time
	Why   connectors.Problem // what the network or the program said
}

func (s *Server) post(c *gin.Context) {
	page, err := s.postPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "post", page)
}

func (s *Server) postPage(c *gin.Context) (postPage, error) {
	var page postPage
	id, err := pathID(c, "id")
	if err != nil {
		return page, err
	}
	ctx := c.Request.Context()
	if page.Post, err = s.Campaigns.Post(ctx, id); err != nil {
		return page, err
	}
	query := s.reportQuery(c)
	var campaignErr, pausedErr, reportErr, audienceErr error
	page.Outcome, reportErr = s.Reports.Post(ctx, id, query)
	page.Audience, audienceErr = s.Links.PostAudience(ctx, id)
	page.Campaign, campaignErr = s.Campaigns.Campaign(ctx, page.Post.CampaignID)
	page.Paused, pausedErr = s.pausesOfPost(ctx, page.Post)
	if err := cmp.Or(campaignErr, pausedErr, reportErr, audienceErr); err != nil {
		return page, err
	}
	page.Funnel = newFunnel(page.Outcome.Counts, 0, "")
	page.Over = newReportOver(fmt.Sprintf("/posts/%d", id), page.Outcome, query, s.Now())
	page.State, page.Movable = shownPostState(page.Post), true
	page.Move = newMoveForm(page.Post, actorPlace(c))
	if err := s.addDeliveries(ctx, &page); err != nil {
		return page, err
	}
	return page, s.addFigures(ctx, &page)
}

func (s *Server) addDeliveries(ctx context.Context, page *postPage) error {
	social, err := s.Accounts.NetworkAccounts(ctx)
	if err != nil {
		return err
	}
	for _, d := range page.Post.Deliveries {
		account := accounts.NetworkAccount{Network: d.Network}
		for _, candidate := range social {
			if candidate.ID == d.AccountID {
				account = candidate
			}
		}
		page.Deliveries = append(page.Deliveries, postDelivery{
			Delivery: d, Account: account, Steps: story(d, account), Stuck: d.State == campaigns.InDoubt && d.WakeAt == nil,
			Preview: newPreview(account, d.Text, d.URL, d.URL, page.Post.Media),
		})
		page.Movable = page.Movable && d.State == campaigns.Scheduled
		page.Stoppable = page.Stoppable || isOpen(d.State) && page.Post.CancelledAt == nil
		page.Missed = page.Missed || missed(d)
	}
	return nil
}

// story tells a delivery's life, as far as its row knows it, in order.
func story(d campaigns.Delivery, account accounts.NetworkAccount) []step {
	steps := []step{{State: campaigns.Scheduled, Key: "post_page.step_due", At: d.DueAt}}
	if d.CalledAt != nil {
		steps = append(steps, step{State: campaigns.Publishing, Key: "post_page.step_called", At: *d.CalledAt})
	}
	last := step{State: d.State, Key: "post_page.step_" + string(d.State), At: d.UpdatedAt, Why: d.Problem()}
	switch {
	case d.State == campaigns.Scheduled && d.Attempts == 0 && d.Error == "":
		return steps
	case d.State == campaigns.Expired && d.HeldBy != "":
		last.Key, last.Why = "post_page.step_expired_held", connectors.Problem{}
	case d.State == campaigns.Scheduled && account.Problem != "":
		last.Key = "post_page.step_account" // there is no next attempt until somebody has seen to it
		last.Why = connectors.Problem{Key: account.ProblemKey, Message: account.Problem}
	case d.State == campaigns.Scheduled:
		last.Key = "post_page.step_again"
		if d.HeldBy != "" {
			last.Key, last.Why = "post_page.step_held", connectors.Problem{}
		}
		if d.WakeAt != nil {
			last.At = *d.WakeAt
		}
	case d.State == campaigns.Publishing:
		return steps
	case d.State == campaigns.Published && d.PublishedAt != nil:
		last.At = *d.PublishedAt
		if d.Delayed {
			last.Key = "post_page.step_delayed"
		}
	case d.State == campaigns.InDoubt && d.DoubtedAt != nil:
		last.At = *d.DoubtedAt
	}
	return append(steps, last)
}

func (s *Server) cancelPost(c *gin.Context) {
	id, err := pathID(c, "id")
	if err == nil {
		_, err = s.Campaigns.CancelPost(c.Request.Context(), *actorOf(c.Request.Context()), id)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.say(c, "post_page.cancelled", "")
	seeOther(c, "/posts/"+strconv.FormatInt(id, 10))
}

// foundDelivery takes a person's word that a delivery in doubt is out.
func (s *Server) foundDelivery(c *gin.Context) { s.settle(c, c.PostForm("remote_url"), true) }

// repeatDelivery takes a person's word that it surely is not: it goes once more.
func (s *Server) repeatDelivery(c *gin.Context) { s.settle(c, "", false) }

// settle ends a doubt. To the service no address means once more; so that an
// empty field never does that, found says which of the two is meant.
func (s *Server) settle(c *gin.Context, remoteURL string, found bool) {
	page, err := s.postPage(c)
	if err == nil {
		page.Settling, err = page.delivery(c)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	page.RemoteURL = remoteURL
	err = missingAddress()
	if !found || remoteURL != "" {
		err = s.Campaigns.SettleDelivery(c.Request.Context(), *actorOf(c.Request.Context()), page.Settling, remoteURL)
	}
	if err != nil {
		s.renderForm(c, "post", page, err)
		return
	}
	s.say(c, "post_page.settled", "")
	seeOther(c, "/posts/"+strconv.FormatInt(page.Post.ID, 10))
}

// delivery gives the id of the delivery in the path: one of this post.
func (p postPage) delivery(c *gin.Context) (int64, error) {
	id, err := pathID(c, "delivery")
	for _, d := range p.Deliveries {
		if d.ID == id {
			return id, err
		}
	}
	return 0, noPage()
}

func missingAddress() error {
	var wrong fault.Fields
	wrong.Add("remote_url", "delivery.remote_url", "The address of the post must begin with https:// or http://.", "", nil)
	return wrong.Err()
}
