package campaigns

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// countRow is a row of order_counts, summed over its shards.
type countRow struct {
	CampaignID, Span, At, DeliveryID int64
	Currency                         string
}

type countSums struct{ Orders, Units, Total int64 }

func keptCounts(t *testing.T, db *storage.DB) map[countRow]countSums {
	t.Helper()
	kept := map[countRow]countSums{}
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		rows, err := tx.SQL().Query(`SELECT campaign_id, span, at, delivery_id, currency, CAST(SUM(orders) AS BIGINT),
CAST(SUM(units) AS BIGINT), CAST(SUM(total) AS BIGINT)
FROM order_counts GROUP BY campaign_id, span, at, delivery_id, currency`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var row countRow
			var sums countSums
			if err := rows.Scan(&row.CampaignID, &row.Span, &row.At, &row.DeliveryID, &row.Currency, &sums.Orders, &sums.Units, &sums.Total); err != nil {
				return err
			}
			if sums != (countSums{}) { // all that it counted was cancelled
				kept[row] = sums
			}
		}
		return rows.Err()
	}))
	return kept
}

// plainCounts counts anew from the orders and their adjustments.
func plainCounts(t *testing.T, db *storage.DB) map[countRow]countSums {
	t.Helper()
	var h history
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT store, order_id, kind, units, total FROM order_adjustments").Scan(&h.adjustments).Error
	}))
	counts := map[countRow]countSums{}
	for _, row := range orderRows(t, db) {
		units, total, cancelled := h.plainNet(Order{Store: row.Store, OrderID: row.OrderID, Units: row.Units, Total: row.Total})
		if cancelled || row.Reason == TestOrder {
			continue
		}
		var campaign, delivery int64
		if row.CampaignID != nil {
			campaign, delivery = *row.CampaignID, *row.DeliveryID
		}
		received := row.ReceivedAt.Unix()
		for span, at := range map[int64]int64{1: received, 60: received / 60 * 60, 3600: received / 3600 * 3600} {
			key := countRow{campaign, span, at, delivery, row.Currency}
			sum := counts[key]
			counts[key] = countSums{sum.Orders + 1, sum.Units + units, sum.Total + total}
		}
	}
	return counts
}

// Orders, cancellations and refunds come at once, each from several senders and
// through any process: none may be missed in the counts, and none count twice.
func TestCountsHoldWhateverComesAtOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		const orders, senders = 250, 12
		s := openShop(t, db)
		services := []*Service{s.Service}
		if db.Dialect() == storage.Postgres {
			services = append(services, startService(t, db))
		}
		at := clock.Now()
		var all sync.WaitGroup
		for sender := range senders {
			all.Go(func() {
				service := services[sender%len(services)]
				for _, n := range rand.New(rand.NewPCG(2, uint64(sender))).Perm(orders) {
					id := fmt.Sprint(n)
					var err error
					switch sender % 4 {
					case 0, 1:
						o := s.order(id)
						o.Token, o.PlacedAt = s.token(n%len(s.Links)), at
						_, err = service.TakeOrder(t.Context(), o)
					case 2:
						_, err = service.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: id, Kind: RefundOrder, At: at, Total: int64(n) + 1})
					case 3:
						if n%3 == 0 {
							_, err = service.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: id, Kind: CancelOrder, At: at})
						}
					}
					if err != nil {
						t.Error(err)
					}
					if sender == 0 && n%50 == 0 {
						clock.Advance(time.Second)
					}
				}
			})
		}
		all.Wait()
		if diff := cmp.Diff(plainCounts(t, db), keptCounts(t, db)); diff != "" {
			t.Error(diff)
		}
		report, err := s.Report(t.Context(), s.campaign.ID)
		if want := int64(orders - (orders+2)/3); err != nil || report.Orders != want {
			t.Errorf("%d orders, want %d; %v", report.Orders, want, err)
		}
	})
}
