package campaigns

import (
	"encoding/json"
	"testing"

	"fanfare/campaigns/orders"
	"fanfare/storage"
)

// keptOrders lists all orders that are kept.
func (s *shop) keptOrders(t testing.TB) []orders.OrderRow {
	t.Helper()
	page, err := s.orders.List(t.Context(), "", 0, "")
	must(t, err)
	return page.Items
}

type countSums struct{ Orders, Units, Total int64 }

// counts gives what the shop's links brought, each by itself.
func (s *shop) counts(t testing.TB) []countSums {
	t.Helper()
	counts := make([]countSums, len(s.Links))
	must(t, s.db.Read(t.Context(), func(tx *storage.Tx) error {
		for i, l := range s.Links {
			err := tx.Raw(`SELECT CAST(COALESCE(SUM(orders), 0) AS BIGINT) AS orders, CAST(COALESCE(SUM(units), 0) AS BIGINT) AS units,
CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total FROM order_counts WHERE delivery_id = ? AND span = 3600`, l.DeliveryID).Scan(&counts[i]).Error
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return counts
}

// orderJSON gives an order as the sale API takes it.
func orderJSON(t testing.TB, o orders.Order) string {
	t.Helper()
	body, err := json.Marshal(o)
	must(t, err)
	return string(body)
}
