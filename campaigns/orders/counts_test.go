package orders

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
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

// counts gives what the shop's links brought, each by itself.
func (s *shop) counts(t *testing.T) []countSums {
	t.Helper()
	counts := make([]countSums, len(s.Links))
	for row, n := range keptCounts(t, s.db) {
		for i, l := range s.Links {
			if row.DeliveryID == l.DeliveryID && row.Span == hour {
				counts[i] = countSums{counts[i].Orders + n.Orders, counts[i].Units + n.Units, counts[i].Total + n.Total}
			}
		}
	}
	return counts
}

// plainNet is what is left of an order.
func plainNet(o Order, adjustments []Adjustment) (units, total int64, cancelled bool) {
	units, total = o.Units, o.Total
	for _, a := range adjustments {
		if a.Store != o.Store || a.OrderID != o.OrderID {
			continue
		}
		if a.Kind == Cancel {
			cancelled = true
			continue
		}
		units, total = max(0, units-a.Units), max(0, total-a.Total)
	}
	return units, total, cancelled
}

// plainCounts counts anew from the orders and their adjustments.
func plainCounts(t *testing.T, db *storage.DB) map[countRow]countSums {
	t.Helper()
	var adjustments []Adjustment
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT store, order_id, kind, units, total FROM order_adjustments").Scan(&adjustments).Error
	}))
	counts := map[countRow]countSums{}
	for _, row := range orderRows(t, db) {
		units, total, cancelled := plainNet(Order{Store: row.Store, OrderID: row.OrderID, Units: row.Units, Total: row.Total}, adjustments)
		if cancelled || row.Reason == TestOrder {
			continue
		}
		var campaign, delivery int64
		if row.CampaignID != nil {
			campaign, delivery = *row.CampaignID, *row.DeliveryID
		}
		received := row.ReceivedAt / microseconds
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
						_, err = service.Take(t.Context(), o)
					case 2:
						_, err = service.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: id, Kind: Refund, At: at, Total: int64(n) + 1})
					case 3:
						if n%3 == 0 {
							_, err = service.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: id, Kind: Cancel, At: at})
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
		var sum int64
		for _, n := range s.counts(t) {
			sum += n.Orders
		}
		if want := int64(orders - (orders+2)/3); sum != want {
			t.Errorf("%d orders, want %d", sum, want)
		}
	})
}

// TestMigrationCountsWhatWasThere: what the migration counts of older rows is
// what the service would have counted as they came.
func TestMigrationCountsWhatWasThere(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		for n := range 40 {
			clock.Advance(17 * time.Second)
			o := s.order(fmt.Sprint(n))
			o.Token = s.token(n % 4)
			_, err := s.Take(t.Context(), o)
			must(t, err)
			s.click(t, s.Links[n%3], []string{"HEAD", "GET"}[min(n%5, 1)], 1)
		}
		must(t, s.links.Stop(t.Context()))
		counts, clicks := keptCounts(t, db), keptClicks(t, db)
		script, err := os.ReadFile("../../storage/migrations/" + string(db.Dialect()) + "/0010_reports.sql")
		must(t, err)
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			statements := append([]string{"DELETE FROM order_counts WHERE span = 60", "DELETE FROM click_counts"},
				regexp.MustCompile(`(?s)INSERT INTO.*?;`).FindAllString(string(script), -1)...)
			for _, statement := range statements {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		if diff := cmp.Diff(counts, keptCounts(t, db)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(clicks, keptClicks(t, db)); diff != "" || len(clicks) < 10 {
			t.Error(diff, len(clicks))
		}
	})
}

type clickCountRow struct{ LinkID, Span, At, People, Bots int64 }

func keptClicks(t *testing.T, db *storage.DB) (rows []clickCountRow) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT link_id, span, at, people, bots FROM click_counts ORDER BY link_id, span, at").Scan(&rows).Error
	}))
	return rows
}
