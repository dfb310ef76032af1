package stores

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

const sourceSecret = "shpss_0123456789"

var keeper = accounts.Actor{PersonID: 1, Role: accounts.Marketing}

// openSources makes a source of each kind, named for it.
func (s *shop) openSources(t testing.TB) {
	t.Helper()
	for _, kind := range []SourceKind{Shopify, WooCommerce, Generic} {
		_, err := s.CreateSource(t.Context(), keeper, SourceDraft{Name: string(kind), Kind: kind, Store: "mi-hk", Secret: sourceSecret})
		must(t, err)
	}
}

// signedHook is a webhook as a store of the kind sends it.
func signedHook(kind SourceKind, topic, body string) Hook {
	return signedBy(sourceSecret, kind, topic, body)
}

func signedBy(secret string, kind SourceKind, topic, body string) Hook {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	sum := mac.Sum(nil)
	h := Hook{Kind: kind, Source: string(kind), Header: http.Header{}, Body: []byte(body)}
	switch kind {
	case Shopify:
		h.Header.Set("X-Shopify-Topic", topic)
		h.Header.Set("X-Shopify-Hmac-SHA256", base64.StdEncoding.EncodeToString(sum))
	case WooCommerce:
		h.Header.Set("X-WC-Webhook-Topic", topic)
		h.Header.Set("X-WC-Webhook-Signature", base64.StdEncoding.EncodeToString(sum))
	case Generic:
		h.Header.Set("X-Fanfare-Signature", hex.EncodeToString(sum))
	}
	return h
}

func TestSourceIsMadeListedAndClosed(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		made, err := s.CreateSource(t.Context(), keeper, SourceDraft{Name: "mi-hk", Kind: Shopify, Store: "小米香港", Secret: sourceSecret})
		must(t, err)
		want := Source{
			ID: made.ID, Name: "mi-hk", Kind: Shopify, Store: "小米香港", URL: "http://127.0.0.1:8080/hooks/shopify/mi-hk",
			CreatedBy: 1, CreatedAt: clock.Now(),
		}
		if strings.Contains(string(made.Sealed), sourceSecret) {
			t.Error("the secret stands there in the open")
		}
		list, err := s.Sources(t.Context(), keeper)
		if diff := cmp.Diff([]Source{want}, list); diff != "" || err != nil {
			t.Error(err, diff)
		}
		var f *fault.Error
		_, err = s.CreateSource(t.Context(), keeper, SourceDraft{Name: "mi-hk", Kind: Generic, Store: "x", Secret: sourceSecret})
		if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Key != "source.taken" {
			t.Errorf("the same name: %v", err)
		}
		fan := accounts.Actor{PersonID: 1, Role: accounts.Fan}
		if _, err := s.CreateSource(t.Context(), fan, SourceDraft{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("made by a fan: %v", err)
		}
		if err := s.DeleteSource(t.Context(), fan, "mi-hk"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("closed by a fan: %v", err)
		}
		hook := Hook{Kind: Shopify, Source: "mi-hk"}
		if _, err := s.TakeHook(t.Context(), hook); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("open, unsigned: %v", err)
		}
		must(t, s.DeleteSource(t.Context(), keeper, "mi-hk"))
		if _, err := s.TakeHook(t.Context(), hook); !fault.Is(err, fault.NotFound) {
			t.Errorf("closed: %v", err)
		}
		if err := s.DeleteSource(t.Context(), keeper, "mi-hk"); !fault.Is(err, fault.NotFound) {
			t.Errorf("closed twice: %v", err)
		}
	})
}

func TestSourceIsValidated(t *testing.T) {
	t.Parallel()
	good := SourceDraft{Name: "mi-hk", Kind: Shopify, Store: "mi", Secret: sourceSecret}
	must(t, good.validate())
	for location, changes := range map[string][]func(*SourceDraft){
		"name": {
			func(d *SourceDraft) { d.Name = "" }, func(d *SourceDraft) { d.Name = "Mi" }, func(d *SourceDraft) { d.Name = "-mi" },
			func(d *SourceDraft) { d.Name = "mi/hk" }, func(d *SourceDraft) { d.Name = "mi\n" }, func(d *SourceDraft) { d.Name = strings.Repeat("x", 65) },
		},
		"kind":   {func(d *SourceDraft) { d.Kind = "magento" }},
		"store":  {func(d *SourceDraft) { d.Store = "" }, func(d *SourceDraft) { d.Store = "a\x00" }},
		"secret": {func(d *SourceDraft) { d.Secret = "1234567" }, func(d *SourceDraft) { d.Secret = strings.Repeat("x", 1001) }},
	} {
		for i, change := range changes {
			d := good
			change(&d)
			if got := shoptest.InvalidFields(t, d.validate()); !cmp.Equal(got, []string{location}) {
				t.Errorf("%s %d: wrong fields %v", location, i, got)
			}
		}
	}
}

// A store's whole story with one order, and what its source's list tells of it.
func TestHooksTellAnOrdersStory(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		shopify := func(id int, total, more string) string {
			return fmt.Sprintf(`{"id": %d, "total_price": %q, "currency": "CNY", "created_at": "2012-08-16T12:00:00Z", "line_items": [{"quantity": 2}],
			  "landing_site": "/?ref=%s"%s}`, id, total, s.token(3), more)
		}
		woo := wooBody(`, "currency": "CNY", "meta_data": [{"key": "ref", "value": "` + s.token(3) + `"}]`)
		generic := orderJSON(t, orders.Order{OrderID: "g1", Token: s.token(3), Kind: "preorder", Units: 1, Total: 5, Currency: "CNY", PlacedAt: clock.Now()})
		for i, step := range []struct {
			hook Hook
			want HookResult
		}{
			{signedHook(Shopify, "orders/create", shopify(1, "100.00", "")), HookAccepted},
			{signedHook(Shopify, "orders/create", shopify(1, "100.00", "")), HookReplayed},
			{signedHook(Shopify, "orders/paid", shopify(1, "100.00", `, "financial_status": "paid"`)), HookReplayed},
			{signedHook(Shopify, "orders/paid", shopify(1, "90.00", "")), HookKeptFirst},
			{signedHook(Shopify, "refunds/create", `{"id": 7, "order_id": 1, "refund_line_items": [{"quantity": 1}],
			  "transactions": [{"kind": "refund", "status": "success", "amount": "40.00", "currency": "CNY"}]}`), HookAdjusted},
			{signedHook(Shopify, "orders/cancelled", `{"id": 2, "cancelled_at": "2012-08-16T12:00:00Z"}`), HookAdjusted},
			{signedHook(Shopify, "orders/cancelled", `{"id": 2, "cancelled_at": "2012-08-16T12:00:01Z"}`), HookReplayed},
			{signedHook(Shopify, "orders/create", shopify(2, "1.00", "")), HookAccepted},
			{signedHook(Shopify, "orders/create", shopify(3, "1.00", `, "test": true`)), HookAccepted},
			{signedHook(Shopify, "products/update", `{`), HookIgnored},
			{Hook{Kind: WooCommerce, Source: "woocommerce", Body: []byte("webhook_id=4")}, HookPinged},
			{signedHook(WooCommerce, "order.created", woo), HookAccepted},
			{signedHook(WooCommerce, "order.updated", strings.Replace(woo, `"refunds": []`, `"refunds": [{"id": 8, "total": "-5600"}]`, 1)), HookAdjusted},
			{signedHook(WooCommerce, "order.updated", strings.Replace(woo, `"refunds": []`, `"refunds": [{"id": 8, "total": "-5600"}]`, 1)), HookReplayed},
			{signedHook(Generic, "", generic), HookAccepted},
			{signedHook(Generic, "", generic), HookReplayed},
			{signedHook(Generic, "", `{"kind": "refund", "order_id": "g1", "at": "2012-08-16T12:00:00Z", "total": 2}`), HookAdjusted},
			{signedHook(Generic, "", `{"kind": "refund", "order_id": "g1", "at": "2012-08-16T12:00:00Z", "total": 2}`), HookReplayed},
			{signedHook(Generic, "", `{"kind": "refund", "order_id": "g1", "at": "2012-08-16T12:00:00Z", "total": 3}`), HookKeptFirst},
			{signedHook(Generic, "", `{"kind": "cancel", "order_id": "g2", "at": "2012-08-16T12:00:00Z", "store": "mi-hk"}`), HookAdjusted},
			{signedHook(Generic, "", strings.Replace(generic, "g1", "g2", 1)), HookAccepted},
		} {
			answer, err := s.TakeHook(t.Context(), step.hook)
			if err != nil || answer.Result != step.want {
				t.Errorf("step %d: %+v, %v; want %s", i, answer, err, step.want)
			}
			clock.Advance(time.Second)
		}
		want := []countSums{{}, {}, {}, {Orders: 3, Units: 1 + 2 + 1, Total: 10000 - 4000 + (2560000 - 560000) + 5 - 2}}
		if diff := cmp.Diff(want, s.counts(t)); diff != "" {
			t.Error(diff)
		}
		for _, row := range s.keptOrders(t) {
			if row.Store != "mi-hk" || row.OrderID == "3" && (row.Reason != orders.TestOrder || row.CampaignID != 0) {
				t.Errorf("%+v", row)
			}
		}
		list, err := s.HookDeliveries(t.Context(), keeper, "shopify")
		must(t, err)
		if len(list) != 10 || list[0].Topic != "products/update" || list[6].Result != HookKeptFirst || list[6].Detail == "" || list[9].RemoteID != "1" {
			t.Errorf("the list is %+v", list)
		}
		list, err = s.HookDeliveries(t.Context(), keeper, "generic")
		must(t, err)
		if list[0].Topic != "order" || list[1].Topic != orders.Cancel || list[1].RemoteID != "g2" || list[2].Topic != orders.Refund {
			t.Errorf("the list is %+v", list)
		}
	})
}

// What takes an order back is read as strictly as the order.
func TestAWrongTakingBackIsNamed(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for body, want := range map[string][]string{
			`{"kind": "refund", "order_id": "1", "at": "2012-08-16T12:00:00Z", "sum": 1}`:     {"sum"},
			`{"kind": "refund", "order_id": "1", "at": "yesterday"}`:                          {"at"},
			`{"kind": "refund", "order_id": "1", "at": "2012-08-16T12:00:00Z", "total": 1.5}`: {"total"},
			`{"kind": "refund", "order_id": "1", "at": "2012-08-16T12:00:00Z", "total": -1}`:  {"total"},
			`{"kind": "cancel"}`: {"order_id", "at"},
			`{"kind": "cancel", "order_id": "1", "at": "2012-08-16T12:00:00Z", "store": "another"}`: {"store"},
			`{"kind": "refunded", "order_id": "1"}`:                                                 {"kind", "units", "total", "currency", "placed_at"},
			`{"kind": "refund", "order_id": "1", "at": "2012-08-16T12:00:00Z", "token": "x"}`:       {"token"},
		} {
			_, err := s.TakeHook(t.Context(), signedHook(Generic, "", body))
			if got := shoptest.InvalidFields(t, err); !cmp.Equal(got, want) {
				t.Errorf("%s: %v, want %v", body, got, want)
			}
		}
	})
}

func TestHooksAreRefusedBeforeTheyAreRead(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for _, kind := range []SourceKind{Shopify, WooCommerce, Generic} {
			good := signedHook(kind, "orders/create", `not JSON`)
			changed := good
			changed.Body = []byte(`not json`)
			unsigned := good
			unsigned.Header = http.Header{}
			elsewhere := good
			elsewhere.Source = "other"
			wrongKind := good
			wrongKind.Source = string(map[SourceKind]SourceKind{Shopify: WooCommerce, WooCommerce: Generic, Generic: Shopify}[kind])
			for name, c := range map[string]struct {
				hook Hook
				want fault.Kind
			}{
				"changed": {changed, fault.Unauthenticated}, "unsigned": {unsigned, fault.Unauthenticated},
				"unknown": {elsewhere, fault.NotFound}, "of another kind": {wrongKind, fault.NotFound},
			} {
				if answer, err := s.TakeHook(t.Context(), c.hook); !fault.Is(err, c.want) {
					t.Errorf("%s, %s: %+v, %v", kind, name, answer, err)
				}
			}
		}
		ping := Hook{Kind: Shopify, Source: "shopify", Body: []byte("webhook_id=4")}
		if _, err := s.TakeHook(t.Context(), ping); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a ping to Shopify: %v", err)
		}
		if _, err := s.TakeHook(t.Context(), signedHook(Shopify, "orders/create", `not JSON`)); !fault.Is(err, fault.Invalid) {
			t.Errorf("signed nonsense: %v", err)
		}
		foreign := signedHook(Generic, "", orderJSON(t, s.order("1")))
		if _, err := s.TakeHook(t.Context(), foreign); !cmp.Equal(shoptest.InvalidFields(t, err), []string{"store"}) {
			t.Errorf("another store's order: %v", err)
		}
		if rows := s.keptOrders(t); len(rows) != 0 {
			t.Errorf("orders %+v", rows)
		}
	})
}

// However many strangers knock, the list holds one of theirs and goes on
// telling what the store sent.
func TestDeliveriesAreCut(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for n := range 3*keptHooks + 7 {
			_, err := s.TakeHook(t.Context(), signedHook(Shopify, fmt.Sprint("topic/", n), ``))
			must(t, err)
			for range 3 {
				if _, err := s.TakeHook(t.Context(), Hook{Kind: Shopify, Source: "shopify"}); !fault.Is(err, fault.Unauthenticated) {
					t.Fatal(err)
				}
			}
			if n%150 == 0 {
				must(t, s.hooks.flush(t.Context()))
			}
		}
		list, err := s.HookDeliveries(t.Context(), keeper, "shopify")
		must(t, err)
		if len(list) != keptHooks || list[0].Result != HookBadSignature || list[1].Topic != fmt.Sprint("topic/", 3*keptHooks+6) {
			t.Fatalf("%d, the latest %+v", len(list), list[:2])
		}
		for _, d := range list[1:] {
			if d.Result != HookIgnored {
				t.Errorf("%+v", d)
			}
		}
		var rows int64
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Model(&HookDelivery{}).Count(&rows).Error }))
		if rows != keptHooks {
			t.Errorf("%d rows are kept", rows)
		}
		if _, err := s.HookDeliveries(t.Context(), keeper, "\x00"); !fault.Is(err, fault.NotFound) {
			t.Error("of a name that is none: ", err)
		}
		if _, err := s.HookDeliveries(t.Context(), keeper, "nowhere"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of no source: %v", err)
		}
	})
}
