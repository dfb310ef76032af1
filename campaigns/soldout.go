package campaigns

import (
	"context"

	"fanfare/storage"
)

// SoldOutEvent is a sale whose attributed orders have reached its units.
type SoldOutEvent struct {
	SaleID  int64  `json:"sale_id"`
	Name    string `json:"name"`
	Product string `json:"product"`
	Market  string `json:"market"`
	Units   int64  `json:"units"`
	Sold    int64  `json:"sold"`
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
