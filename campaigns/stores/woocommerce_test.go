package stores

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func wooBody(fields string) string {
	return `{"id": 727, "number": "727", "status": "processing", "currency": "JPY", "total": "25600",
  "date_created_gmt": "2012-08-16T12:00:01", "date_created": "2012-08-16T20:00:01", "date_modified_gmt": "2012-08-17T01:00:00",
  "customer_id": 0, "billing": {"email": "fan@example.com"}, "line_items": [{"id": 1, "quantity": 2, "total": "25600"}], "refunds": []` + fields + `}`
}

func TestWooCommerceOrderIsRead(t *testing.T) {
	t.Parallel()
	in := readerInput(t, "order.created", "")
	token := in.tokens.Token(7)
	in.body = []byte(wooBody(`, "meta_data": [{"id": 1, "key": "_wc_order_attribution_referrer", "value": "https://t.co/"},
	  {"id": 2, "key": "x", "value": {"a": [1]}},
	  {"id": 3, "key": "_wc_order_attribution_session_entry", "value": "https://mi.example/mi2?lang=ja&ref=` + token + `"}]`))
	got, err := readWooCommerce(in)
	modified := time.Date(2012, 8, 17, 1, 0, 0, 0, time.UTC)
	want := storeEvent{orderID: "727", status: &orderStatus{"processing", true, modified}, order: &orders.Order{
		Store: "mi-hk", OrderID: "727", Token: token, Kind: "order", Units: 2, Total: 25600,
		Currency: "JPY", PlacedAt: time.Date(2012, 8, 16, 12, 0, 1, 0, time.UTC), Customer: "fan@example.com",
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(storeEvent{}, orderStatus{})); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestWooCommerceTakesBackByStatusAndRefunds(t *testing.T) {
	t.Parallel()
	a := orders.Adjustment{Store: "mi-hk", OrderID: "727", At: time.Date(2012, 8, 17, 1, 0, 0, 0, time.UTC)}
	refund, whole := a, a
	refund.Kind, refund.ID, refund.Total = orders.Refund, "730", 1200
	whole.Kind, whole.ID, whole.Units, whole.Total = orders.Refund, "refunded", 2, 25600
	const refunds = `, "refunds": [{"id": 730, "reason": "", "total": "-1200"}, {"id": 731, "reason": "", "total": "0"}]`
	for fields, want := range map[string][]orders.Adjustment{
		``:                                  nil,
		refunds:                             {refund},
		`, "status": "cancelled"` + refunds: nil, // there is nothing left to give back
		`, "status": "refunded"`:            {whole},
		`, "status": "refunded"` + refunds:  {refund, whole},
		`, "status": "completed"` + refunds: {refund},
	} {
		got, err := readWooCommerce(readerInput(t, "order.updated", wooBody(fields)))
		if diff := cmp.Diff(want, got.adjustments); diff != "" || err != nil || (got.order != nil) != got.status.placed {
			t.Errorf("%s: %+v %v %s", fields, got, err, diff)
		}
	}
}

func TestWooCommerceIgnoresWhatIsNoSale(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"order.deleted", `{"id": 727}`}, {"product.updated", `{}`}, {"order.updated", wooBody(`, "status": "trash"`)}} {
		got, err := readWooCommerce(readerInput(t, c[0], c[1]))
		if err != nil || got.ignored == "" || got.order != nil || got.status != nil || got.adjustments != nil {
			t.Errorf("%s %s: %+v, %v", c[0], c[1], got, err)
		}
	}
	for _, status := range []string{"checkout-draft", "pending", "failed", "cancelled"} {
		got, err := readWooCommerce(readerInput(t, "order.updated", wooBody(`, "currency": "", "status": "`+status+`"`)))
		if err != nil || got.order != nil || got.status.placed {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
}

// PHP writes a list as an object once something was taken out of it, and an empty
// object as a list; plugins write what they please.
func TestWooCommerceOrderIsTakenWhateverElseItSays(t *testing.T) {
	t.Parallel()
	for fields, units := range map[string]int64{
		`, "meta_data": {}, "coupon_lines": {}, "refunds": {}, "billing": []`:                               2,
		`, "meta_data": [7, null, {"key": ["x"]}], "coupon_lines": "none", "refunds": null, "billing": "x"`: 2,
		`, "line_items": {"3": {"quantity": 1}, "12": {"quantity": 2.5}}`:                                   4,
		`, "line_items": []`:                        1,
		`, "refunds": [{"id": 1, "total": null}]`:   2,
		`, "refunds": [{"id": 1, "total": "-1.5"}]`: 2,
	} {
		got, err := readWooCommerce(readerInput(t, "order.created", wooBody(fields)))
		if err != nil || got.order == nil || got.order.Units != units || got.order.Total != 25600 || got.adjustments != nil {
			t.Errorf("%s: %+v, %v", fields, got, err)
		}
		if unread := strings.Contains(fields, "null}") || strings.Contains(fields, "-1.5"); unread != (got.leftOut.Err() != nil) {
			t.Errorf("%s: left out %v", fields, got.leftOut)
		}
	}
}

func TestWooCommerceRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null7`, `[]`, `{"id": 727, "total": "1.00"}`, wooBody(`, "total": "25600.50"`), wooBody(`, "total": "-1"`),
		wooBody(`, "line_items": [{"quantity": "9999999"}]`),
	} {
		if got, err := readWooCommerce(readerInput(t, "order.created", body)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

// An order that is not paid in time lapses, and may be paid after all; one that
// was placed may lapse and be placed again, and webhooks overtake one another.
func TestWooCommerceOrderChangesItsStatus(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for n, step := range []struct {
			status string
			minute int // of its modification
			want   HookResult
			orders int64
		}{
			{"pending", 0, HookIgnored, 0}, {"failed", 1, HookIgnored, 0}, {"cancelled", 2, HookIgnored, 0},
			{"processing", 3, HookAccepted, 1}, {"completed", 4, HookReplayed, 1},
			{"cancelled", 5, HookAdjusted, 0}, {"cancelled", 6, HookReplayed, 0}, {"completed", 4, HookReplayed, 0},
			{"on-hold", 7, HookAdjusted, 1}, {"processing", 8, HookReplayed, 1}, {"cancelled", 6, HookReplayed, 1},
			{"failed", 9, HookAdjusted, 0}, {"processing", 9, HookAdjusted, 1}, {"trash", 10, HookIgnored, 1},
		} {
			body := wooBody(fmt.Sprintf(`, "status": %q, "date_modified_gmt": "2012-08-16T13:%02d:00"`, step.status, step.minute))
			got, err := s.TakeHook(t.Context(), signedHook(WooCommerce, "order.updated", body))
			if err != nil || got.Result != step.want {
				t.Errorf("%d, %s: %+v, %v", n, step.status, got, err)
			}
			var counted int64
			must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
				return tx.Raw("SELECT COALESCE(SUM(orders), 0) FROM order_counts WHERE span = 3600").Scan(&counted).Error
			}))
			if counted != step.orders {
				t.Errorf("%d, %s: %d orders count", n, step.status, counted)
			}
		}
	})
}

// A cancellation that was sent as such is none of the store's status.
func TestWooCommerceLeavesOtherCancellations(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for n, want := range []HookResult{HookAccepted, HookReplayed} {
			got, err := s.TakeHook(t.Context(), signedHook(WooCommerce, "order.updated", wooBody(`, "status": "processing"`)))
			if err != nil || got.Result != want {
				t.Errorf("%d: %+v, %v", n, got, err)
			}
			_, err = s.orders.Adjust(t.Context(), orders.Adjustment{Store: "mi-hk", OrderID: "727", Kind: orders.Cancel, At: clock.Now()})
			must(t, err)
		}
		if kept := s.keptOrders(t); !kept[0].Cancelled {
			t.Errorf("%+v", kept[0])
		}
	})
}

func TestWooCommerceNamesAWrongCurrency(t *testing.T) {
	t.Parallel()
	_, err := readWooCommerce(readerInput(t, "order.created", wooBody(`, "currency": "ZZZ", "refunds": [{"id": 1, "total": "-1"}]`)))
	if got := shoptest.InvalidFields(t, err); !cmp.Equal(got, []string{"currency"}) {
		t.Errorf("wrong fields %v", got)
	}
}

func FuzzWooCommerce(f *testing.F) {
	for _, fields := range []string{
		``, `, "status": "refunded", "refunds": [{"id": 730, "total": "-1200"}]`, `, "status": "cancelled"`,
		`, "meta_data": [{"key": "_wc_order_attribution_session_entry", "value": "https://mi.example/?ref=zzzzzzzzzzzz"}]`,
	} {
		f.Add("order.updated", []byte(wooBody(fields)))
	}
	in := readerInput(f, "", "")
	f.Fuzz(func(t *testing.T, topic string, body []byte) {
		in := in
		in.topic, in.body = topic, body
		event, err := readWooCommerce(in)
		checkEvent(t, event, err)
	})
}
