package reports

import (
	"cmp"
	"slices"
	"time"

	"fanfare/campaigns/orders"
)

// Counts are what came of a link, a post or a campaign, net of cancellations
// and refunds.
type Counts struct {
	Clicks  int64          `json:"clicks"`
	Orders  int64          `json:"orders"`
	Units   int64          `json:"units"`
	Revenue []orders.Money `json:"revenue"`
}

// add adds what came of something else.
func (c *Counts) add(other Counts) {
	c.Clicks += other.Clicks
	c.Orders += other.Orders
	c.Units += other.Units
	for _, m := range other.Revenue {
		c.addRevenue(m)
	}
}

// addRevenue keeps the currencies sorted by their codes.
func (c *Counts) addRevenue(m orders.Money) {
	i, found := slices.BinarySearchFunc(c.Revenue, m.Currency, func(have orders.Money, code string) int {
		return cmp.Compare(have.Currency, code)
	})
	if !found {
		c.Revenue = slices.Insert(c.Revenue, i, orders.Money{Currency: m.Currency})
	}
	c.Revenue[i].Total += m.Total
}

// DeliveryReport is one delivery with what came of it.
type DeliveryReport struct {
	DeliveryID int64 `json:"delivery_id"`
	PostID     int64 `json:"post_id"`
	AccountID  int64 `json:"account_id"`
	Counts
	Network string `json:"network"`
}

// Outcome is what came of a campaign or of a post.
type Outcome struct {
	Counts
	ByDelivery []DeliveryReport `json:"by_delivery"`
	Lateness   *Lateness        `json:"lateness_ms,omitempty" doc:"Of the published deliveries, in milliseconds after their due instants."`
	BySecond   []SpanReport     `json:"by_second,omitzero" doc:"With by=second: the seconds in which anything came."`
	Series     []SpanReport     `json:"series,omitzero" doc:"With by=minute, hour or day: those in which anything came."`
}

// Report is what came of a campaign. Unattributed counts the orders that carried
// no usable token while the sale or its pre-orders went on: they belong to no
// campaign, and the share is worth knowing.
type Report struct {
	Outcome
	Unattributed int64 `json:"unattributed" doc:"Orders of no campaign, of any store, in the sale's currency, from its opening or the campaign's first order on until it closes."`
}

// SpanReport is what came in one second, minute, hour or day, which begins At.
type SpanReport struct {
	At time.Time `json:"at"`
	Counts
}
