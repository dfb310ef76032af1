package campaigns

import (
	"context"
	"time"

	"fanfare/storage"
)

// The types of events that are handed over to Options.Tell, with their data:
// OrderEvent, SoldOutEvent and, for both others, DeliveryEvent.
const (
	eventOrder     = "order.attributed"
	eventSoldOut   = "sale.sold_out"
	eventPublished = "post.published"
	eventFailed    = "post.failed"
)

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

// DeliveryEvent is what became of a post on one account.
type DeliveryEvent struct {
	PostID      int64      `json:"post_id"`
	DeliveryID  int64      `json:"delivery_id"`
	CampaignID  int64      `json:"campaign_id"`
	AccountID   int64      `json:"account_id"`
	Network     string     `json:"network"`
	Text        string     `json:"text"`
	DueAt       time.Time  `json:"due_at"`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	RemoteID    string     `json:"remote_id,omitempty"`
	RemoteURL   string     `json:"remote_url,omitempty"`
	Error       string     `json:"error,omitempty"`
}

// SoldOutEvent is a sale whose attributed orders have reached its units.
type SoldOutEvent struct {
	SaleID  int64  `json:"sale_id"`
	Name    string `json:"name"`
	Product string `json:"product"`
	Market  string `json:"market"`
	Units   int64  `json:"units"`
	Sold    int64  `json:"sold"`
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

// tellDeliveries tells of those that are out, and of those that will never be.
func (s *Service) tellDeliveries(tx *storage.Tx, steps []step, saved []bool) error {
	reached := map[State][]any{}
	for i, step := range steps {
		if saved[i] && step.to.State != step.from.State && (step.to.State == Published || step.to.State == Failed) {
			reached[step.to.State] = append(reached[step.to.State], step.to.event())
		}
	}
	for state, event := range map[State]string{Published: eventPublished, Failed: eventFailed} {
		if len(reached[state]) == 0 {
			continue
		}
		if err := s.telling(tx, event, func() []any { return reached[state] }); err != nil {
			return err
		}
	}
	return nil
}

func (d Delivery) event() DeliveryEvent {
	return DeliveryEvent{
		PostID: d.PostID, DeliveryID: d.ID, CampaignID: d.CampaignID, AccountID: d.AccountID, Network: d.Network, Text: d.Text,
		DueAt: d.DueAt, PublishedAt: d.PublishedAt, RemoteID: storable(d.RemoteID), RemoteURL: storable(d.RemoteURL), Error: storable(d.Error),
	}
}

type soldOutJob struct{}

func (soldOutJob) Kind() string { return "campaigns.sold_out" }

// soldOutSales notes the open sales that have sold out since the last look, by
// the hours of the rollups. Each is noted once, whatever is given back later.
// Sub-select and insert are one statement, and the key keeps two processes
// from noting one sale twice.
const soldOutSales = `INSERT INTO sold_out_sales (sale_id, at) SELECT s.id, ? FROM sales s
WHERE (s.closes_at IS NULL OR s.closes_at > ?) AND NOT EXISTS (SELECT 1 FROM sold_out_sales o WHERE o.sale_id = s.id)
AND (SELECT COALESCE(SUM(n.units), 0) FROM order_counts n JOIN campaigns c ON c.id = n.campaign_id
     WHERE c.sale_id = s.id AND n.span = 3600) >= s.units
ON CONFLICT (sale_id) DO NOTHING RETURNING sale_id`

// tellSoldOut looks for sales that have sold out, while anybody wants to know.
func (s *Service) tellSoldOut(ctx context.Context, _ soldOutJob) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		var failed error
		err := s.telling(tx, eventSoldOut, func() []any {
			var data []any
			data, failed = soldOut(tx)
			return data
		})
		if failed != nil {
			return failed
		}
		return err
	})
}

func soldOut(tx *storage.Tx) (data []any, err error) {
	var ids []int64
	if err := tx.Raw(soldOutSales, tx.Now, tx.Now).Scan(&ids).Error; err != nil || len(ids) == 0 {
		return nil, err
	}
	var sales []struct {
		Sale
		Sold int64
	}
	err = tx.Raw(`SELECT s.*, (SELECT CAST(COALESCE(SUM(n.units), 0) AS BIGINT) FROM order_counts n JOIN campaigns c ON c.id = n.campaign_id
WHERE c.sale_id = s.id AND n.span = 3600) AS sold FROM sales s WHERE s.id IN ? ORDER BY s.id`, ids).Scan(&sales).Error
	for _, sale := range sales {
		data = append(data, SoldOutEvent{sale.ID, sale.Name, sale.Product, sale.Market, sale.Units, sale.Sold})
	}
	return data, err
}
