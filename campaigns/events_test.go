package campaigns

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// heardOf records what is handed over; it changes no database, so that it also
// hears of what is rolled back.
type heardOf map[string][]any

func (l heardOf) tell(_ *storage.Tx, event string, data func() []any) error {
	if some := data(); len(some) > 0 {
		l[event] = append(l[event], some...)
	}
	return nil
}

func TestSoldOutIsToldOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, heard := openShop(t, db), heardOf{}
		look := func() {
			t.Helper()
			must(t, s.tellSoldOut(t.Context(), soldOutJob{}))
		}
		order := func(id string, units int64) {
			t.Helper()
			o := s.order(id)
			o.Units = units
			_, err := s.TakeOrder(t.Context(), o)
			must(t, err)
		}
		order("1", 999)
		look() // nobody wants to know: nothing is noted
		s.telling = heard.tell
		look()
		if len(heard) > 0 {
			t.Fatalf("told at 999 of 1,000: %v", heard)
		}
		s.telling = tellNobody
		order("2", 2)
		look()
		s.telling = heard.tell
		look()
		_, err := s.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: "2", Kind: CancelOrder, At: clock.Now()})
		must(t, err)
		look()
		order("3", 5)
		look()
		want := heardOf{eventSoldOut: {SoldOutEvent{SaleID: s.sale.ID, Name: "Mi 2", Product: "Mi 2", Market: "CN", Units: 1000, Sold: 1001}}}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEndsOfDeliveriesAreTold: out, or never; nothing in between, and nothing
// of a step that somebody else was quicker with.
func TestEndsOfDeliveriesAreTold(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, heard := openShop(t, db), heardOf{}
		s.telling = heard.tell
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Exec("UPDATE deliveries SET state = ?", Publishing).Error
		}))
		var all []Delivery
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Order("id").Find(&all).Error }))
		to := func(d Delivery, state State) step {
			after := d
			after.State, after.Error = state, "a\x00b"
			return step{d, after}
		}
		stale := all[3]
		stale.Attempts = 9
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := s.saveAll(tx, []step{to(all[0], Published), to(all[1], Failed), to(all[2], InDoubt), to(stale, Published)})
			return err
		}))
		got := fmt.Sprint(len(heard[eventPublished]), len(heard[eventFailed]), len(heard))
		if got != "1 1 2" || heard[eventPublished][0].(DeliveryEvent).DeliveryID != all[0].ID || heard[eventFailed][0].(DeliveryEvent).Error != "ab" {
			t.Errorf("%+v", heard)
		}
	})
}

// TestWhatCannotBeToldDoesNotHappen: the order and its message are kept
// together or not at all.
func TestWhatCannotBeToldDoesNotHappen(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.intake.tell = func(*storage.Tx, string, func() []any) error { return errors.New("no room") }
		if _, err := s.TakeOrder(t.Context(), s.order("1")); err == nil {
			t.Error("an order was confirmed that nobody will be told of")
		}
		heard := heardOf{}
		s.intake.tell = heard.tell
		other := s.order("2")
		other.Token = ""
		for _, o := range []Order{s.order("1"), s.order("1"), other} {
			_, err := s.TakeOrder(t.Context(), o)
			must(t, err)
		}
		want := heardOf{eventOrder: {OrderEvent{
			Store: "mi.com", OrderID: "1", CampaignID: s.campaign.ID, PostID: s.Links[0].PostID, DeliveryID: s.Links[0].DeliveryID,
			Kind: "order", Units: 1, Total: 199900, Currency: "CNY", PlacedAt: s.order("1").PlacedAt,
		}}}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLag(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for i, late := range []time.Duration{9 * time.Second, 2 * time.Second, 500 * time.Millisecond, -time.Minute, time.Second} {
			hook := signedHook(Shopify, "orders/create", fmt.Sprintf(`{"id": %d, "total_price": "1.00", "currency": "CNY", "line_items": [{"quantity": 1}]}`, i+1))
			hook.Header.Set("X-Shopify-Triggered-At", clock.Now().Add(-late).Format(time.RFC3339Nano))
			_, err := s.TakeHook(t.Context(), hook)
			must(t, err)
		}
		bad := signedHook(Shopify, "orders/create", "{}")
		bad.Body = []byte("{ }")
		_, err := s.TakeHook(t.Context(), bad)
		if err == nil {
			t.Fatal("a bad signature")
		}
		all, err := s.SourcesHealth(t.Context())
		must(t, err)
		for _, h := range all {
			if h.Kind != Shopify {
				if h.LagP50 != nil || h.Seen != 0 {
					t.Errorf("%+v", h)
				}
				continue
			}
			if h.Seen != 6 || h.Refused != 1 || *h.LagLast != time.Second || *h.LagP50 != time.Second {
				t.Errorf("seen %d, refused %d, last %v, p50 %v", h.Seen, h.Refused, h.LagLast, h.LagP50)
			}
		}
	})
}

func TestSourceGetsANewSecret(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		hook := signedHook(Shopify, "products/create", "{}")
		_, err := s.TakeHook(t.Context(), hook)
		must(t, err)
		if err := s.ChangeSourceSecret(t.Context(), keeper, hook.Source, "short"); err == nil {
			t.Error("seven bytes")
		}
		must(t, s.ChangeSourceSecret(t.Context(), keeper, hook.Source, "another secret"))
		if _, err := s.TakeHook(t.Context(), hook); err == nil {
			t.Error("the old secret is good still")
		}
	})
}
