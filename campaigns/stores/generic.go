package stores

import (
	"bytes"
	"encoding/json"

	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// readGeneric reads an order as the sale API takes it, or what takes one back:
// its kind tells.
func readGeneric(in hookInput) (storeEvent, error) {
	var body struct {
		Kind string `json:"kind"`
	}
	_ = json.Unmarshal(in.body, &body) // an order's reader says what is wrong
	if body.Kind == orders.Cancel || body.Kind == orders.Refund {
		a, err := orders.ReadTakenBack(in.body)
		if err == nil {
			err = in.ownStore(&a.Store)
		}
		return storeEvent{orderID: a.OrderID, topic: body.Kind, adjustments: []orders.Adjustment{a}}, err
	}
	order, err := orders.Read(bytes.NewReader(in.body))
	if err == nil {
		err = in.ownStore(&order.Store)
	}
	return storeEvent{orderID: order.OrderID, order: &order}, err
}

// ownStore sets the store of what is read to the source's, whose signature speaks
// for no other.
func (in hookInput) ownStore(store *string) error {
	if *store == "" {
		*store = in.store
	}
	if *store == in.store {
		return nil
	}
	var wrong fault.Fields
	wrong.Add("store", "source.other_store", "This source reports the orders of another store.", *store, nil)
	return wrong.Err()
}
