package orders

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// outcome is what a store is told of an order, whichever its shop is.
type outcome struct {
	receipt Receipt
	kind    fault.Kind
}

// A batch may be stored in whatever steps: the outcome is that of the same
// orders one after another.
func TestABatchIsStoredAsItsOrdersOneByOne(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		together := openShop(t, db)
		alone := &shop{together.Service, together.Shop, db}
		alone.CampaignID = alone.AddCampaign(t, db, "Alone")
		alone.Links = append(shoptest.AddPost(t, db, alone.CampaignID), shoptest.AddPost(t, db, alone.CampaignID)...)
		random := rand.New(rand.NewPCG(3, 4))
		for round := range 20 {
			var batch, single []*pendingOrder
			var seed uint64
			for i := range 12 {
				if i == 0 || random.IntN(3) > 0 { // or the same order again
					seed = random.Uint64()
				}
				batch = append(batch, together.anyOrder(t, "together", round, rand.New(rand.NewPCG(seed, 1))))
				single = append(single, alone.anyOrder(t, "alone", round, rand.New(rand.NewPCG(seed, 1))))
			}
			for _, id := range []string{batch[2].order.OrderID, batch[3].order.OrderID} {
				early := Adjustment{Kind: Refund, OrderID: id, At: clock.Now(), Total: 1}
				for _, early.Store = range []string{"together", "alone"} {
					_, err := together.Adjust(t.Context(), early)
					must(t, err)
				}
			}
			commitOrders(db, batch, tellNobody)
			for i, p := range single {
				must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
					return storeOrders(t.Context(), tx, slices.Values([][]*pendingOrder{{p}}), tellNobody)
				}))
				if got, want := together.outcome(batch[i]), alone.outcome(p); got != want {
					t.Fatalf("round %d, order %d: %+v, by itself %+v", round, i, got, want)
				}
			}
		}
		if diff := cmp.Diff(alone.counts(t), together.counts(t)); diff != "" {
			t.Error(diff)
		}
		again := make(map[int64]repeats)
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
			return tx.Each(t.Context(), "SELECT campaign_id, replays, conflicts FROM order_repeats", nil, func(row storage.Row) error {
				var id int64
				var n repeats
				err := row.Scan(&id, &n.Replays, &n.Conflicts)
				again[id] = repeats{again[id].Replays + n.Replays, again[id].Conflicts + n.Conflicts}
				return err
			})
		}))
		if got, want := again[together.CampaignID], again[alone.CampaignID]; got != want || got.Replays < 5 || got.Conflicts < 5 {
			t.Errorf("came again: %+v, want %+v", got, want)
		}
	})
}

// anyOrder gives an order such as a batch may hold: with one of a few ids, a
// token that leads somewhere or not, or touches, or of a store that tries out.
func (s *shop) anyOrder(t *testing.T, store string, round int, random *rand.Rand) *pendingOrder {
	t.Helper()
	o := s.order(fmt.Sprint(round, "-", random.IntN(9)))
	o.Store, o.Token, o.Total = store, s.token(random.IntN(len(s.Links))), 100+random.Int64N(2)
	what := random.IntN(6)
	switch what {
	case 0:
		o.Token = "mistyped"
	case 1:
		o.Touches = []Touch{{s.token(random.IntN(len(s.Links))), o.PlacedAt.Add(-time.Hour)}}
	}
	p, err := s.prepareOrder(t.Context(), o)
	must(t, err)
	if what == 2 {
		p.link.CampaignID, p.link.PostID, p.link.DeliveryID, p.reason = 0, 0, 0, TestOrder
	}
	return p
}

// outcome tells links by their place among the shop's.
func (s *shop) outcome(p *pendingOrder) outcome {
	r := p.receipt
	for i, l := range s.Links {
		if l.DeliveryID == r.DeliveryID {
			r.DeliveryID, r.CampaignID, r.PostID = int64(i)+1, 1, 1
		}
	}
	r.Store = ""
	return outcome{r, fault.KindOf(p.err)}
}
