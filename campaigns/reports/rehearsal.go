package reports

import (
	"time"

	"fanfare/campaigns"
	"fanfare/connectors"
)

// Rehearsal is a campaign that was run, or is running, against sandbox
// networks on a faster clock, with made-up clicks and orders.
type Rehearsal struct {
	CampaignID int64               `json:"campaign_id"`
	Campaign   string              `json:"campaign"`
	StartedAt  time.Time           `json:"started_at"`
	EndedAt    *time.Time          `json:"ended_at,omitempty"`
	Stage      string              `json:"stage" enum:"preparing,posting,clicking,ordering,counting,done"`
	Speed      float64             `json:"speed" doc:"How much faster than in reality the posts came."`
	Deliveries []RehearsedDelivery `json:"deliveries" doc:"By due time."`
	Lateness   *Lateness           `json:"lateness_ms,omitempty" doc:"Of the published deliveries, in milliseconds."`
	Clicks     struct {
		Sent     int64 `json:"sent"`
		Recorded int64 `json:"recorded"`
	} `json:"clicks"`
	Orders struct {
		Sent       int64   `json:"sent"`
		Attributed int64   `json:"attributed"`
		PerSecond  float64 `json:"per_second"`
	} `json:"orders"`
	Failed string `json:"failed,omitempty" doc:"Why the rehearsal itself broke off."`
	OK     bool   `json:"ok" doc:"Every post went out, and every click and order was counted."`
}

// RehearsedDelivery is how one delivery of the campaign fared.
type RehearsedDelivery struct {
	PostID     int64                `json:"post_id"`
	AccountID  int64                `json:"account_id"`
	Network    string               `json:"network"`
	Handle     string               `json:"handle"`
	Text       string               `json:"text" doc:"Without its link."`
	DueAt      time.Time            `json:"due_at" doc:"In reality."`
	State      campaigns.State      `json:"state"`
	LatenessMS *float64             `json:"lateness_ms,omitempty"`
	Clicks     int64                `json:"clicks"`
	Orders     int64                `json:"orders"`
	Error      string               `json:"error,omitempty" doc:"Why it did not go out."`
	Reasons    []connectors.Problem `json:"-"` // the same, to be translated
}

// Published counts the deliveries that went out.
func (r Rehearsal) Published() (n int) {
	for _, d := range r.Deliveries {
		if d.State == campaigns.Published {
			n++
		}
	}
	return n
}
