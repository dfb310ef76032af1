package orders

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

// NewTerms gives the terms of a new campaign: the usual ones, but for what the
// draft says. It notes what is wrong with them.
func NewTerms(wrong *fault.Fields, draft TermsDraft) AttributionTerms {
	return draft.over(wrong, defaultTerms)
}

// ChangeAttribution changes a campaign's terms. Orders that come from then on
// follow them at once, those that are here are attributed anew by a job. It
// returns NotFound, or Invalid with every wrong field.
func (s *Service) ChangeAttribution(ctx context.Context, actor accounts.Actor, campaignID int64, draft TermsDraft) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		// Batches of orders that run now follow the old terms: the job must come after them.
		if err := tx.Lock(ctx, storage.BookLock); err != nil {
			return err
		}
		before, err := readTerms(tx, campaignID)
		if err != nil {
			return err
		}
		var wrong fault.Fields
		after := draft.over(&wrong, before)
		if err := wrong.Err(); err != nil || after == before {
			return err
		}
		err = tx.Exec("UPDATE campaigns SET attribution_model = ?, attribution_window = ? WHERE id = ?",
			after.AttributionModel, after.AttributionWindow, campaignID).Error
		if err != nil {
			return err
		}
		if err := s.beginRecompute(tx, campaignID); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "campaign.attribution", fmt.Sprintf("campaign %d", campaignID))
	})
}

// RecomputeAttribution has a job attribute anew the orders that touched a
// campaign. It returns NotFound for a campaign that is not there.
func (s *Service) RecomputeAttribution(ctx context.Context, actor accounts.Actor, campaignID int64) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(ctx, storage.BookLock); err != nil {
			return err
		}
		if _, err := readTerms(tx, campaignID); err != nil {
			return err
		}
		if err := s.beginRecompute(tx, campaignID); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "campaign.recompute", fmt.Sprintf("campaign %d", campaignID))
	})
}

func readTerms(tx *storage.Tx, campaignID int64) (t AttributionTerms, err error) {
	err = tx.Table("campaigns").Select("attribution_model, attribution_window").Where("id = ?", campaignID).Take(&t).Error
	return t, err
}

// Recomputing tells whether a campaign's orders are being attributed anew.
func Recomputing(tx *storage.Tx, campaignID int64) (bool, error) {
	var runs int64
	err := tx.Table("attribution_runs").Where("campaign_id = ?", campaignID).Count(&runs).Error
	return runs > 0, err
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
	var campaigns []struct {
		ID int64
		AttributionTerms
	}
	err := tx.WithContext(ctx).Table("campaigns").Select("id, attribution_model, attribution_window").Where("id IN ?", ids).Find(&campaigns).Error
	for _, c := range campaigns {
		found[c.ID] = terms{c.AttributionModel, time.Duration(c.AttributionWindow)}
	}
	return found, err
}
