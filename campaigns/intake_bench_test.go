package campaigns

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// benchShop is a shop on a database that is as durable as in production.
func benchShop(b *testing.B, dialect storage.Dialect) *shop {
	b.Helper()
	if dialect == storage.Postgres && os.Getenv("FANFARE_TEST_POSTGRES") == "" {
		b.Skip("FANFARE_TEST_POSTGRES names no server")
	}
	db, err := storage.Open(b.Context(), storage.Config{URL: storagetest.URL(b, dialect)})
	must(b, err)
	b.Cleanup(func() { _ = db.Close() })
	return openShop(b, db)
}

func BenchmarkTakeOrder(b *testing.B) {
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		for _, clients := range []int{1, 64, 512} {
			b.Run(fmt.Sprintf("%s/clients=%d", dialect, clients), func(b *testing.B) {
				s := benchShop(b, dialect)
				order := s.order("")
				var next atomic.Int64
				b.ResetTimer()
				var all sync.WaitGroup
				for range clients {
					all.Go(func() {
						for {
							n := next.Add(1)
							if n > int64(b.N) {
								return
							}
							o := order
							o.OrderID = fmt.Sprintf("order-%08d", n*7919%100_000_000) // not in order: many stores send at once
							if _, err := s.TakeOrder(b.Context(), o); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			})
		}
	}
}

func BenchmarkTakeOrders(b *testing.B) {
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			s := benchShop(b, dialect)
			var lines strings.Builder
			for n := range b.N {
				lines.Write(orderLine(b, s.order(fmt.Sprint("order-", n))))
			}
			b.ResetTimer()
			result, err := s.TakeOrders(b.Context(), strings.NewReader(lines.String()))
			if err != nil || result.Accepted != int64(b.N) {
				b.Fatal(result, err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}

func BenchmarkFollow(b *testing.B) {
	s := benchShop(b, storage.SQLite)
	token := s.token(0)
	visit := Visit{Method: "GET", UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Follow(b.Context(), token, visit); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkTokenVerify(b *testing.B) {
	c, err := newTokenCodec(testSecret)
	must(b, err)
	token := c.token(123456)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.linkID(token); !ok {
			b.Fatal("refused")
		}
	}
}

// BenchmarkReport reads what five million orders leave behind that came over a
// day, some in every second of it through each link.
func BenchmarkReport(b *testing.B) {
	const orders, day = 5_000_000, 24 * 3600
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			s := benchShop(b, dialect)
			closes := s.sale.OpensAt.Add(day*time.Second + time.Minute)
			each := int64(orders / day / (len(s.links) + 1))
			for from := 0; from < day; from += hour {
				must(b, s.db.Write(b.Context(), func(tx *storage.Tx) error {
					counts, clicks := orderCounts{}, map[clickKey]clickCount{}
					for at := s.sale.OpensAt.Unix() + int64(from); at < s.sale.OpensAt.Unix()+int64(from)+hour; at++ {
						counts.add(0, 0, "CNY", at, orderCount{each, each, 199900 * each})
						for _, l := range s.links {
							counts.add(l.CampaignID, l.DeliveryID, "CNY", at, orderCount{each, each, 199900 * each})
							clicks[clickKey{uint32(l.ID), at}] = clickCount{people: 10}
						}
					}
					if from == 0 {
						if err := tx.Model(&s.sale).Update("closes_at", closes).Error; err != nil {
							return err
						}
					}
					return errors.Join(counts.store(b.Context(), tx), storeClicks(b.Context(), tx, clicks))
				}))
			}
			for name, read := range map[string]func() (Report, error){
				"totals": func() (Report, error) { return s.Report(b.Context(), s.campaign.ID) },
				"second": func() (Report, error) { return s.ReportBy(b.Context(), s.campaign.ID, ReportQuery{By: BySecond}) },
				"minute": func() (Report, error) { return s.ReportBy(b.Context(), s.campaign.ID, ReportQuery{By: ByMinute}) },
				"hour":   func() (Report, error) { return s.ReportBy(b.Context(), s.campaign.ID, ReportQuery{By: ByHour}) },
				"day":    func() (Report, error) { return s.ReportBy(b.Context(), s.campaign.ID, ReportQuery{By: ByDay}) },
			} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						report, err := read()
						if err != nil || report.Orders != each*day*int64(len(s.links)) || report.Unattributed != each*day {
							b.Fatal(report.Counts, report.Unattributed, err)
						}
					}
				})
			}
		})
	}
}
