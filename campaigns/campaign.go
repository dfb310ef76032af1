package campaigns

import (
	"context"
	"fmt"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/fault"
	"fanfare/storage"
)

// CreateCampaign makes a campaign for a sale, with the usual terms of
// attribution. It returns Invalid naming sale_id when there is no such sale.
func (s *Service) CreateCampaign(ctx context.Context, actor accounts.Actor, saleID int64, name string) (Campaign, error) {
	return s.CreateCampaignWith(ctx, actor, saleID, name, orders.TermsDraft{})
}

// CreateCampaignWith is CreateCampaign with other terms of attribution.
func (s *Service) CreateCampaignWith(ctx context.Context, actor accounts.Actor, saleID int64, name string, terms orders.TermsDraft) (Campaign, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Campaign{}, err
	}
	var campaign Campaign
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		var wrong fault.Fields
		campaign = Campaign{SaleID: saleID, Name: checkName(&wrong, "name", name, maxName), CreatedBy: actor.PersonID, CreatedAt: tx.Now}
		campaign.AttributionTerms = orders.NewTerms(&wrong, terms)
		var sales int64
		if err := tx.Model(&Sale{}).Where("id = ?", saleID).Count(&sales).Error; err != nil {
			return err
		}
		if sales == 0 {
			wrong.Add("sale_id", "campaign.sale_id", "There is no such sale.", saleID, nil)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		if err := tx.Create(&campaign).Error; err != nil {
			return err
		}
		return accounts.Record(tx, actor, "campaign.create", fmt.Sprintf("campaign %d", campaign.ID))
	})
	if err != nil {
		return Campaign{}, err
	}
	return campaign, nil
}

// Campaign gives one campaign.
func (s *Service) Campaign(ctx context.Context, id int64) (Campaign, error) {
	var campaign Campaign
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		campaign, err = campaignByID(tx, id)
		return err
	})
	return campaign, err
}

// Campaigns lists campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, limit int, cursor string) (storage.Page[Campaign], error) {
	page, err := newestFirst(ctx, s.db, limit, cursor, func(c Campaign) int64 { return c.ID })
	if err != nil {
		return page, err
	}
	return page, s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		for i := 0; i < len(page.Items) && err == nil; i++ {
			page.Items[i].Recomputing, err = orders.Recomputing(tx, page.Items[i].ID)
		}
		return err
	})
}

func campaignByID(tx *storage.Tx, id int64) (campaign Campaign, err error) {
	if err := tx.First(&campaign, id).Error; err != nil {
		return Campaign{}, err
	}
	campaign.Recomputing, err = orders.Recomputing(tx, id)
	return campaign, err
}
