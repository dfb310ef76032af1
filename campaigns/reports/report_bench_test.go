package reports

import (
	"testing"
	"time"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// BenchmarkReport reads what five million orders and fifty million clicks leave
// behind that came over a day, some in every second of it through each link.
func BenchmarkReport(b *testing.B) {
	const orders, clicks, day = 5_000_000, 50_000_000, 24 * 3600
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			s := openShop(b, storagetest.Open(b, dialect, storage.SystemClock{}))
			each := int64(orders / day / (len(s.Links) + 1))
			begin := s.sale.OpensAt.Truncate(time.Hour)
			must(b, s.db.Write(b.Context(), func(tx *storage.Tx) error {
				return tx.Model(&s.sale).Update("closes_at", begin.Add(day*time.Second+time.Minute)).Error
			}))
			for at := begin.Unix(); at < begin.Unix()+day; at += 3600 {
				fillHour(b, s, at, each, int64(clicks/day/len(s.Links)))
			}
			for name, read := range map[string]func() (Report, error){
				"totals": func() (Report, error) { return s.Campaign(b.Context(), s.CampaignID, Query{}) },
				"second": func() (Report, error) { return s.Campaign(b.Context(), s.CampaignID, Query{By: BySecond}) },
				"minute": func() (Report, error) { return s.Campaign(b.Context(), s.CampaignID, Query{By: ByMinute}) },
				"hour":   func() (Report, error) { return s.Campaign(b.Context(), s.CampaignID, Query{By: ByHour}) },
				"day":    func() (Report, error) { return s.Campaign(b.Context(), s.CampaignID, Query{By: ByDay}) },
			} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						report, err := read()
						if err != nil || report.Orders != each*day*int64(len(s.Links)) || report.Unattributed != each*day {
							b.Fatal(report.Counts, report.Unattributed, err)
						}
					}
				})
			}
		})
	}
}

var (
	addOrderRows = storage.NewBulk("INSERT INTO order_counts (campaign_id, span, at, delivery_id, currency, shard, orders, units, total) VALUES ", 9, "")
	addClickRows = storage.NewBulk("INSERT INTO clicks (link_id, second, people, bots) VALUES ", 4, "")
	addSpanRows  = storage.NewBulk("INSERT INTO click_counts (link_id, span, at, people, bots) VALUES ", 5, "")
	addTotalRows = storage.NewBulk("INSERT INTO click_totals (link_id, people, bots) VALUES ", 3,
		" ON CONFLICT (link_id) DO UPDATE SET people = click_totals.people + excluded.people")
)

// fillHour fills the rollups of an hour: so many orders in every second without
// a campaign and through each link, and so many clicks on it.
func fillHour(b *testing.B, s *shop, begin, each, clicked int64) {
	b.Helper()
	var orders, clicks, spans, totals [][]any
	for _, span := range []int64{1, 60, 3600} {
		for at := begin; at < begin+3600; at += span {
			n := each * span
			orders = append(orders, []any{0, span, at, 0, "CNY", 0, n, n, 199900 * n})
			for _, l := range s.Links {
				orders = append(orders, []any{l.CampaignID, span, at, l.DeliveryID, "CNY", 0, n, n, 199900 * n})
				if span == 1 {
					clicks = append(clicks, []any{l.ID, at, clicked, 0})
				} else {
					spans = append(spans, []any{l.ID, span, at, clicked * span, 0})
				}
			}
		}
	}
	for _, l := range s.Links {
		totals = append(totals, []any{l.ID, clicked * 3600, 0})
	}
	must(b, s.db.Write(b.Context(), func(tx *storage.Tx) error {
		for _, table := range []struct {
			add  storage.Bulk
			rows [][]any
		}{{addOrderRows, orders}, {addClickRows, clicks}, {addSpanRows, spans}, {addTotalRows, totals}} {
			err := table.add.Each(tx.Dialect(), len(table.rows), func(statement string, from, to int) error {
				var args []any
				for _, row := range table.rows[from:to] {
					args = append(args, row...)
				}
				_, err := tx.SQL().ExecContext(b.Context(), statement, args...)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}
