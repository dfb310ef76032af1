package orders

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fanfare/accounts"
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
							if _, err := s.Take(b.Context(), o); err != nil {
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
			result, err := s.TakeStream(b.Context(), accounts.System(), strings.NewReader(lines.String()))
			if err != nil || result.Accepted != int64(b.N) {
				b.Fatal(result, err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}
