package app

import (
	"context"
	"sync"
	"time"

	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/fault"
)

// rehearsals are those that the pages start: one at a time, the last result of
// each campaign kept in memory.
type rehearsals struct {
	app *App
	ctx context.Context // ends with the service

	mu      sync.Mutex
	running bool
	last    map[int64]reports.Rehearsal // by campaign
	over    sync.WaitGroup
}

func newRehearsals(ctx context.Context, a *App) *rehearsals {
	return &rehearsals{app: a, ctx: ctx, last: make(map[int64]reports.Rehearsal)}
}

// quietBefore is how long before a real post no rehearsal begins: it would
// take the machine's time.
const quietBefore = 2 * time.Minute

// start begins a rehearsal and returns. It returns Conflict while there is one,
// when a real post is due soon, and for a campaign without posts.
func (r *rehearsals) start(campaignID int64) error {
	now := r.app.Clock.Now()
	soon, err := r.app.Campaigns.PostsBetween(r.ctx, now.Add(-time.Minute), now.Add(quietBefore))
	if err != nil {
		return err
	}
	for _, post := range soon {
		for _, d := range post.Deliveries {
			if d.State == campaigns.Scheduled || d.State == campaigns.Publishing {
				return fault.New(fault.Conflict, "rehearsal.soon", "A real post is due within two minutes. Please rehearse after it.")
			}
		}
	}
	s, err := readScript(r.ctx, r.app, campaignID)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		return fault.New(fault.Conflict, "rehearsal.busy", "Another rehearsal is running. Please wait for its end.")
	}
	r.running = true
	r.last[campaignID] = reports.Rehearsal{CampaignID: campaignID, Campaign: s.campaign.Name, StartedAt: now, Stage: "preparing", Deliveries: s.lines()}
	r.over.Go(func() {
		rehearse(r.ctx, s, RehearsalOptions{Orders: defaultRehearsalOrders}, r.app.Config, r.note)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.running = false
	})
	return nil
}

const defaultRehearsalOrders = 500

func (r *rehearsals) note(result reports.Rehearsal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[result.CampaignID] = result
}

// of gives the last rehearsal of a campaign, or the running one; nil without.
func (r *rehearsals) of(campaignID int64) *reports.Rehearsal {
	r.mu.Lock()
	defer r.mu.Unlock()
	result, found := r.last[campaignID]
	if !found {
		return nil
	}
	return &result
}

// wait returns once none is running.
func (r *rehearsals) wait() { r.over.Wait() }
