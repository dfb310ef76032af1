package orders

import (
	"time"

	"fanfare/storage"
)

// eventOrder is what is handed over to Options.Tell, with OrderEvents.
const eventOrder = "order.attributed"

type tellFunc = func(tx *storage.Tx, event string, data func() []any) error

func tellNobody(*storage.Tx, string, func() []any) error { return nil }

// OrderEvent is a new order that belongs to a campaign, as it came. Who bought
// is not told: only a keyed hash is kept.
type OrderEvent struct {
	Store      string    `json:"store"`
	OrderID    string    `json:"order_id"`
	CampaignID int64     `json:"campaign_id"`
	PostID     int64     `json:"post_id"`
	DeliveryID int64     `json:"delivery_id"`
	Kind       string    `json:"kind"`
	Units      int64     `json:"units"`
	Total      int64     `json:"total"` // minor units
	Currency   string    `json:"currency"`
	PlacedAt   time.Time `json:"placed_at"`
}

// wanted tells whether anybody wants to hear of new orders.
func wanted(tx *storage.Tx, tell tellFunc) (somebody bool, err error) {
	err = tell(tx, eventOrder, func() []any {
		somebody = true
		return nil
	})
	return somebody, err
}

// tellOrders tells of the new orders that belong to a campaign.
func tellOrders(tx *storage.Tx, fresh []*pendingOrder, tell tellFunc) error {
	attributed := 0
	for _, p := range fresh {
		if p.reason == "" {
			attributed++
		}
	}
	if attributed == 0 {
		return nil
	}
	return tell(tx, eventOrder, func() []any {
		data := make([]any, 0, attributed)
		for _, p := range fresh {
			if p.reason == "" {
				data = append(data, p.event())
			}
		}
		return data
	})
}

func (p *pendingOrder) event() OrderEvent {
	return OrderEvent{
		Store: p.order.Store, OrderID: p.order.OrderID, CampaignID: p.link.CampaignID, PostID: p.link.PostID,
		DeliveryID: p.link.DeliveryID, Kind: p.order.Kind, Units: p.order.Units, Total: p.order.Total,
		Currency: p.order.Currency, PlacedAt: p.order.PlacedAt,
	}
}
