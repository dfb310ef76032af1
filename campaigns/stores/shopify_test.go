package stores

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// readerInput is a webhook of the shop "mi-hk" whose signature was good.
func readerInput(t testing.TB, topic, body string) hookInput {
	t.Helper()
	codec, err := links.NewCodec(testSecret)
	must(t, err)
	return hookInput{
		topic: topic, header: http.Header{}, body: []byte(body), store: "mi-hk",
		now: time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC), tokens: codec,
	}
}

const shopifyBody = `{
  "id": 820982911946154508, "order_number": 1234, "email": "fan@example.com", "test": false,
  "created_at": "2012-08-16T20:00:01+08:00", "cancelled_at": null, "financial_status": "paid",
  "total_price": "4798.00", "currency": "HKD", "presentment_currency": "HKD",
  "total_price_set": {"shop_money": {"amount": "4798.00", "currency_code": "HKD"}},
  "customer": {"id": 115310627314723954}, "checkout_token": "abc", "refunds": [],
  "line_items": [{"id": 1, "quantity": 1}, {"id": 2, "quantity": 1}],
  "note_attributes": [], "landing_site": %s, "landing_site_ref": null, "referring_site": null,
  "discount_codes": [{"code": "WELCOME10", "amount": "10.00", "type": "percentage"}]
}`

func TestShopifyOrderIsRead(t *testing.T) {
	t.Parallel()
	in := readerInput(t, "orders/create", "")
	token := in.tokens.Token(7)
	in.body = fmt.Appendf(nil, shopifyBody, `"/products/mi2?lang=zh&ref=`+token+`&utm_source=weibo"`)
	got, err := readShopify(in)
	want := storeEvent{orderID: "820982911946154508", order: &orders.Order{
		Store: "mi-hk", OrderID: "820982911946154508", Token: token, Kind: "order", Units: 2, Total: 479800,
		Currency: "HKD", PlacedAt: time.Date(2012, 8, 16, 12, 0, 1, 0, time.UTC), Customer: "fan@example.com",
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(storeEvent{})); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestShopifyPlacesOfTheToken(t *testing.T) {
	t.Parallel()
	in := readerInput(t, "orders/create", "")
	one, two := in.tokens.Token(1), in.tokens.Token(2)
	for name, c := range map[string]struct{ fields, want string }{
		"a null landing site":  {`"landing_site": null`, ""},
		"a note":               {`"note_attributes": [{"name": "gift", "value": "yes"}, {"name": "Ref", "value": "` + one + `"}], "landing_site": "/?ref=` + two + `"`, one},
		"our note":             {`"note_attributes": [{"name": "fanfare", "value": "` + one + `"}]`, one},
		"the landing site":     {`"landing_site": "https://mi.example/a?ref=` + one + `", "landing_site_ref": "` + two + `"`, one},
		"its ref":              {`"landing_site": "/", "landing_site_ref": "` + one + `"`, one},
		"the referring site":   {`"referring_site": "https://mi.example/r/` + one + `"`, one},
		"the referrer's query": {`"referring_site": "https://blog.example/?ref=` + one + `"`, one},
		"a discount code":      {`"referring_site": "https://t.co/abc", "discount_codes": [{"code": "X"}, {"code": "` + one + `"}]`, one},
		"a mistyped one":       {`"landing_site": "/?ref=zzzzzzzzzzzz", "discount_codes": [{"code": "X"}]`, "zzzzzzzzzzzz"},
		"a broken address":     {`"landing_site": "http://[::1/?ref=x"`, "x"},
		"a per cent sign":      {`"landing_site": "/50%-off?a=%&ref=` + one + `#top"`, one},
		"an object":            {`"note_attributes": {"12": {"name": "ref", "value": "` + two + `"}, "2": {"name": "ref", "value": "` + one + `"}, "x": 7}, "customer": [], "test": "false"`, one},
		"another type":         {`"landing_site": {"a": 1}`, ""},
	} {
		in.body = []byte(`{"id": 1, "total_price": "1.00", "currency": "HKD", ` + c.fields + `}`)
		got, err := readShopify(in)
		if err != nil || got.order.Token != c.want {
			t.Errorf("%s: %+v, %v; want %q", name, got.order, err, c.want)
		}
	}
}

func TestShopifyTestOrders(t *testing.T) {
	t.Parallel()
	in := readerInput(t, "orders/create", `{"id": 1, "total_price": "1.00", "currency": "HKD", "test": true}`)
	if got, err := readShopify(in); err != nil || !got.test {
		t.Errorf("by its field: %+v, %v", got, err)
	}
	in.body = []byte(`{"id": 1, "total_price": "1.00", "currency": "HKD"}`)
	in.header.Set("X-Shopify-Test", "true")
	if got, err := readShopify(in); err != nil || !got.test {
		t.Errorf("by the header: %+v, %v", got, err)
	}
}

func TestShopifyCancellationsAndRefundsAreRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2012, 8, 17, 1, 0, 0, 0, time.UTC)
	refund := orders.Adjustment{Store: "mi-hk", OrderID: "9", ID: "71", Kind: orders.Refund, At: at}
	with := func(units, total int64) []orders.Adjustment {
		a := refund
		a.Units, a.Total = units, total
		return []orders.Adjustment{a}
	}
	const head = `"id": 71, "order_id": 9, "created_at": "2012-08-17T09:00:00+08:00"`
	for name, c := range map[string]struct {
		topic, body string
		want        []orders.Adjustment
	}{
		"cancelled": {
			"orders/cancelled", `{"id": 9, "total_price": "1.00", "currency": "HKD", "cancelled_at": "2012-08-17T01:00:00Z"}`,
			[]orders.Adjustment{{Store: "mi-hk", OrderID: "9", ID: "cancel", Kind: orders.Cancel, At: at}},
		},
		"money and units": {
			"refunds/create", `{` + head + `, "refund_line_items": [{"quantity": 1}, {"quantity": 2}],
			  "transactions": [{"kind": "refund", "status": "success", "amount": "100.50", "currency": "HKD"}]}`,
			with(3, 10050),
		},
		"a failed and a foreign kind": {
			"refunds/create", `{` + head + `, "transactions": [{"kind": "refund", "status": "failure", "amount": "1.00", "currency": "HKD"},
			  {"kind": "sale", "status": "success", "amount": "2.00", "currency": "HKD"}, {"kind": "refund", "status": "success", "amount": "3", "currency": "HKD"}]}`,
			with(0, 300),
		},
		"in the buyer's currency": {
			"refunds/create", `{` + head + `, "transactions": [{"kind": "refund", "status": "success", "amount": "12800", "currency": "JPY"}],
			  "refund_line_items": [{"quantity": 1, "subtotal_set": {"shop_money": {"amount": "700.00", "currency_code": "HKD"}},
			  "total_tax_set": {"shop_money": {"amount": "7.50", "currency_code": "HKD"}}}]}`,
			with(1, 70750),
		},
		"nothing": {"refunds/create", `{` + head + `, "transactions": [], "refund_line_items": []}`, nil},
	} {
		got, err := readShopify(readerInput(t, c.topic, c.body))
		if diff := cmp.Diff(c.want, got.adjustments); diff != "" || err != nil || got.order != nil || got.orderID != "9" {
			t.Errorf("%s: %+v %v %s", name, got, err, diff)
		}
		if (c.want == nil) != (got.ignored != "") {
			t.Errorf("%s: ignored because %q", name, got.ignored)
		}
	}
}

// An order that was taken back before its first webhook came is both.
func TestShopifyOrderThatIsCancelledAlready(t *testing.T) {
	t.Parallel()
	got, err := readShopify(readerInput(t, "orders/paid", `{"id": 9, "total_price": "1.00", "currency": "HKD", "cancelled_at": "2012-08-17T01:00:00Z",
	  "refunds": [{"id": 71, "transactions": [{"kind": "refund", "status": "success", "amount": "1.00", "currency": "HKD"}]}]}`))
	if err != nil || got.order == nil || len(got.adjustments) != 2 || got.adjustments[1].OrderID != "9" || got.adjustments[1].Total != 100 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestShopifyRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `[]`, `"x"`, `{"id": 1`, `{"id": 1, "line_items": 7}`,
		`{"id": 1, "total_price": "-1.00", "currency": "HKD"}`,
		`{"id": 1, "total_price": "1.00", "currency": "HKX"}`,
		`{"id": 1, "total_price": "1.005", "currency": "HKD"}`,
		`{"id": 1, "total_price": "1.00", "currency": "HKD", "line_items": [{"quantity": -1}]}`,
		`{"id": 1, "total_price": "1.00", "currency": "HKD", "line_items": [{"quantity": "0.5x"}]}`,
	} {
		if got, err := readShopify(readerInput(t, "orders/create", body)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	if got, err := readShopify(readerInput(t, "products/update", `not JSON`)); err != nil || got.ignored == "" {
		t.Errorf("another topic: %+v, %v", got, err)
	}
}

// checkEvent tells whether what was read can do any harm further on.
func checkEvent(t *testing.T, event storeEvent, err error) {
	t.Helper()
	if err != nil {
		if !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		return
	}
	if o := event.order; o != nil && (o.Units < 1 || o.Total < 0 || o.Total > orders.MaxTotal || o.Store != "mi-hk" || len(o.Token) > orders.MaxToken || !orders.Printable(o.Token)) {
		t.Fatalf("%+v", o)
	}
	for _, a := range event.adjustments {
		if a.Units < 0 || a.Total < 0 || a.Units > orders.MaxUnits || a.Total > orders.MaxTotal || a.Store != "mi-hk" {
			t.Fatalf("%+v", a)
		}
	}
}

func FuzzShopify(f *testing.F) {
	order := fmt.Sprintf(shopifyBody, `"/?ref=zzzzzzzzzzzz"`)
	for _, topic := range []string{"orders/create", "orders/cancelled"} {
		f.Add(topic, []byte(order))
		f.Add(topic, []byte(strings.ReplaceAll(order, `"`, `'`)))
	}
	f.Add("refunds/create", []byte(`{"id":1,"order_id":2,"refund_line_items":[{"quantity":1,"subtotal_set":{"shop_money":{"amount":"1.00","currency_code":"KWD"}}}],
	  "transactions":[{"kind":"refund","status":"success","amount":"5","currency":"JPY"}]}`))
	in := readerInput(f, "", "")
	f.Fuzz(func(t *testing.T, topic string, body []byte) {
		in := in
		in.topic, in.body = topic, body
		event, err := readShopify(in)
		checkEvent(t, event, err)
	})
}
