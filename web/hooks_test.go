package web

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"fanfare/accounts"
)

const hookSecret = "a secret of the store"

// hook posts a body to a webhook's address, signed with secret into header;
// unsigned when header is empty.
func (h *harness) hook(path, header, secret, topic, body string) (*http.Response, map[string]any) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+path, strings.NewReader(body))
	h.must(err)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	switch header {
	case "":
	case "X-Fanfare-Signature":
		request.Header.Set(header, hex.EncodeToString(mac.Sum(nil)))
	default:
		request.Header.Set(header, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		request.Header.Set("X-Shopify-Topic", topic)
		request.Header.Set("X-WC-Webhook-Topic", topic)
	}
	response, err := http.DefaultClient.Do(request)
	h.must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	h.must(err)
	var answer map[string]any
	_ = json.Unmarshal(content, &answer)
	return response, answer
}

func (h *harness) source(key, name, kind string) string {
	h.t.Helper()
	status, answer := h.call(key, "POST", "/api/v1/sources", map[string]string{"name": name, "kind": kind, "store": "mi-hk", "secret": hookSecret})
	if status != http.StatusCreated || answer["id"] == nil || answer["secret"] != nil {
		h.t.Fatalf("making a source: %d %v", status, answer)
	}
	return strings.TrimPrefix(answer["url"].(string), h.url)
}

func TestWebhooksOfStores(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	key := h.key(accounts.Marketing)
	shopify, woo, generic := h.source(key, "hk", "shopify"), h.source(key, "jp", "woocommerce"), h.source(key, "tw", "generic")
	if shopify != "/hooks/shopify/hk" || woo != "/hooks/woocommerce/jp" || generic != "/hooks/orders/tw" {
		t.Errorf("the addresses are %s %s %s", shopify, woo, generic)
	}
	const (
		shopifyOrder = `{"id":1,"total_price":"10.00","currency":"HKD","created_at":"2012-08-16T12:00:00Z"}`
		wooOrder     = `{"id":2,"total":"10","currency":"JPY","status":"processing","date_created_gmt":"2012-08-16T12:00:00"}`
		order        = `{"order_id":"3","kind":"order","units":1,"total":1000,"currency":"TWD","placed_at":"2012-08-16T12:00:00Z"}`
		shopifyMAC   = "X-Shopify-Hmac-SHA256"
		wooMAC       = "X-WC-Webhook-Signature"
		genericMAC   = "X-Fanfare-Signature"
	)
	for _, c := range []struct {
		name, path, header, secret, topic, body string
		status                                  int
		result                                  any
	}{
		{"an order", shopify, shopifyMAC, hookSecret, "orders/create", shopifyOrder, 200, "accepted"},
		{"again", shopify, shopifyMAC, hookSecret, "orders/create", shopifyOrder, 200, "replayed"},
		{"an update", shopify, shopifyMAC, hookSecret, "orders/paid", strings.Replace(shopifyOrder, "10.00", "9.00", 1), 200, "kept_first"},
		{"a topic of no concern", shopify, shopifyMAC, hookSecret, "shop/update", `{}`, 200, "ignored"},
		{"another secret", shopify, shopifyMAC, "guessed", "orders/create", shopifyOrder, 401, nil},
		{"no signature", shopify, "", "", "orders/create", shopifyOrder, 401, nil},
		{"signed nonsense", shopify, shopifyMAC, hookSecret, "orders/create", `<xml/>`, 422, nil},
		{"a huge body", shopify, shopifyMAC, hookSecret, "orders/create", strings.Repeat(" ", 1<<20+1), 413, nil},
		{"no such source", "/hooks/shopify/other", shopifyMAC, hookSecret, "orders/create", shopifyOrder, 404, nil},
		{"WooCommerce's ping", woo, "", "", "", "webhook_id=12", 200, "ping"},
		{"an order of WooCommerce", woo, wooMAC, hookSecret, "order.created", wooOrder, 200, "accepted"},
		{"an order of another store", generic, genericMAC, hookSecret, "", order, 200, "accepted"},
		{"a mistyped field", generic, genericMAC, hookSecret, "", strings.Replace(order, "units", "unit", 1), 422, nil},
	} {
		response, answer := h.hook(c.path, c.header, c.secret, c.topic, c.body)
		if response.StatusCode != c.status || fmt.Sprint(answer["result"]) != fmt.Sprint(c.result) {
			t.Errorf("%s: %s %v", c.name, response.Status, answer)
		}
		if c.status >= 400 && response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: answered as %s", c.name, response.Header.Get("Content-Type"))
		}
		if replay := response.Header.Get("Idempotent-Replay"); (replay == "true") != (c.result == "replayed") {
			t.Errorf("%s: Idempotent-Replay is %q", c.name, replay)
		}
	}
	_, list := h.call(key, "GET", "/api/v1/sources/hk/deliveries", nil)
	items, _ := list["items"].([]any)
	if len(items) != 6 || items[0].(map[string]any)["result"] != "unreadable" {
		t.Errorf("the deliveries are %v", list)
	}
	_, list = h.call(key, "GET", "/api/v1/sources", nil)
	content, err := json.Marshal(list)
	h.must(err)
	if items, _ := list["items"].([]any); len(items) != 3 || bytes.Contains(content, []byte("secret")) {
		t.Errorf("the sources are %s", content)
	}
	if status, answer := h.call(h.key(accounts.Product), "POST", "/api/v1/sources", map[string]string{"name": "x", "kind": "generic", "store": "x", "secret": hookSecret}); status != http.StatusForbidden {
		t.Errorf("made by product: %d %v", status, answer)
	}
	if status, _ := h.call(key, "DELETE", "/api/v1/sources/hk", nil); status != http.StatusNoContent {
		t.Errorf("closing: %d", status)
	}
	if response, _ := h.hook(shopify, shopifyMAC, hookSecret, "orders/create", shopifyOrder); response.StatusCode != http.StatusNotFound {
		t.Errorf("after closing: %s", response.Status)
	}
}
