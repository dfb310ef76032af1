package orders

import (
	"cmp"
	"slices"

	"fanfare/storage"
)

// credit is for whom an order counts. The order itself counts once, for its
// lead: a third of an order is none. Its units and its money are shared.
type credit struct {
	campaignID, deliveryID int64 // the lead; 0 for an order without a campaign
	parts                  []part
}

// part is what one delivery has of an order: so many of its touches.
type part struct{ deliveryID, touches int64 }

func (p *pendingOrder) credit() credit {
	c := credit{campaignID: p.link.CampaignID, deliveryID: p.link.DeliveryID}
	if p.touches != nil {
		c.parts = partsOf(p.touches)
	}
	return c
}

// partsOf adds up the touches that count, by delivery, the latest touch first.
func partsOf(touches []touch) (parts []part) {
	var counting []touch
	for _, t := range slices.Backward(touches) {
		if t.counts {
			counting = append(counting, t)
		}
	}
	slices.SortStableFunc(counting, func(a, b touch) int { return b.At.Compare(a.At) })
	for _, t := range counting {
		i := slices.IndexFunc(parts, func(p part) bool { return p.deliveryID == t.link.DeliveryID })
		if i < 0 {
			i, parts = len(parts), append(parts, part{deliveryID: t.link.DeliveryID})
		}
		parts[i].touches++
	}
	return parts
}

// share counts n of an order, or takes it out again where sign is -1.
func (c orderCounts) share(to credit, currency string, received, sign int64, n orderCount) {
	if len(to.parts) < 2 {
		c.add(to.campaignID, to.deliveryID, currency, received, orderCount{sign * n.orders, sign * n.units, sign * n.total})
		return
	}
	units, total := apportion(n.units, to.parts), apportion(n.total, to.parts)
	for i, p := range to.parts {
		c.add(to.campaignID, p.deliveryID, currency, received, orderCount{0, sign * units[i], sign * total[i]})
	}
	c.add(to.campaignID, to.deliveryID, currency, received, orderCount{orders: sign * n.orders})
}

// apportion divides an amount by touches into whole numbers that add up to it,
// by the method of the largest remainder: each gets its share rounded down, and
// those with the largest remainders one more. Of equal ones the later touch
// comes first. Source: A. Hamilton's method, in M. L. Balinski and H. P. Young,
// "Fair Representation", 1982. The amounts of orders times 50 touches fit.
func apportion(amount int64, parts []part) []int64 {
	var touches int64
	for _, p := range parts {
		touches += p.touches
	}
	shares, order := make([]int64, len(parts)), make([]int, len(parts))
	left := amount
	for i, p := range parts {
		order[i], shares[i] = i, amount*p.touches/touches
		left -= shares[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(amount*parts[b].touches%touches, amount*parts[a].touches%touches)
	})
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares
}

// creditOf reads for whom the order of an adjustment counts now.
func creditOf(tx *storage.Tx, a Adjustment, campaignID, deliveryID int64) (credit, error) {
	var rows []touchRow
	err := tx.Where("store = ? AND order_id = ? AND counts", a.Store, a.OrderID).Order("n").Find(&rows).Error
	touches := make([]touch, len(rows))
	for i, row := range rows {
		touches[i] = row.touch()
	}
	return credit{campaignID, deliveryID, partsOf(touches)}, err
}
