package campaigns

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fanfare/storage"
)

// earlyOrders is how long before a sale opens its unattributed orders count:
// stores test their checkout, and clocks differ.
const earlyOrders = time.Hour

// Report tells what came of a campaign: clicks of people, and orders net of
// cancellations, which take a whole order out, and of refunds, which take out
// units and money but never more than the order had. Orders without a campaign
// cannot be told apart by product: all that were received from an hour before
// the sale opens until it closes count as unattributed. It returns NotFound
// for a campaign that is not there.
func (s *Service) Report(ctx context.Context, campaignID int64) (Report, error) {
	var report Report
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		report, err = campaignReport(tx, campaignID)
		return err
	})
	return report, err
}

func campaignReport(tx *storage.Tx, campaignID int64) (Report, error) {
	var campaign Campaign
	if err := tx.First(&campaign, campaignID).Error; err != nil {
		return Report{}, err
	}
	var sale Sale
	if err := tx.First(&sale, campaign.SaleID).Error; err != nil {
		return Report{}, err
	}
	unattributed, err := countUnattributed(tx, sale)
	if err != nil {
		return Report{}, err
	}
	deliveries, err := reportDeliveries(tx, campaignID)
	if err != nil {
		return Report{}, err
	}
	report := Report{Counts: Counts{Revenue: []Money{}}, Unattributed: unattributed, ByDelivery: deliveries}
	for _, d := range deliveries {
		report.Clicks += d.Clicks
		report.Orders += d.Orders
		report.Units += d.Units
		for _, m := range d.Revenue {
			report.addRevenue(m)
		}
	}
	return report, nil
}

// addRevenue keeps the currencies sorted by their codes.
func (c *Counts) addRevenue(m Money) {
	i, found := slices.BinarySearchFunc(c.Revenue, m.Currency, func(have Money, code string) int {
		return cmp.Compare(have.Currency, code)
	})
	if !found {
		c.Revenue = slices.Insert(c.Revenue, i, Money{Currency: m.Currency})
	}
	c.Revenue[i].Total += m.Total
}

// netOrders joins the orders (o) with the sum of their adjustments (a) and
// leaves out those that were cancelled. The casts keep PostgreSQL's sums, which
// are numeric, whole numbers.
const netOrders = `
FROM orders o LEFT JOIN (
  SELECT store, order_id, MAX(CASE WHEN kind = 'cancel' THEN 1 ELSE 0 END) AS cancelled,
    CAST(SUM(CASE WHEN kind = 'refund' THEN units ELSE 0 END) AS BIGINT) AS units,
    CAST(SUM(CASE WHEN kind = 'refund' THEN total ELSE 0 END) AS BIGINT) AS total
  FROM order_adjustments GROUP BY store, order_id
) a ON a.store = o.store AND a.order_id = o.order_id
WHERE COALESCE(a.cancelled, 0) = 0`

const ordersByDelivery = `SELECT o.delivery_id, o.currency, COUNT(*) AS orders,
  CAST(SUM(CASE WHEN o.units > COALESCE(a.units, 0) THEN o.units - COALESCE(a.units, 0) ELSE 0 END) AS BIGINT) AS units,
  CAST(SUM(CASE WHEN o.total > COALESCE(a.total, 0) THEN o.total - COALESCE(a.total, 0) ELSE 0 END) AS BIGINT) AS total` +
	netOrders + ` AND o.campaign_id = ? GROUP BY o.delivery_id, o.currency`

const clicksByDelivery = `SELECT l.delivery_id, CAST(SUM(c.people) AS BIGINT) AS clicks
FROM links l JOIN clicks c ON c.link_id = l.id WHERE l.campaign_id = ? GROUP BY l.delivery_id`

// reportDeliveries gives all deliveries of a campaign by post, those without
// clicks and orders too.
func reportDeliveries(tx *storage.Tx, campaignID int64) ([]DeliveryReport, error) {
	var deliveries []Delivery
	var clicks []struct{ DeliveryID, Clicks int64 }
	var orders []struct {
		DeliveryID, Orders, Units, Total int64
		Currency                         string
	}
	err := cmp.Or(
		tx.Where("campaign_id = ?", campaignID).Order("post_id, id").Find(&deliveries).Error,
		tx.Raw(clicksByDelivery, campaignID).Scan(&clicks).Error,
		tx.Raw(ordersByDelivery, campaignID).Scan(&orders).Error,
	)
	if err != nil {
		return nil, err
	}
	reports := make([]DeliveryReport, len(deliveries))
	byID := make(map[int64]*DeliveryReport, len(deliveries))
	for i, d := range deliveries {
		reports[i] = DeliveryReport{
			DeliveryID: d.ID, PostID: d.PostID, AccountID: d.AccountID, Network: d.Network,
			Counts: Counts{Revenue: []Money{}},
		}
		byID[d.ID] = &reports[i]
	}
	for _, row := range clicks {
		byID[row.DeliveryID].Clicks = row.Clicks
	}
	for _, row := range orders {
		d := byID[row.DeliveryID]
		d.Orders += row.Orders
		d.Units += row.Units
		d.addRevenue(Money{Currency: row.Currency, Total: row.Total})
	}
	return reports, nil
}

func countUnattributed(tx *storage.Tx, sale Sale) (count int64, err error) {
	statement := "SELECT COUNT(*)" + netOrders + " AND o.campaign_id IS NULL AND o.received_at >= ?"
	args := []any{sale.OpensAt.Add(-earlyOrders).UTC()}
	if sale.ClosesAt != nil {
		statement += " AND o.received_at <= ?"
		args = append(args, sale.ClosesAt.UTC())
	}
	err = tx.Raw(statement, args...).Scan(&count).Error
	return count, err
}
