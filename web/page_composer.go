package web

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/fault"
)

// composerPage is a post in the making.
type composerPage struct {
	composerForm
	Campaign campaigns.Campaign
	Sale     campaigns.Sale
	Accounts []composerAccount
	Chosen   int        // accounts
	Live     bool       // made while somebody types: the button tells the time
	Due      *time.Time // nil while it cannot be read
	Market   *time.Time // Due by the market's clocks, where these differ
	Paused   pauses
}

// composerForm is a post as it is typed.
type composerForm struct {
	Text    string
	When    string // "at" or "now"
	DueAt   string
	Expires string
	First   bool // goes before others where a network's limit is near
	Media   []campaigns.PostMedia
	chosen  map[int64]bool
	variant map[int64]string
}

// expiries are the choices of how long after its time a post may still go out.
var expiries = []string{"", "10m", "1h", "24h"}

// firstPriority is that of a post that goes first: the API has room above it.
const firstPriority = 5

// Expiries lists them for the form.
func (composerPage) Expiries() []string { return expiries }

func (s *Server) newPost(c *gin.Context) {
	form, err := s.formAgain(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	page, err := s.composer(c, form)
	if err != nil {
		s.fail(c, err)
		return
	}
	due := s.Now().Add(time.Hour).Truncate(time.Hour)
	if page.Sale.OpensAt.After(s.Now()) {
		due = page.Sale.OpensAt
	}
	page.DueAt = due.In(actorPlace(c)).Format(inputTime)
	if len(page.Accounts) == 1 {
		page.Accounts[0].Chosen, page.Chosen = true, 1
	}
	s.render(c, http.StatusOK, "composer", page)
}

// previewPost shows what a form would make of itself, for the script that
// follows the typing: counts, previews and times come from one place.
func (s *Server) previewPost(c *gin.Context) {
	c.Set(leavesFlash, true)
	form, err := s.readComposer(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	page, err := s.composer(c, form)
	if err != nil {
		s.fail(c, err)
		return
	}
	page.Live = true
	if due, err := s.due(c, page.composerForm); err == nil {
		page.Due = &due
		if there, differs := marketTime(due.In(actorPlace(c)), page.Sale.Market); differs {
			page.Market = &there
		}
	}
	s.render(c, http.StatusOK, "composer", page)
}

func (s *Server) schedulePost(c *gin.Context) {
	form, wrong := s.readComposer(c)
	page, err := s.composer(c, form)
	if err != nil {
		s.fail(c, err)
		return
	}
	if wrong != nil {
		s.renderForm(c, "composer", page, wrong)
		return
	}
	ctx := c.Request.Context()
	draft := form.draft(page.Campaign.ID)
	var unread fault.Fields
	draft.DueAt, err = s.due(c, form) // zero for what cannot be read, which is refused
	addFields(&unread, err)
	post, err := s.Campaigns.SchedulePost(ctx, *actorOf(ctx), draft)
	if err != nil {
		s.renderForm(c, "composer", page, alsoUnread(err, unread))
		return
	}
	s.say(c, "composer.scheduled_"+form.When, "")
	seeOther(c, "/posts/"+strconv.FormatInt(post.ID, 10))
}

// choosePostCampaign finds out which campaign a new post is for.
func (s *Server) choosePostCampaign(c *gin.Context) {
	overviews, err := s.Campaigns.Overviews(c.Request.Context(), 0, c.Query("cursor"))
	if err != nil {
		s.fail(c, err)
		return
	}
	switch {
	case len(overviews.Items) == 0:
		seeOther(c, "/campaigns/new")
	case len(overviews.Items) == 1 && c.Query("cursor") == "":
		seeOther(c, "/campaigns/"+strconv.FormatInt(overviews.Items[0].ID, 10)+"/posts/new")
	default:
		s.render(c, http.StatusOK, "post_new", campaignListPage{Pager: pagerOf(c, overviews), Campaigns: campaignLines(overviews.Items)})
	}
}

// readComposer reads the form and keeps the images that came with it: they are
// attached whatever else is wrong. Lines end in CR LF there, which no network
// means.
func (s *Server) readComposer(c *gin.Context) (composerForm, error) {
	wrong := parseComposer(c)
	form := composerForm{
		Text: unixLines(c.PostForm("text")), When: c.PostForm("when"), DueAt: c.PostForm("due_at"),
		Expires: c.PostForm("expires_after"), First: c.PostForm("first") != "",
		chosen: map[int64]bool{}, variant: map[int64]string{},
		Media: readImages(c),
	}
	if form.When != "now" {
		form.When = "at"
	}
	for _, text := range c.PostFormArray("accounts") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			form.chosen[id] = true
			form.variant[id] = unixLines(c.PostForm("variants." + text))
		}
	}
	return form, cmp.Or(wrong, s.takeFiles(c, &form))
}

// draft gives what the service takes; an account without a text of its own
// gets the common one.
func (f composerForm) draft(campaignID int64) campaigns.PostDraft {
	draft := campaigns.PostDraft{CampaignID: campaignID, Text: f.Text, Media: f.Media, Variants: map[int64]string{}}
	if f.First {
		draft.Priority = firstPriority
	}
	for id := range f.chosen {
		draft.Accounts = append(draft.Accounts, id)
		if f.variant[id] != "" {
			draft.Variants[id] = f.variant[id]
		}
	}
	for _, choice := range expiries {
		if choice == f.Expires && choice != "" {
			draft.ExpiresAfter, _ = time.ParseDuration(choice)
		}
	}
	return draft
}

// due gives the instant that the form means.
func (s *Server) due(c *gin.Context, form composerForm) (time.Time, error) {
	if form.When == "now" {
		return s.Now(), nil
	}
	return parseLocal("due_at", form.DueAt, actorPlace(c))
}

// actorPlace gives the zone of who asks.
func actorPlace(c *gin.Context) *time.Location {
	return newClock(time.Time{}, actorOf(c.Request.Context()).TimeZone, "").Now.Location()
}

// composer gathers what the page needs besides the form.
func (s *Server) composer(c *gin.Context, form composerForm) (composerPage, error) {
	page := composerPage{composerForm: form}
	id, err := pathID(c, "id")
	if err != nil {
		return page, err
	}
	ctx := c.Request.Context()
	if page.Campaign, err = s.Campaigns.Campaign(ctx, id); err != nil {
		return page, err
	}
	var saleErr, pausedErr error
	page.Sale, saleErr = s.Campaigns.Sale(ctx, page.Campaign.SaleID)
	page.Paused, pausedErr = s.pausesOf(ctx, func(scope campaigns.Scope) bool {
		return scope == campaigns.OfCampaign(id) || scope.Kind() == "account"
	})
	social, err := s.Accounts.NetworkAccounts(ctx)
	if err := cmp.Or(err, saleErr, pausedErr); err != nil {
		return page, err
	}
	return page, s.addAccounts(ctx, &page, social)
}

func (s *Server) addAccounts(ctx context.Context, page *composerPage, social []accounts.NetworkAccount) error {
	for _, account := range social {
		row, err := s.composerRow(ctx, account, page.composerForm)
		if fault.Is(err, fault.Invalid) {
			continue // of a network that this program no longer has
		}
		if err != nil {
			return err
		}
		page.Accounts = append(page.Accounts, row)
		if row.Chosen {
			page.Chosen++
		}
	}
	return nil
}
