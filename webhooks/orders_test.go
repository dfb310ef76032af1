package webhooks

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// shop is an order intake that tells the service of its orders, with one link.
type shop struct {
	orders *orders.Service
	hooks  *Service
	token  string
	seen   int // orders so far, for their ids
}

func openShop(t testing.TB, db *storage.DB) *shop {
	t.Helper()
	link := shoptest.Open(t, db).Links[0]
	hooks := open(t, db, here)
	secret := []byte("a secret for tests, and only for them")
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	l, err := links.New(links.Options{DB: db, Secret: secret, PublicURL: here})
	must(t, err)
	till, err := orders.New(orders.Options{DB: db, Jobs: jobs, Links: l, Secret: secret, Tell: hooks.Tell})
	must(t, err)
	till.Start()
	t.Cleanup(till.Stop)
	return &shop{orders: till, hooks: hooks, token: l.Codec().Token(link.ID)}
}

// TestEveryOrderIsToldOnce: whatever is made, deleted, ordered and ordered
// again, every endpoint has in its ledger each attributed order that was
// confirmed while it listened, once, with a job for every message.
func TestEveryOrderIsToldOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		shop := openShop(t, db)
		rapid.Check(t, func(r *rapid.T) { shop.live(t, r, db, clock) })
	})
}

func (s *shop) live(t *testing.T, r *rapid.T, db *storage.DB, clock *storagetest.Clock) {
	want := map[int64]map[string]int{} // by endpoint that listens, by order
	var all []orders.Order
	for range rapid.IntRange(1, 12).Draw(r, "steps") {
		switch rapid.SampledFrom([]string{"make", "delete", "orders", "orders", "orders", "wait"}).Draw(r, "step") {
		case "make":
			if len(want) == 3 {
				continue
			}
			e, _, err := s.hooks.Create(t.Context(), keeper, EndpointDraft{
				URL: "https://example.com", Events: rapid.SampledFrom([][]string{{OrderAttributed}, {PostFailed}, {OrderAttributed, SaleSoldOut}}).Draw(r, "events"),
			})
			must(t, err)
			want[e.ID] = map[string]int{}
			if e.Events[0] != OrderAttributed {
				want[e.ID] = nil
			}
		case "delete":
			for id := range want {
				must(t, s.hooks.Delete(t.Context(), keeper, id))
				delete(want, id)
				break
			}
		case "wait":
			clock.Advance(time.Duration(rapid.IntRange(1, 10).Draw(r, "seconds")) * time.Second)
		case "orders":
			var some []orders.Order
			for range rapid.IntRange(1, 20).Draw(r, "orders") {
				if len(all) > 0 && rapid.IntRange(0, 3).Draw(r, "again") == 0 {
					some = append(some, rapid.SampledFrom(all).Draw(r, "which"))
					continue
				}
				s.seen++
				o := orders.Order{Store: "mi.com", OrderID: fmt.Sprint(s.seen), Kind: "order", Units: 1, Total: 5, Currency: "CNY", PlacedAt: clock.Now()}
				if rapid.Bool().Draw(r, "through the link") {
					o.Token = s.token
				}
				some = append(some, o)
			}
			s.take(t, some, want)
			all = append(all, some...)
		}
	}
	if diff := cmp.Diff(want, s.ledger(t, db, want)); diff != "" {
		r.Fatal(diff)
	}
	for id := range want {
		must(t, s.hooks.Delete(t.Context(), keeper, id))
	}
}

// take sends orders side by side and notes which are to be told.
func (s *shop) take(t *testing.T, orders []orders.Order, want map[int64]map[string]int) {
	var together sync.WaitGroup
	var mu sync.Mutex
	for _, o := range orders {
		together.Go(func() {
			receipt, err := s.orders.Take(t.Context(), o)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if !receipt.Attributed || receipt.Replayed {
				return
			}
			for id, told := range want {
				if told != nil {
					want[id][o.OrderID]++
				}
			}
		})
	}
	together.Wait()
}

// ledger reads what each endpoint will be told, and finds the jobs to do so.
func (s *shop) ledger(t *testing.T, db *storage.DB, of map[int64]map[string]int) map[int64]map[string]int {
	got, waiting := map[int64]map[string]int{}, jobs(t, db)
	for id, told := range of {
		if got[id] = nil; told != nil {
			got[id] = map[string]int{}
		}
	}
	for _, m := range messages(t, db) {
		var events []struct {
			Data struct {
				OrderID string `json:"order_id"`
			}
		}
		must(t, json.Unmarshal([]byte(m.Body), &events))
		if waiting[m.ID] != 1 || m.Events != len(events) || m.Events > maxEvents {
			t.Errorf("message %d: %d jobs, %d of %d events", m.ID, waiting[m.ID], len(events), m.Events)
		}
		for _, e := range events {
			if got[m.EndpointID] == nil {
				got[m.EndpointID] = map[string]int{}
			}
			got[m.EndpointID][e.Data.OrderID]++
		}
	}
	return got
}
