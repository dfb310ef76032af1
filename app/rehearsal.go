package app

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/connectors/sandbox"
	"fanfare/fault"
	"fanfare/media"
)

// RehearsalOptions say how a campaign is rehearsed.
type RehearsalOptions struct {
	Speed  float64 // how much faster than in reality posts come; 0 makes it about a minute
	Orders int     // that are sent, and one click in five more
}

// script is what is rehearsed: a copy of a campaign and of what it refers to,
// without credentials.
type script struct {
	campaign campaigns.Campaign
	sale     campaigns.Sale
	posts    []campaigns.Post // by due time, with the deliveries that are not cancelled
	accounts map[int64]accounts.NetworkAccount
	images   *media.Service // ours, to read the posts' images from
}

// readScript copies a campaign. It returns Conflict when it has no posts.
func readScript(ctx context.Context, a *App, campaignID int64) (script, error) {
	s := script{accounts: make(map[int64]accounts.NetworkAccount), images: a.Media}
	var err error
	if s.campaign, err = a.Campaigns.Campaign(ctx, campaignID); err != nil {
		return s, err
	}
	if s.sale, err = a.Campaigns.Sale(ctx, s.campaign.SaleID); err != nil {
		return s, err
	}
	posts, err := a.Campaigns.CampaignPosts(ctx, campaignID)
	if err != nil {
		return s, err
	}
	for _, post := range posts {
		post.Deliveries = slices.DeleteFunc(post.Deliveries, func(d campaigns.Delivery) bool { return d.State == campaigns.Cancelled })
		if len(post.Deliveries) > 0 {
			s.posts = append(s.posts, post)
		}
	}
	if len(s.posts) == 0 {
		return s, fault.New(fault.Conflict, "rehearsal.no_posts", "There is nothing to rehearse: the campaign has no posts.")
	}
	social, err := a.Accounts.NetworkAccounts(ctx)
	for _, account := range social {
		s.accounts[account.ID] = account
	}
	return s, err
}

// rehearsal is one run of a script.
type rehearsal struct {
	stage
	script
	options RehearsalOptions
	tell    func(reports.Rehearsal) // each time that something has changed
	result  reports.Rehearsal
	actor   accounts.Actor  // of the stage
	mapped  map[int64]int64 // accounts: ours to the stage's
	copies  map[int64]int64 // posts: ours to the stage's
	played  []campaigns.Delivery
}

// rehearse runs a script on a stage of its own. Nothing of it touches the real
// database, networks or store. What goes wrong is in the result.
func rehearse(ctx context.Context, s script, options RehearsalOptions, config Config, tell func(reports.Rehearsal)) reports.Rehearsal {
	r := &rehearsal{script: s, options: options, tell: tell, mapped: map[int64]int64{}, copies: map[int64]int64{}}
	r.result = reports.Rehearsal{
		CampaignID: s.campaign.ID, Campaign: s.campaign.Name, StartedAt: config.Clock.Now(), Stage: "preparing", Deliveries: s.lines(),
	}
	r.show()
	if err := r.perform(ctx, config); err != nil {
		r.result.Failed = explained(err)
	}
	ended := config.Clock.Now()
	r.result.EndedAt, r.result.Stage = &ended, "done"
	r.result.OK = r.result.Failed == "" && r.result.Published() == len(r.result.Deliveries) &&
		r.result.Clicks.Recorded == r.result.Clicks.Sent && r.result.Orders.Attributed == r.result.Orders.Sent
	r.show()
	return r.result
}

// show tells how it stands, in a copy that nobody changes any more.
func (r *rehearsal) show() {
	shown := r.result
	shown.Deliveries = slices.Clone(shown.Deliveries)
	r.tell(shown)
}

// lines are the deliveries to be rehearsed, before anything has happened.
func (s script) lines() (lines []reports.RehearsedDelivery) {
	for _, post := range s.posts {
		for _, d := range post.Deliveries {
			account := s.accounts[d.AccountID]
			lines = append(lines, reports.RehearsedDelivery{
				PostID: post.ID, AccountID: d.AccountID, Network: d.Network, Handle: cmp.Or(account.Handle, account.Name),
				Text: strings.TrimSpace(strings.ReplaceAll(d.Text, d.URL, "")), DueAt: post.DueAt, State: campaigns.Scheduled,
			})
		}
	}
	return lines
}

// noLimit takes the place of the networks' quotas: posts that reality spreads
// over days come within a minute here. The pre-flight looks at the quotas.
const noLimit = 1 << 30

func (r *rehearsal) perform(ctx context.Context, config Config) (err error) {
	folder, err := os.MkdirTemp("", "fanfare-rehearsal-")
	if err != nil {
		return unusable("the rehearsal's folder", err)
	}
	defer os.RemoveAll(folder)
	own := Config{Addr: "127.0.0.1:0", ClientIP: "127.0.0.1", LogLevel: "error", Clock: config.Clock, Secret: newSecret()}
	limits := sandbox.DefaultXLimits()
	for call, limit := range limits {
		limit.Calls = noLimit
		limits[call] = limit
	}
	lower, err := r.raise(ctx, own, stageOptions{
		folder: folder, x: sandbox.XOptions{Limits: limits},
		weibo:  sandbox.WeiboOptions{PostsPerHour: noLimit, CallsPerDay: noLimit},
		before: func() error { return r.makeDirector(ctx) },
	})
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, lower()) }()
	for _, act := range []struct {
		stage string
		play  func(context.Context) error
	}{
		{"preparing", r.copy}, {"posting", r.awaitPosts}, {"clicking", r.click}, {"ordering", r.order}, {"counting", r.count},
	} {
		r.result.Stage = act.stage
		r.show()
		if err := act.play(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makeDirector makes the one person on the stage.
func (r *rehearsal) makeDirector(ctx context.Context) error {
	person, err := r.app.Accounts.CreatePerson(ctx, accounts.System(), accounts.PersonDraft{
		Email: "director@rehearsal.example", Name: "Director", Role: accounts.Admin, Password: newPassword(),
	})
	if err != nil {
		return err
	}
	r.actor, err = r.app.Accounts.Actor(ctx, person.ID)
	return err
}

// RehearseCommand is `fanfare rehearse`.
type RehearseCommand struct {
	Campaign int64   `required:"" help:"Which campaign." placeholder:"ID"`
	Speed    float64 `help:"How much faster than in reality; about a minute in all when 0." placeholder:"N"`
	Orders   int     `help:"How many orders the store sends." default:"500"`
	JSON     bool    `help:"Print the result as JSON and nothing else."`
}

// Run implements the command. It fails when anything would have.
func (c *RehearseCommand) Run(ctx context.Context, config *Config) error {
	if c.Speed < 0 || c.Orders < 0 || c.Orders > 1_000_000 {
		return fault.New(fault.Invalid, "", "--speed and --orders cannot be negative, and --orders is at most 1,000,000.")
	}
	var s script
	err := withExisting(ctx, config, func(a *App) (err error) {
		s, err = readScript(ctx, a, c.Campaign)
		return err
	})
	if err != nil {
		return err
	}
	from, err := config.withDefaults()
	if err != nil {
		return err
	}
	var out io.Writer = os.Stdout
	if c.JSON {
		out = io.Discard
	}
	return c.print(out, rehearse(ctx, s, RehearsalOptions{c.Speed, c.Orders}, from, tellProgress(out)))
}
