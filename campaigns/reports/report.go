package reports

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/storage"
)

// earlyOrders is how long before a sale opens its unattributed orders count:
// stores test their checkout, and clocks differ.
const earlyOrders = time.Hour

// Campaign tells what came of a campaign: clicks of people, and orders net of
// cancellations, which take a whole order out, and of refunds, which take out
// units and money but never more than the order had. An order that several
// deliveries share counts as an order for one of them, and its units and money
// for all. Test orders count nowhere. Orders without a campaign cannot be told
// apart by product: all that were received from an hour before the sale opens,
// or before the campaign's first order if that came earlier, until the sale
// closes count as unattributed. It returns NotFound for a campaign
// that is not there, Invalid naming by or to.
func (s *Service) Campaign(ctx context.Context, id int64, q Query) (Report, error) {
	var report Report
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if report, err = campaignReport(tx, id); err != nil {
			return err
		}
		return report.addSeries(tx, scope{campaignID: id}, q)
	})
	return report, err
}

// Post tells what came of one post: of all its deliveries, by their links. It
// returns NotFound for a post that is not there, Invalid naming by or to.
func (s *Service) Post(ctx context.Context, id int64, q Query) (Outcome, error) {
	var outcome Outcome
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		var post campaigns.Post
		if err := tx.First(&post, id).Error; err != nil {
			return err
		}
		in := scope{campaignID: post.CampaignID, postID: id}
		if outcome, err = outcomeOf(tx, in); err != nil {
			return err
		}
		return outcome.addSeries(tx, in, q)
	})
	return outcome, err
}

func campaignReport(tx *storage.Tx, campaignID int64) (Report, error) {
	_, sale, err := campaignAndSale(tx, campaignID)
	if err != nil {
		return Report{}, err
	}
	unattributed, err := countUnattributed(tx, campaignID, sale)
	if err != nil {
		return Report{}, err
	}
	outcome, err := outcomeOf(tx, scope{campaignID: campaignID})
	return Report{Outcome: outcome, Unattributed: unattributed}, err
}

func campaignAndSale(tx *storage.Tx, campaignID int64) (campaign campaigns.Campaign, sale campaigns.Sale, err error) {
	if err := tx.First(&campaign, campaignID).Error; err != nil {
		return campaigns.Campaign{}, campaigns.Sale{}, err
	}
	return campaign, sale, tx.First(&sale, campaign.SaleID).Error
}

// outcomeOf gives the sums of a scope.
func outcomeOf(tx *storage.Tx, in scope) (Outcome, error) {
	deliveries, err := reportDeliveries(tx, in)
	if err != nil {
		return Outcome{}, err
	}
	lateness, err := scopeLateness(tx, in)
	if err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Counts: Counts{Revenue: []orders.Money{}}, ByDelivery: deliveries, Lateness: lateness}
	for _, d := range deliveries {
		outcome.add(d.Counts)
	}
	return outcome, nil
}

// The casts keep PostgreSQL's sums, which are numeric, whole numbers.
const (
	ordersByDelivery = `SELECT delivery_id, currency, CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(units) AS BIGINT) AS units, CAST(SUM(total) AS BIGINT) AS total
FROM order_counts WHERE %s AND span = ? GROUP BY delivery_id, currency HAVING SUM(orders) > 0 OR SUM(units) > 0 OR SUM(total) > 0`

	clicksByDelivery = `SELECT l.delivery_id, t.people AS clicks
FROM (SELECT id, delivery_id FROM links WHERE %s) l JOIN click_totals t ON t.link_id = l.id`
)

// reportDeliveries gives all deliveries of a scope by post, those without
// clicks and orders too.
func reportDeliveries(tx *storage.Tx, in scope) ([]DeliveryReport, error) {
	var deliveries []campaigns.Delivery
	var clicks []struct{ DeliveryID, Clicks int64 }
	var sold []struct {
		DeliveryID, Orders, Units, Total int64
		Currency                         string
	}
	ofLinks, linkArgs := in.links()
	ofOrders, orderArgs := in.orders()
	err := cmp.Or(
		tx.Where(ofLinks, linkArgs...).Select("id, post_id, account_id, network").Order("post_id, id").Find(&deliveries).Error,
		tx.Raw(fmt.Sprintf(clicksByDelivery, ofLinks), linkArgs...).Scan(&clicks).Error,
		tx.Raw(fmt.Sprintf(ordersByDelivery, ofOrders), append(orderArgs, hour)...).Scan(&sold).Error,
	)
	if err != nil {
		return nil, err
	}
	reports := make([]DeliveryReport, len(deliveries))
	byID := make(map[int64]*DeliveryReport, len(deliveries))
	for i, d := range deliveries {
		reports[i] = DeliveryReport{
			DeliveryID: d.ID, PostID: d.PostID, AccountID: d.AccountID, Network: d.Network,
			Counts: Counts{Revenue: []orders.Money{}},
		}
		byID[d.ID] = &reports[i]
	}
	for _, row := range clicks {
		byID[row.DeliveryID].Clicks = row.Clicks
	}
	for _, row := range sold {
		d := byID[row.DeliveryID]
		d.Orders += row.Orders
		d.Units += row.Units
		d.addRevenue(orders.Money{Currency: row.Currency, Total: row.Total})
	}
	return reports, nil
}

// countUnattributed counts orders of no campaign in the sale's currency: sales
// elsewhere go on beside it. It counts by whole seconds, the one in which the sale
// closes among them: whole hours from the large spans, what is left from the small.
func countUnattributed(tx *storage.Tx, campaignID int64, sale campaigns.Sale) (count int64, err error) {
	begin, end := sale.OpensAt.Unix(), int64(math.MaxInt64)
	var first *int64 // pre-orders come before the sale
	err = tx.Raw("SELECT MIN(at) FROM order_counts WHERE campaign_id = ? AND span = ? AND orders > 0", campaignID, hour).Scan(&first).Error
	if err != nil {
		return 0, err
	}
	if first != nil {
		begin = min(begin, *first)
	}
	from := begin - int64(earlyOrders/time.Second)
	if sale.ClosesAt != nil {
		end = sale.ClosesAt.Unix() + 1
	}
	firstHour, lastHour := from+(hour-from%hour)%hour, end-end%hour
	if firstHour > lastHour {
		firstHour, lastHour = end, end
	}
	for _, part := range []struct{ span, from, end int64 }{
		{second, from, firstHour}, {hour, firstHour, lastHour}, {second, lastHour, end},
	} {
		var orders int64
		err := tx.Raw("SELECT CAST(COALESCE(SUM(orders), 0) AS BIGINT) FROM order_counts WHERE campaign_id = 0 AND currency = ? AND span = ? AND at >= ? AND at < ?",
			sale.Currency, part.span, part.from, part.end).Scan(&orders).Error
		if err != nil {
			return 0, err
		}
		count += orders
	}
	return count, nil
}
