package campaigns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// AttributionTerms are how a campaign shares out the orders that it brought.
type AttributionTerms struct {
	AttributionModel  AttributionModel `json:"attribution_model" gorm:"default:last_touch" enum:"last_touch,first_touch,linear"`
	AttributionWindow Window           `json:"attribution_window" gorm:"default:2592000000000000" doc:"How long after a visit an order still counts: a Go duration, such as 720h."`
}

// Window is a duration that JSON writes as Go does, without the zeros at its
// end: 720h.
type Window time.Duration

// MarshalText implements encoding.TextMarshaler.
func (w Window) MarshalText() ([]byte, error) {
	text := strings.TrimSuffix(time.Duration(w).String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return []byte(text), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Window) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*w = Window(d)
	return err
}

// Bounds of a window. Google Ads takes as much as 90 days:
// https://support.google.com/google-ads/answer/3123169
const (
	minWindow     = time.Minute
	maxWindow     = 90 * 24 * time.Hour
	defaultWindow = 30 * 24 * time.Hour
)

// TermsDraft is what is to be changed of a campaign's terms: "" leaves a part
// as it is.
type TermsDraft struct {
	Model  AttributionModel
	Window string // a Go duration, such as "720h"
}

// over gives the terms with the draft's parts in their places, and notes what
// is wrong with them.
func (d TermsDraft) over(wrong *fault.Fields, t AttributionTerms) AttributionTerms {
	if d.Model != "" {
		t.AttributionModel = d.Model
	}
	if !slices.Contains(AttributionModels, t.AttributionModel) {
		wrong.Add("attribution_model", "campaign.attribution_model", "The model must be last_touch, first_touch or linear.", d.Model, nil)
	}
	if d.Window == "" {
		return t
	}
	window, err := time.ParseDuration(d.Window)
	if err != nil || window < minWindow || window > maxWindow {
		wrong.Add("attribution_window", "campaign.attribution_window",
			"The window must be a duration from a minute to 90 days, such as 720h.", d.Window, fault.Args{"Days": int(maxWindow / (24 * time.Hour))})
	}
	t.AttributionWindow = Window(window)
	return t
}

var defaultTerms = AttributionTerms{LastTouch, Window(defaultWindow)}

// ChangeAttribution changes a campaign's terms. Orders that come from then on
// follow them at once, those that are here are attributed anew by a job. It
// returns NotFound, or Invalid with every wrong field.
func (s *Service) ChangeAttribution(ctx context.Context, actor accounts.Actor, id int64, draft TermsDraft) (Campaign, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Campaign{}, err
	}
	var campaign Campaign
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		// Batches of orders that run now follow the old terms: the job must come after them.
		if err := lockForAdjustment(ctx, tx); err != nil {
			return err
		}
		if campaign, err = campaignByID(tx, id); err != nil {
			return err
		}
		var wrong fault.Fields
		terms := draft.over(&wrong, campaign.AttributionTerms)
		if err := wrong.Err(); err != nil || terms == campaign.AttributionTerms {
			return err
		}
		campaign.AttributionTerms, campaign.Recomputing = terms, true
		if err := tx.Model(&campaign).Select("attribution_model", "attribution_window").Updates(&campaign).Error; err != nil {
			return err
		}
		if err := s.beginRecompute(tx, id); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "campaign.attribution", fmt.Sprintf("campaign %d", id))
	})
	return campaign, err
}

// RecomputeAttribution has a job attribute anew the orders that touched a
// campaign. It returns NotFound for a campaign that is not there.
func (s *Service) RecomputeAttribution(ctx context.Context, actor accounts.Actor, id int64) (Campaign, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Campaign{}, err
	}
	var campaign Campaign
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if err := lockForAdjustment(ctx, tx); err != nil {
			return err
		}
		if campaign, err = campaignByID(tx, id); err != nil {
			return err
		}
		campaign.Recomputing = true
		if err := s.beginRecompute(tx, id); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "campaign.recompute", fmt.Sprintf("campaign %d", id))
	})
	return campaign, err
}

// beginRecompute begins at the first order, whether a run is under way or not.
// Its caller holds the lock of adjustments, or that run would move on from there.
func (s *Service) beginRecompute(tx *storage.Tx, id int64) error {
	err := tx.Exec(`INSERT INTO attribution_runs (campaign_id, store, order_id) VALUES (?, '', '')
ON CONFLICT (campaign_id) DO UPDATE SET store = '', order_id = ''`, id).Error
	if err != nil {
		return err
	}
	return s.jobs.Enqueue(tx, scheduler.Entry{Job: attributionJob{id}})
}

func campaignByID(tx *storage.Tx, id int64) (campaign Campaign, err error) {
	if err := tx.First(&campaign, id).Error; err != nil {
		return Campaign{}, err
	}
	var runs int64
	err = tx.Table("attribution_runs").Where("campaign_id = ?", id).Count(&runs).Error
	campaign.Recomputing = runs > 0
	return campaign, err
}

// terms are a campaign's AttributionTerms as orders need them.
type terms struct {
	model  AttributionModel
	window time.Duration
}

// termsOf gives the terms of all campaigns that orders touched, as they stand
// in this transaction.
func termsOf(ctx context.Context, tx *storage.Tx, orders []*pendingOrder) (map[int64]terms, error) {
	var ids []int64
	for _, p := range orders {
		for _, t := range p.touches {
			if t.link.CampaignID != 0 && !slices.Contains(ids, t.link.CampaignID) {
				ids = append(ids, t.link.CampaignID)
			}
		}
	}
	found := make(map[int64]terms, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var campaigns []Campaign
	err := tx.WithContext(ctx).Select("id, attribution_model, attribution_window").Where("id IN ?", ids).Find(&campaigns).Error
	for _, c := range campaigns {
		found[c.ID] = terms{c.AttributionModel, time.Duration(c.AttributionWindow)}
	}
	return found, err
}
