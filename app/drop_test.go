package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// shop sends orders to processes that are being killed.
type shop struct {
	*testing.T
	processes []*process
	clients   []client
	database  string
	token     string // of its orders; "" for none

	mu           sync.Mutex
	acknowledged map[string]bool // order ids that were answered with 200 or 201
}

// newShop starts processes on one database, with further variables in their
// environment.
func newShop(t *testing.T, database string, processes int, variables ...string) *shop {
	t.Helper()
	path, data := binary(t), t.TempDir()
	s := &shop{T: t, database: database, acknowledged: make(map[string]bool)}
	environment := append(os.Environ(), "FANFARE_SECRET_KEY="+strings.Repeat("5a", 32), "FANFARE_DATABASE="+s.database, "FANFARE_LOG_LEVEL=error")
	environment = append(environment, variables...)
	for i := range processes {
		p := &process{T: t, path: path, addr: freeAddr(t), data: fmt.Sprintf("%s/%d", data, i), environment: environment}
		p.start()
		t.Cleanup(p.kill)
		s.processes = append(s.processes, p)
	}
	command := exec.Command(path, "apikey", "create", "--name", "shop", "--role", "admin", "--data", s.processes[0].data)
	command.Env = environment
	key, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.processes {
		s.clients = append(s.clients, newClient("http://"+p.addr, strings.TrimSpace(string(key))))
	}
	return s
}

func shopOrder(id string) orders.Order {
	return orders.Order{Store: "mi-hk", OrderID: id, Kind: "order", Units: 1, Total: 199_900, Currency: "HKD",
		PlacedAt: time.Date(2026, 8, 16, 12, 0, 0, 0, time.UTC)}
}

// send sends an order once and notes whether it was acknowledged.
func (s *shop) send(c client, id string) (status int) {
	order := shopOrder(id)
	order.Token = s.token
	status, err := c.do(s.Context(), http.MethodPost, "/api/v1/orders", 0, order, nil)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.acknowledged[id] = true
	}
	return status
}

// check compares what was acknowledged with the table, row by row, and with
// what reports count.
func (s *shop) check() {
	s.Helper()
	db, err := storage.Open(s.Context(), storage.Config{URL: s.database})
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	var ids []string
	var counted int64
	err = db.Read(context.WithoutCancel(s.Context()), func(tx *storage.Tx) error {
		if err := tx.Raw("SELECT order_id FROM orders").Scan(&ids).Error; err != nil {
			return err
		}
		return tx.Raw("SELECT CAST(COALESCE(SUM(orders), 0) AS BIGINT) FROM order_counts WHERE span = 1").Scan(&counted).Error
	})
	if err != nil {
		s.Fatal(err)
	}
	stored := make(map[string]int)
	for _, id := range ids {
		stored[id]++
	}
	for id := range s.acknowledged {
		if stored[id] != 1 {
			s.Errorf("order %s was acknowledged and is there %d times", id, stored[id])
		}
	}
	if int64(len(ids)) != counted {
		s.Errorf("%d orders are stored and %d counted", len(ids), counted)
	}
	s.Logf("%d orders acknowledged, %d stored", len(s.acknowledged), len(ids))
}

// sendThroughKills sends orders from 16 sides while the process is killed and
// started again so many times.
func (s *shop) sendThroughKills(kills int64) {
	s.Helper()
	var next, killed atomic.Int64
	var stores sync.WaitGroup
	for range 16 {
		stores.Go(func() {
			for killed.Load() < kills {
				s.send(s.clients[0], fmt.Sprint("order-", next.Add(1)))
			}
		})
	}
	for range kills {
		before := next.Load()
		for next.Load() < before+200+rand.Int64N(800) {
			time.Sleep(time.Millisecond)
		}
		s.processes[0].kill()
		s.processes[0].start()
		killed.Add(1)
	}
	stores.Wait()
}

// TestADropSurvivesKills kills the server three times in the middle of a drop.
func TestADropSurvivesKills(t *testing.T) {
	t.Parallel()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storagetest.URL(t, dialect), 1)
			s.sendThroughKills(3)
			s.check()
			if len(s.acknowledged) < 600 {
				t.Errorf("only %d orders were acknowledged: the kills hit nothing", len(s.acknowledged))
			}
		})
	}
}

// TestTwoProcessesTakeTheSameOrders sends each order to both of two processes
// on one PostgreSQL, at the same time.
func TestTwoProcessesTakeTheSameOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.URL(t, storage.Postgres), 2)
	const orders, stores = 1000, 8
	var created atomic.Int64
	var all sync.WaitGroup
	for _, c := range s.clients {
		for store := range stores {
			all.Go(func() {
				for n := store; n < orders; n += stores {
					switch status := s.send(c, fmt.Sprint("order-", n)); status {
					case http.StatusCreated:
						created.Add(1)
					case http.StatusOK:
					default:
						t.Errorf("order %d: status %d", n, status)
					}
				}
			})
		}
	}
	all.Wait()
	s.check()
	if created.Load() != orders || len(s.acknowledged) != orders {
		t.Errorf("%d orders created, %d acknowledged, want %d", created.Load(), len(s.acknowledged), orders)
	}
}
