package campaigns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/netguard"
	"fanfare/scheduler"
	"fanfare/storage"
)

// twinWindow is how long a published text keeps its like off the account.
const twinWindow = 24 * time.Hour

// SchedulePost stores the post, a delivery and a link for each account, and
// their jobs, all in one transaction. It returns NotFound without such a
// campaign, and Invalid with every wrong field: text, variants.ACCOUNT_ID,
// accounts, media, media.N.alt_text, due_at, expires_after.
func (s *Service) SchedulePost(ctx context.Context, actor accounts.Actor, draft PostDraft) (Post, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Post{}, err
	}
	draft.DueAt = stored(draft.DueAt)
	var post Post
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := newPlan(tx, draft)
		if err != nil {
			return err
		}
		if post, err = s.store(tx, actor, p); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "post.schedule", fmt.Sprintf("post %d", post.ID))
	})
	if err != nil {
		return Post{}, err
	}
	return post, nil
}

// store writes the post, its deliveries, links and jobs. It returns Invalid
// where a network would refuse a final text, or an account has one like it.
func (s *Service) store(tx *storage.Tx, actor accounts.Actor, p plan) (Post, error) {
	post := Post{
		CampaignID: p.campaign.ID, Text: p.Text, DueAt: p.DueAt, ExpiresAfter: p.ExpiresAfter,
		Priority: p.Priority, CreatedBy: actor.PersonID, CreatedAt: tx.Now,
	}
	if err := tx.Create(&post).Error; err != nil {
		return Post{}, err
	}
	if err := storeMedia(tx, &post, p.Media); err != nil {
		return Post{}, err
	}
	var wrong fault.Fields
	var jobs []scheduler.Entry
	for _, account := range p.accounts {
		delivery, err := s.storeDelivery(tx, p, post, account)
		if err != nil {
			return Post{}, err
		}
		if err := s.checkFinal(tx, &wrong, p, account, delivery); err != nil {
			return Post{}, err
		}
		jobs = append(jobs, s.nextJobs(delivery, tx.Now)...)
		post.Deliveries = append(post.Deliveries, delivery)
	}
	if err := wrong.Err(); err != nil {
		return Post{}, err
	}
	return post, s.jobs.Enqueue(tx, jobs...)
}

// storeDelivery writes a delivery and its link. The text holds the link: the
// row comes first and is completed then.
func (s *Service) storeDelivery(tx *storage.Tx, p plan, post Post, account accounts.NetworkAccount) (Delivery, error) {
	d := Delivery{
		PostID: post.ID, CampaignID: post.CampaignID, AccountID: account.ID, Network: account.Network,
		Priority: post.Priority, State: Scheduled, DueAt: post.DueAt, WakeAt: at(post.DueAt), UpdatedAt: tx.Now,
		Images: len(post.Media),
	}
	if post.ExpiresAfter > 0 {
		d.ExpiresAt = at(post.DueAt.Add(post.ExpiresAfter))
	}
	if err := tx.Create(&d).Error; err != nil {
		return d, err
	}
	link, err := s.links.Create(tx, links.Draft{
		Place:   links.Place{CampaignID: d.CampaignID, PostID: d.PostID, DeliveryID: d.ID},
		Network: account.Network, Base: account.LinkBaseURL, Campaign: p.campaign.Name, StoreURL: p.sale.StoreURL,
	})
	if err != nil {
		return d, err
	}
	d.Token, d.URL = s.tokens.Token(link.ID), link.URL
	_, text := p.textFor(account.ID)
	d.Text = compose(text, d.URL)
	d.TextKey = textKey(d.Text)
	return d, tx.Model(&d).Select("text", "text_key").Updates(&d).Error
}

// checkFinal notes why the network would refuse a delivery's text or images, and whether
// the account has one like it, waiting or out since yesterday.
func (s *Service) checkFinal(tx *storage.Tx, wrong *fault.Fields, p plan, account accounts.NetworkAccount, d Delivery) error {
	field, text := p.textFor(account.ID)
	network := s.networks[account.Network]
	if network == nil {
		return fault.New(fault.Internal, "", "No connector for the network "+account.Network+".")
	}
	addProblems(wrong, field, text, network.Check(d.Text, linkHost(account)))
	p.checkImages(wrong, network, account)
	var twins int64
	err := tx.Model(&Delivery{}).
		Where("account_id = ? AND text_key = ? AND id <> ?", account.ID, d.TextKey, d.ID).
		Where("(state IN ('scheduled', 'publishing', 'in_doubt') OR (state = 'published' AND published_at > ?))", tx.Now.Add(-twinWindow)).
		Count(&twins).Error
	if twins > 0 {
		wrong.Add(field, "post.twin",
			"The account "+account.Name+" has a post like this, which differs in nothing but its link. Networks refuse such twins: please vary the text.",
			text, fault.Args{"Account": account.Name})
	}
	return err
}

// addProblems notes what a network found, once for each field: several
// accounts may share a text.
func addProblems(wrong *fault.Fields, field, text string, check connectors.Check) {
	if check.Valid {
		return
	}
	for _, problem := range check.Problems {
		same := func(f fault.Field) bool { return f.Location == field && f.Message == problem.Message }
		if !slices.ContainsFunc(*wrong, same) {
			wrong.Add(field, problem.Key, problem.Message, text, fault.Args(problem.Args))
		}
	}
	if len(check.Problems) == 0 {
		wrong.Add(field, "post.refused", "The network would refuse this text.", text, nil)
	}
}

// linkHost gives the host that an account's links must have: accounts without
// a link base of their own are free.
func linkHost(account accounts.NetworkAccount) string {
	u, ok := netguard.ParseURL(account.LinkBaseURL)
	if !ok {
		return ""
	}
	return u.Host
}
