package orders

import (
	"fmt"
	"time"
)

// Order is an order or pre-order as a store reports it.
type Order struct {
	Store    string    `json:"store" minLength:"1" maxLength:"100"`
	OrderID  string    `json:"order_id" minLength:"1" maxLength:"200"`
	Token    string    `json:"token,omitempty" maxLength:"200" doc:"The campaign token, from ref in the landing address: a touch at placed_at, unless touches has one of the same link."`
	Touches  []Touch   `json:"touches,omitempty" gorm:"-" maxItems:"50" doc:"The visits through campaign links before the order, where the store knows them."`
	Kind     string    `json:"kind" enum:"order,preorder"`
	Units    int64     `json:"units" minimum:"1" maximum:"1000000"`
	Total    int64     `json:"total" minimum:"0" maximum:"1000000000000000" doc:"In minor units of the currency."`
	Currency string    `json:"currency" doc:"ISO 4217."`
	PlacedAt time.Time `json:"placed_at" doc:"From the year 2000 on, and a day ahead at the most."`
	Customer string    `json:"customer,omitempty" maxLength:"320" doc:"Email or id; only a keyed hash is kept."`
}

// Receipt is the answer to an order: where it belongs, or why nowhere.
type Receipt struct {
	Store      string `json:"store"`
	OrderID    string `json:"order_id"`
	Attributed bool   `json:"attributed"`
	CampaignID int64  `json:"campaign_id,omitempty"`
	PostID     int64  `json:"post_id,omitempty"`
	DeliveryID int64  `json:"delivery_id,omitempty"`
	Reason     string `json:"reason,omitempty" enum:"no_token,bad_token,unknown_link,outside_window,test_order" doc:"Why the order has no campaign."`
	Replayed   bool   `json:"-"` // the same order was here before
}

// Why an order has no campaign.
const (
	NoToken       = "no_token"
	BadToken      = "bad_token"      // mistyped or made up: its check digits are wrong
	UnknownLink   = "unknown_link"   // well made, but no link of ours
	OutsideWindow = "outside_window" // the visit was too long before the order
	TestOrder     = "test_order"     // the store says that it is none: it counts nowhere
)

// Adjustment cancels an order or gives part of its money back.
type Adjustment struct {
	Store   string
	OrderID string
	ID      string // the store's own id of it; without one its instant tells it from others
	Kind    string // "cancel" or "refund"
	At      time.Time
	Units   int64 // refund: units given back; 0 leaves them counted
	Total   int64 // refund: minor units given back
}

// Money is an amount in minor units of a currency.
type Money struct {
	Currency string `json:"currency"`
	Total    int64  `json:"total" doc:"In minor units."`
}

// String writes the amount for logs and terminals, such as "USD 2.40". It knows
// no currency but those of two decimals, which is what networks charge in.
func (m Money) String() string {
	return fmt.Sprintf("%s %d.%02d", m.Currency, m.Total/100, m.Total%100)
}
