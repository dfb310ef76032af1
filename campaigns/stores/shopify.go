package stores

import (
	"time"

	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// shopifyOrder is what concerns us of Shopify's Order, as its webhooks carry it:
// https://shopify.dev/docs/api/admin-rest/latest/resources/order
type shopifyOrder struct {
	ID             loose                  `json:"id"`
	TotalPrice     loose                  `json:"total_price"` // in the shop's currency
	Currency       loose                  `json:"currency"`    // the shop's
	CreatedAt      loose                  `json:"created_at"`
	CancelledAt    loose                  `json:"cancelled_at"`
	Test           loose                  `json:"test"`
	Email          loose                  `json:"email"`
	LineItems      several[storeLine]     `json:"line_items"`
	Refunds        several[shopifyRefund] `json:"refunds"`
	LandingSite    loose                  `json:"landing_site"`
	LandingSiteRef loose                  `json:"landing_site_ref"`
	ReferringSite  loose                  `json:"referring_site"`
	Customer       perhaps[struct {
		ID loose `json:"id"`
	}] `json:"customer"`
	NoteAttributes several[struct {
		Name  loose `json:"name"`
		Value loose `json:"value"`
	}] `json:"note_attributes"`
	DiscountCodes several[struct {
		Code loose `json:"code"`
	}] `json:"discount_codes"`
}

// readShopify reads a webhook of Shopify:
// https://shopify.dev/docs/api/webhooks
func readShopify(in hookInput) (storeEvent, error) {
	switch in.topic {
	case "orders/create", "orders/paid", "orders/cancelled":
		return readShopifyOrder(in)
	case "refunds/create":
		return readShopifyRefund(in)
	}
	return storeEvent{ignored: "This topic tells of no order."}, nil
}

// readShopifyOrder reads the order itself and what has become of it: a webhook
// may be late, so that even a new order may be cancelled.
func readShopifyOrder(in hookInput) (storeEvent, error) {
	var o shopifyOrder
	if err := readStoreJSON(in.body, &o); err != nil {
		return storeEvent{}, err
	}
	event := storeEvent{orderID: string(o.ID), test: o.Test == "true" || in.header.Get("X-Shopify-Test") == "true"}
	var wrong fault.Fields
	if in.topic == "orders/cancelled" || o.CancelledAt != "" {
		event.adjustments = append(event.adjustments, orders.Adjustment{
			Store: in.store, OrderID: string(o.ID), ID: orders.Cancel, Kind: orders.Cancel,
			At: firstTime(time.RFC3339, in.now, o.CancelledAt),
		})
	}
	for _, r := range o.Refunds {
		r.OrderID = o.ID
		if a, something := r.adjustment(&wrong, in); something {
			event.adjustments = append(event.adjustments, a)
		}
	}
	if in.topic != "orders/cancelled" {
		event.order = o.order(&wrong, in)
	}
	return event, wrong.Err()
}

func (o shopifyOrder) order(wrong *fault.Fields, in hookInput) *orders.Order {
	customer := o.Email
	if customer == "" {
		customer = o.Customer.it.ID
	}
	return &orders.Order{
		Store: in.store, OrderID: string(o.ID), Token: o.tokenPlaces().token(in.tokens), Kind: "order",
		Units: orderUnits(wrong, o.LineItems), Total: amount(wrong, "total_price", o.TotalPrice, string(o.Currency)),
		Currency: string(o.Currency), Customer: tame(string(customer), orders.MaxCustomer),
		PlacedAt: firstTime(time.RFC3339, in.now, o.CreatedAt, loose(in.header.Get("X-Shopify-Triggered-At"))),
	}
}

func (o shopifyOrder) tokenPlaces() (p tokenPlaces) {
	for _, note := range o.NoteAttributes {
		if isTokenField(note.Name) {
			p.meant = append(p.meant, string(note.Value))
		}
	}
	p.meant = append(p.meant, refIn(o.LandingSite), string(o.LandingSiteRef))
	p.other = append(p.other, refIn(o.ReferringSite), lastPart(o.ReferringSite))
	for _, discount := range o.DiscountCodes {
		p.other = append(p.other, string(discount.Code))
	}
	return p
}

// shopifyRefund is what concerns us of Shopify's Refund:
// https://shopify.dev/docs/api/admin-rest/latest/resources/refund
type shopifyRefund struct {
	ID        loose `json:"id"`
	OrderID   loose `json:"order_id"`
	CreatedAt loose `json:"created_at"`
	Lines     several[struct {
		storeLine
		Subtotal shopifyMoney `json:"subtotal_set"`
		TotalTax shopifyMoney `json:"total_tax_set"`
	}] `json:"refund_line_items"`
	Transactions several[struct {
		Kind     loose `json:"kind"`
		Status   loose `json:"status"`
		Amount   loose `json:"amount"`
		Currency loose `json:"currency"`
	}] `json:"transactions"`
}

// shopifyMoney is an amount in the currency of the shop and in the buyer's.
type shopifyMoney struct {
	Shop struct {
		Amount   loose `json:"amount"`
		Currency loose `json:"currency_code"`
	} `json:"shop_money"`
}

func readShopifyRefund(in hookInput) (storeEvent, error) {
	var r shopifyRefund
	if err := readStoreJSON(in.body, &r); err != nil {
		return storeEvent{}, err
	}
	event := storeEvent{orderID: string(r.OrderID)}
	var wrong fault.Fields
	a, something := r.adjustment(&wrong, in)
	if something {
		event.adjustments = []orders.Adjustment{a}
	} else {
		event.ignored = "The refund gives back neither money nor units."
	}
	return event, wrong.Err()
}

// adjustment gives the refund as we note it; something is false when it gives
// nothing back, as a note alone does.
func (r shopifyRefund) adjustment(wrong *fault.Fields, in hookInput) (a orders.Adjustment, something bool) {
	a = orders.Adjustment{
		Store: in.store, OrderID: string(r.OrderID), ID: tame(string(r.ID), orders.MaxOrderID), Kind: orders.Refund,
		At: firstTime(time.RFC3339, in.now, r.CreatedAt), Total: r.total(wrong),
	}
	for _, line := range r.Lines {
		a.Units = min(a.Units+quantity(wrong, "refund_line_items.quantity", line.Quantity), orders.MaxUnits)
	}
	return a, a.Units > 0 || a.Total > 0
}

// total is the money given back, in the shop's currency, which is the order's.
// Transactions are in the buyer's, where that is another one: then the lines
// tell. Without lines the two cannot be told apart and count as the same.
func (r shopifyRefund) total(wrong *fault.Fields) (total int64) {
	var shop loose
	for _, line := range r.Lines {
		if line.Subtotal.Shop.Currency != "" {
			shop = line.Subtotal.Shop.Currency
		}
	}
	inShop := true
	for _, t := range r.Transactions {
		if t.Kind != "refund" || t.Status == "failure" || t.Status == "error" {
			continue
		}
		inShop = inShop && (shop == "" || t.Currency == shop)
		total = min(total+amount(wrong, "transactions.amount", t.Amount, string(t.Currency)), orders.MaxTotal)
	}
	if inShop {
		return total
	}
	total = 0
	for _, line := range r.Lines {
		for _, money := range []shopifyMoney{line.Subtotal, line.TotalTax} {
			if money.Shop.Amount != "" {
				total = min(total+amount(wrong, "refund_line_items", money.Shop.Amount, string(money.Shop.Currency)), orders.MaxTotal)
			}
		}
	}
	return total
}
