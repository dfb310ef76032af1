package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/fault"
)

const (
	rehearsalLead     = 5 * time.Second  // from the scheduling to the first due instant
	rehearsalPatience = 45 * time.Second // after the last due instant, for what is in doubt
	rehearsalParallel = 16               // clicks and orders at once: a real service may be beside it
)

// copy connects a sandbox account for each of ours and schedules the posts.
func (r *rehearsal) copy(ctx context.Context) error {
	now := r.config.Clock.Now()
	sale, err := r.app.Campaigns.CreateSale(ctx, r.actor, campaigns.Sale{
		Name: r.sale.Name, Product: r.sale.Product, Market: r.sale.Market, Currency: r.sale.Currency,
		Units: r.sale.Units, OpensAt: now, StoreURL: r.sale.StoreURL,
	})
	if err != nil {
		return err
	}
	campaign, err := r.app.Campaigns.CreateCampaign(ctx, r.actor, sale.ID, r.campaign.Name)
	if err != nil {
		return err
	}
	dues := make([]time.Time, len(r.posts))
	for i, post := range r.posts {
		dues[i] = post.DueAt
	}
	r.result.Speed = r.options.Speed
	if r.result.Speed == 0 {
		r.result.Speed = rehearsalSpeed(dues[len(dues)-1].Sub(dues[0]))
	}
	for i, due := range compress(dues, now.Add(rehearsalLead), r.result.Speed) {
		if err := r.copyPost(ctx, campaign.ID, r.posts[i], due); err != nil {
			return err
		}
	}
	return nil
}

// copyPost schedules one post. That it would be refused is a result.
func (r *rehearsal) copyPost(ctx context.Context, campaignID int64, post campaigns.Post, due time.Time) error {
	draft := campaigns.PostDraft{
		CampaignID: campaignID, Text: post.Text, Variants: map[int64]string{}, DueAt: due, ExpiresAfter: post.ExpiresAfter,
	}
	for _, d := range post.Deliveries {
		account, err := r.account(ctx, d.AccountID)
		if err != nil {
			return err
		}
		draft.Accounts = append(draft.Accounts, account)
		draft.Variants[account] = strings.ReplaceAll(d.Text, d.URL, "{link}")
	}
	if err := r.copyImages(ctx, post, &draft); err != nil {
		return err
	}
	made, err := r.app.Campaigns.SchedulePost(ctx, r.actor, draft)
	if fault.Is(err, fault.Invalid) {
		for i := range r.result.Deliveries {
			if line := &r.result.Deliveries[i]; line.PostID == post.ID {
				line.State = campaigns.Failed
				line.Reasons, line.Error = fieldMessages(err)
			}
		}
		return nil
	}
	r.copies[post.ID] = made.ID
	return err
}

// copyImages brings a post's images onto the stage.
func (r *rehearsal) copyImages(ctx context.Context, post campaigns.Post, draft *campaigns.PostDraft) error {
	for _, m := range post.Media {
		content, err := r.images.Content(ctx, m.Hash)
		if fault.Is(err, fault.NotFound) { // lost: the post will be refused, and shows as such
			draft.Media = append(draft.Media, m)
			continue
		}
		if err != nil {
			return err
		}
		copied, err := r.app.Media.Upload(ctx, r.actor, bytes.NewReader(content))
		if err != nil {
			return err
		}
		draft.Media = append(draft.Media, campaigns.PostMedia{Hash: copied.Hash, AltText: m.AltText})
	}
	return nil
}

// fieldMessages says what is wrong with an input, in one line.
func fieldMessages(err error) (reasons []connectors.Problem, line string) {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return nil, err.Error()
	}
	var messages []string
	for _, field := range wrong.Fields {
		messages = append(messages, field.Message)
		reasons = append(reasons, connectors.Problem{Key: field.Key, Message: field.Message, Args: field.Args})
	}
	return reasons, strings.Join(messages, " ")
}

// account gives the stage's account that stands for one of ours, and makes it
// when it is first asked for. Its links lead to the stage.
func (r *rehearsal) account(ctx context.Context, id int64) (int64, error) {
	if mapped, met := r.mapped[id]; met {
		return mapped, nil
	}
	ours := r.accounts[id]
	credentials, err := json.Marshal(r.credentials(ours))
	if err != nil {
		return 0, fault.Wrap(err, "credentials")
	}
	made, err := r.app.Campaigns.ConnectAccount(ctx, r.actor, campaigns.AccountDraft{Network: ours.Network, Name: ours.Name, Credentials: credentials})
	if err != nil {
		return 0, err
	}
	r.mapped[id] = made.ID
	return made.ID, nil
}

// credentials makes an account at the sandbox network of the same name.
func (r *rehearsal) credentials(ours accounts.NetworkAccount) map[string]string {
	if ours.Network == connectors.Twitter {
		return r.x.AddAccount(sandbox.XAccount{Handle: ours.Handle, Name: ours.Name}).Info().Credentials
	}
	made := r.weibo.AddAccount(sandbox.WeiboAccount{Name: ours.Handle, SafeDomain: r.config.Addr})
	return map[string]string{
		"app_key": made.AppKey, "app_secret": made.AppSecret, "access_token": made.AccessToken, "safe_domain": made.SafeDomain,
	}
}

// awaitPosts waits until every delivery has come to an end, or too long.
func (r *rehearsal) awaitPosts(ctx context.Context) error {
	for {
		open, last, err := r.refresh(ctx)
		if err != nil {
			return err
		}
		r.show()
		if open == 0 || r.config.Clock.Now().After(last.Add(rehearsalPatience)) {
			return nil // what is still open shows as such
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "", "The rehearsal was interrupted.")
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// refresh reads how the deliveries stand, how many have not come to an end,
// and when the last is due.
func (r *rehearsal) refresh(ctx context.Context) (open int, last time.Time, err error) {
	r.played = r.played[:0]
	byLine := make(map[[2]int64]campaigns.Delivery)
	for ours, copied := range r.copies {
		post, err := r.app.Campaigns.Post(ctx, copied)
		if err != nil {
			return 0, last, err
		}
		if post.DueAt.After(last) {
			last = post.DueAt
		}
		for _, d := range post.Deliveries {
			byLine[[2]int64{ours, d.AccountID}] = d
			switch d.State {
			case campaigns.Published:
				r.played = append(r.played, d)
			case campaigns.Scheduled, campaigns.Publishing, campaigns.InDoubt:
				open++
			}
		}
	}
	for i := range r.result.Deliveries {
		line := &r.result.Deliveries[i]
		if d, copied := byLine[[2]int64{line.PostID, r.mapped[line.AccountID]}]; copied {
			line.State, line.LatenessMS, line.Error, line.Reasons = d.State, d.LatenessMS, d.Error, nil
			if d.Error != "" {
				line.Reasons = []connectors.Problem{d.Problem()}
			}
		}
	}
	return open, last, nil
}

// click follows the links, as many times each, one click in five more than
// there will be orders.
func (r *rehearsal) click(ctx context.Context) error {
	if len(r.played) == 0 {
		return nil
	}
	browser, total := newClient("", "").http, r.options.Orders+r.options.Orders/5
	r.result.Clicks.Sent = int64(total)
	return each(ctx, total, func(ctx context.Context, i int) error {
		return follow(ctx, browser, r.played[i%len(r.played)])
	})
}

// order sends the orders, spread over the links as the clicks were.
func (r *rehearsal) order(ctx context.Context) error {
	if len(r.played) == 0 {
		return nil
	}
	r.result.Orders.Sent = int64(r.options.Orders)
	began := time.Now()
	err := each(ctx, r.options.Orders, func(ctx context.Context, i int) error {
		order := storeOrder{
			Store: "rehearsal", OrderID: fmt.Sprint(i + 1), Token: r.played[i%len(r.played)].Token,
			Kind: "order", Units: 1, Total: 100, Currency: r.sale.Currency, PlacedAt: began,
		}
		status, err := r.api.do(ctx, http.MethodPost, "/api/v1/orders", 0, order, nil)
		if err != nil && status != 0 {
			return nil // refused: it will be missing among the attributed
		}
		return err
	})
	if seconds := time.Since(began).Seconds(); r.options.Orders > 0 {
		r.result.Orders.PerSecond = float64(r.options.Orders) / seconds
	}
	return err
}

// each calls do for 0 to n-1, some at a time.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(rehearsalParallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// count reads the campaign's report: the same that the real campaign will have.
func (r *rehearsal) count(ctx context.Context) error {
	if len(r.played) == 0 {
		return nil
	}
	deadline := time.Now().Add(5 * time.Second)
	for { // clicks are committed a moment after their redirect
		report, err := r.app.Reports.Campaign(ctx, r.played[0].CampaignID, reports.Query{})
		if err != nil {
			return err
		}
		r.note(report)
		if report.Clicks >= r.result.Clicks.Sent || time.Now().After(deadline) {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (r *rehearsal) note(report reports.Report) {
	r.result.Lateness, r.result.Clicks.Recorded, r.result.Orders.Attributed = report.Lateness, report.Clicks, report.Orders
	counts := make(map[[2]int64]reports.Counts)
	for _, d := range report.ByDelivery {
		counts[[2]int64{d.PostID, d.AccountID}] = d.Counts
	}
	for i := range r.result.Deliveries {
		line := &r.result.Deliveries[i]
		c := counts[[2]int64{r.copies[line.PostID], r.mapped[line.AccountID]}]
		line.Clicks, line.Orders = c.Clicks, c.Orders
	}
}
