package stores

import (
	"slices"
	"strings"

	"github.com/bojanz/currency"

	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// wooOrder is what concerns us of WooCommerce's order, as its webhooks carry it:
// https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
type wooOrder struct {
	ID              loose              `json:"id"`
	Status          loose              `json:"status"`
	Total           loose              `json:"total"`
	Currency        loose              `json:"currency"`
	DateCreatedGMT  loose              `json:"date_created_gmt"`
	DateCreated     loose              `json:"date_created"` // by the store's clocks
	DateModifiedGMT loose              `json:"date_modified_gmt"`
	CustomerID      loose              `json:"customer_id"` // 0 for a guest
	LineItems       several[storeLine] `json:"line_items"`
	Billing         perhaps[struct {
		Email loose `json:"email"`
	}] `json:"billing"`
	Refunds several[struct {
		ID    loose `json:"id"`
		Total loose `json:"total"` // negative
	}] `json:"refunds"`
	MetaData several[struct {
		Key   loose `json:"key"`
		Value loose `json:"value"`
	}] `json:"meta_data"`
	CouponLines several[struct {
		Code loose `json:"code"`
	}] `json:"coupon_lines"`
}

// wooTime is how WooCommerce writes times: without a zone.
const wooTime = "2006-01-02T15:04:05"

// notPlaced are statuses of orders that are none yet, or no longer: an unpaid one
// is pending, and becomes failed or, when the store has held its stock long
// enough, cancelled. WooCommerce counts none of them as a sale
// (https://woocommerce.com/document/managing-orders/order-statuses/).
var notPlaced = []string{"checkout-draft", "auto-draft", "draft", "pending", "failed", "cancelled", "trash"}

func isPlaced(status string) bool { return !slices.Contains(notPlaced, status) }

// readWooCommerce reads a webhook of WooCommerce. An order comes whole each
// time it changes, so that its status and its refunds tell what happened to
// it. An order that was deleted was only cleared away: its sale stands.
func readWooCommerce(in hookInput) (storeEvent, error) {
	if in.topic != "order.created" && in.topic != "order.updated" {
		return storeEvent{ignored: "This topic tells of no order."}, nil
	}
	var o wooOrder
	if err := readStoreJSON(in.body, &o); err != nil {
		return storeEvent{}, err
	}
	event := storeEvent{orderID: string(o.ID)}
	status := string(o.Status)
	if status == "trash" {
		event.ignored = notPlacedDetail(status)
		return event, nil
	}
	event.status = &orderStatus{status, isPlaced(status), firstTime(wooTime, in.now, o.DateModifiedGMT)}
	if !event.status.placed {
		return event, nil // what else a draft says need not make sense
	}
	var wrong fault.Fields
	event.order = o.order(&wrong, in)
	event.adjustments = o.adjustments(&event.leftOut, in, event.order)
	return event, wrong.Err()
}

func (o wooOrder) order(wrong *fault.Fields, in hookInput) *orders.Order {
	customer := o.Billing.it.Email
	if customer == "" && o.CustomerID != "0" {
		customer = o.CustomerID
	}
	return &orders.Order{
		Store: in.store, OrderID: string(o.ID), Token: o.tokenPlaces().token(in.tokens), Kind: "order",
		Units: orderUnits(wrong, o.LineItems), Total: amount(wrong, "total", o.Total, string(o.Currency)),
		Currency: string(o.Currency), Customer: tame(string(customer), orders.MaxCustomer),
		PlacedAt: firstTime(wooTime, in.now, o.DateCreatedGMT, o.DateCreated),
	}
}

// tokenPlaces knows the fields of WooCommerce's order attribution.
func (o wooOrder) tokenPlaces() (p tokenPlaces) {
	for _, meta := range o.MetaData {
		switch {
		case isTokenField(meta.Key):
			p.meant = append(p.meant, string(meta.Value))
		case meta.Key == "_wc_order_attribution_session_entry":
			p.meant = append(p.meant, refIn(meta.Value))
		case meta.Key == "_wc_order_attribution_referrer":
			p.other = append(p.other, refIn(meta.Value), lastPart(meta.Value))
		}
	}
	for _, coupon := range o.CouponLines {
		p.other = append(p.other, string(coupon.Code))
	}
	return p
}

// adjustments gives the refunds, one of the status among them. One that cannot be
// read must not cost the order: it is noted in wrong.
// All come again with every change of the order: their ids tell that they are
// the same, since only the order has a time.
func (o wooOrder) adjustments(wrong *fault.Fields, in hookInput, order *orders.Order) (all []orders.Adjustment) {
	if !currency.IsValid(string(o.Currency)) {
		return nil // the order has noted it
	}
	one := orders.Adjustment{Store: in.store, OrderID: string(o.ID), At: firstTime(wooTime, in.now, o.DateModifiedGMT)}
	for _, refund := range o.Refunds {
		a := one
		a.Kind, a.ID = orders.Refund, tame(string(refund.ID), orders.MaxOrderID)
		a.Total = amount(wrong, "refunds.total", loose(strings.TrimPrefix(string(refund.Total), "-")), string(o.Currency))
		if a.Total > 0 {
			all = append(all, a)
		}
	}
	if o.Status == "refunded" { // as a whole, units and all
		one.Kind, one.ID, one.Units, one.Total = orders.Refund, "refunded", order.Units, order.Total
		all = append(all, one)
	}
	return all
}
