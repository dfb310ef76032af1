package stores

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/orders"
	"fanfare/fault"
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
	want := storeEvent{orderID: "727", order: &orders.Order{
		Store: "mi-hk", OrderID: "727", Token: token, Kind: "order", Units: 2, Total: 25600,
		Currency: "JPY", PlacedAt: time.Date(2012, 8, 16, 12, 0, 1, 0, time.UTC), Customer: "fan@example.com",
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(storeEvent{})); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestWooCommerceTakesBackByStatusAndRefunds(t *testing.T) {
	t.Parallel()
	a := orders.Adjustment{Store: "mi-hk", OrderID: "727", At: time.Date(2012, 8, 17, 1, 0, 0, 0, time.UTC)}
	cancel, refund, whole := a, a, a
	cancel.Kind, cancel.ID = orders.Cancel, "cancel"
	refund.Kind, refund.ID, refund.Total = orders.Refund, "730", 1200
	whole.Kind, whole.ID, whole.Units, whole.Total = orders.Refund, "refunded", 2, 25600
	const refunds = `, "refunds": [{"id": 730, "reason": "", "total": "-1200"}, {"id": 731, "reason": "", "total": "0"}]`
	for fields, want := range map[string][]orders.Adjustment{
		``:                                  nil,
		refunds:                             {refund},
		`, "status": "cancelled"`:           {cancel},
		`, "status": "refunded"`:            {whole},
		`, "status": "refunded"` + refunds:  {refund, whole},
		`, "status": "completed"` + refunds: {refund},
	} {
		got, err := readWooCommerce(readerInput(t, "order.updated", wooBody(fields)))
		if diff := cmp.Diff(want, got.adjustments); diff != "" || err != nil || got.order == nil {
			t.Errorf("%s: %+v %v %s", fields, got, err, diff)
		}
	}
}

func TestWooCommerceIgnoresWhatIsNoSale(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"order.deleted", `{"id": 727}`}, {"product.updated", `{}`}, {"order.created", wooBody(`, "status": "checkout-draft"`)},
		{"order.updated", wooBody(`, "status": "failed"`)},
	} {
		got, err := readWooCommerce(readerInput(t, c[0], c[1]))
		if err != nil || got.ignored == "" || got.order != nil || got.adjustments != nil {
			t.Errorf("%s %s: %+v, %v", c[0], c[1], got, err)
		}
	}
}

func TestWooCommerceRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null7`, `[]`, `{"id": 727, "total": "1.00"}`, wooBody(`, "total": "25600.50"`), wooBody(`, "total": "-1"`),
		wooBody(`, "refunds": [{"id": 1, "total": "--1"}]`), wooBody(`, "line_items": [{"quantity": "9999999"}]`),
	} {
		if got, err := readWooCommerce(readerInput(t, "order.created", body)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
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
