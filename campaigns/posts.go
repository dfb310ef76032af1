package campaigns

import (
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
)

var errNotBuilt = fault.New(fault.Internal, "", "Not built yet.")

func (s *Service) registerJobs() error { return nil }

// CreateSale makes a sale. It returns Invalid with every wrong field.
func (s *Service) CreateSale(ctx context.Context, actor accounts.Actor, sale Sale) (Sale, error) {
	return Sale{}, errNotBuilt
}

// Sale gives one sale.
func (s *Service) Sale(ctx context.Context, id int64) (Sale, error) { return Sale{}, errNotBuilt }

// Sales lists sales, newest first.
func (s *Service) Sales(ctx context.Context, limit int, cursor string) (storage.Page[Sale], error) {
	return storage.Page[Sale]{}, errNotBuilt
}

// CreateCampaign makes a campaign for a sale.
func (s *Service) CreateCampaign(ctx context.Context, actor accounts.Actor, saleID int64, name string) (Campaign, error) {
	return Campaign{}, errNotBuilt
}

// Campaign gives one campaign.
func (s *Service) Campaign(ctx context.Context, id int64) (Campaign, error) {
	return Campaign{}, errNotBuilt
}

// Campaigns lists campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, limit int, cursor string) (storage.Page[Campaign], error) {
	return storage.Page[Campaign]{}, errNotBuilt
}

// ConnectAccount asks the network whose the credentials are and stores the account.
func (s *Service) ConnectAccount(ctx context.Context, actor accounts.Actor, draft AccountDraft) (accounts.NetworkAccount, error) {
	return accounts.NetworkAccount{}, errNotBuilt
}

// CheckText counts and examines a text as the network does. {link} counts as a campaign link.
func (s *Service) CheckText(network, text string) (connectors.Check, error) {
	return connectors.Check{}, errNotBuilt
}

// SchedulePost stores the post, a delivery and a link for each account, and
// their jobs, all in one transaction.
func (s *Service) SchedulePost(ctx context.Context, actor accounts.Actor, draft PostDraft) (Post, error) {
	return Post{}, errNotBuilt
}

// Post gives a post with its deliveries.
func (s *Service) Post(ctx context.Context, id int64) (Post, error) { return Post{}, errNotBuilt }

// CampaignPosts lists the posts of a campaign with their deliveries, by due time.
func (s *Service) CampaignPosts(ctx context.Context, campaignID int64) ([]Post, error) {
	return nil, errNotBuilt
}

// PostsBetween lists the posts due in [from, to) with their deliveries, by due time.
func (s *Service) PostsBetween(ctx context.Context, from, to time.Time) ([]Post, error) {
	return nil, errNotBuilt
}

// CancelPost stops every delivery of the post that has not begun.
func (s *Service) CancelPost(ctx context.Context, actor accounts.Actor, id int64) (Post, error) {
	return Post{}, errNotBuilt
}

// Pause stops all deliveries until Resume; twice is once.
func (s *Service) Pause(ctx context.Context, actor accounts.Actor) error { return errNotBuilt }

// Resume lets deliveries go again; those that are due go at once.
func (s *Service) Resume(ctx context.Context, actor accounts.Actor) error { return errNotBuilt }

// Paused tells whether all deliveries are stopped, and since when.
func (s *Service) Paused(ctx context.Context) (since *time.Time, err error) { return nil, errNotBuilt }

// SettleDelivery is a person's word on a delivery in doubt: with a remote
// address it is published, without one it surely is not and goes once more.
func (s *Service) SettleDelivery(ctx context.Context, actor accounts.Actor, deliveryID int64, remoteURL string) error {
	return errNotBuilt
}
