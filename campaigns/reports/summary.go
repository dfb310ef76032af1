package reports

import (
	"cmp"
	"context"

	"fanfare/campaigns/orders"
	"fanfare/storage"
)

// Summary is what came of a campaign, by account: as long however many posts it
// has. ByDelivery is empty.
type Summary struct {
	Report
	ByAccount []AccountReport
}

// AccountReport is what came of a campaign's posts on one account.
type AccountReport struct {
	AccountID int64
	Network   string
	Counts
}

// Summary tells what Campaign does, by account in place of by delivery.
func (s *Service) Summary(ctx context.Context, campaignID int64, q Query) (Summary, error) {
	var summary Summary
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		_, sale, err := campaignAndSale(tx, campaignID)
		if err != nil {
			return err
		}
		if summary.Unattributed, err = countUnattributed(tx, campaignID, sale); err != nil {
			return err
		}
		in := scope{campaignID: campaignID}
		if summary.Lateness, err = scopeLateness(tx, in); err != nil {
			return err
		}
		if summary.ByAccount, err = accountReports(tx, campaignID); err != nil {
			return err
		}
		summary.Revenue = []orders.Money{}
		for _, account := range summary.ByAccount {
			summary.add(account.Counts)
		}
		return summary.addSeries(tx, in, q)
	})
	return summary, err
}

// DeliveryCounts tells what came of those deliveries of a campaign that are
// named, by delivery; of the others nothing did.
func (s *Service) DeliveryCounts(ctx context.Context, campaignID int64, deliveries []int64) (map[int64]Counts, error) {
	var sums groupSums
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return cmp.Or(
			tx.Raw(`SELECT l.delivery_id AS id, t.people AS clicks FROM links l JOIN click_totals t ON t.link_id = l.id
WHERE l.delivery_id IN ?`, deliveries).Scan(&sums.clicks).Error,
			tx.Raw(`SELECT delivery_id AS id, currency, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(units) AS BIGINT) AS units,
  CAST(SUM(total) AS BIGINT) AS total FROM order_counts WHERE campaign_id = ? AND span = ? AND delivery_id IN ?
GROUP BY delivery_id, currency HAVING SUM(orders) > 0 OR SUM(units) > 0 OR SUM(total) > 0`, campaignID, hour, deliveries).Scan(&sums.sold).Error,
		)
	})
	return sums.counts(), err
}

// accountReports gives all accounts to which a campaign posts.
func accountReports(tx *storage.Tx, campaignID int64) ([]AccountReport, error) {
	var social []struct {
		AccountID int64
		Network   string
	}
	var sums groupSums
	err := cmp.Or(
		tx.Raw("SELECT DISTINCT account_id, network FROM deliveries WHERE campaign_id = ? ORDER BY account_id", campaignID).Scan(&social).Error,
		tx.Raw(`SELECT d.account_id AS id, CAST(SUM(t.people) AS BIGINT) AS clicks
FROM links l JOIN click_totals t ON t.link_id = l.id JOIN deliveries d ON d.id = l.delivery_id
WHERE l.campaign_id = ? GROUP BY d.account_id`, campaignID).Scan(&sums.clicks).Error,
		tx.Raw(`SELECT d.account_id AS id, o.currency, CAST(SUM(o.orders) AS BIGINT) AS orders, CAST(SUM(o.units) AS BIGINT) AS units,
  CAST(SUM(o.total) AS BIGINT) AS total FROM order_counts o JOIN deliveries d ON d.id = o.delivery_id
WHERE o.campaign_id = ? AND o.span = ? GROUP BY d.account_id, o.currency
HAVING SUM(o.orders) > 0 OR SUM(o.units) > 0 OR SUM(o.total) > 0`, campaignID, hour).Scan(&sums.sold).Error,
	)
	counts := sums.counts()
	reports := make([]AccountReport, len(social))
	for i, account := range social {
		reports[i] = AccountReport{account.AccountID, account.Network, Counts{Revenue: []orders.Money{}}}
		reports[i].add(counts[account.AccountID])
	}
	return reports, err
}

// groupSums are sums of clicks and orders by the id of what they came of.
type groupSums struct {
	clicks []struct{ ID, Clicks int64 }
	sold   []struct {
		ID, Orders, Units, Total int64
		Currency                 string
	}
}

func (s groupSums) counts() map[int64]Counts {
	counts := make(map[int64]Counts, len(s.clicks))
	for _, row := range s.clicks {
		counts[row.ID] = Counts{Clicks: row.Clicks}
	}
	for _, row := range s.sold {
		sum := counts[row.ID]
		sum.add(Counts{Orders: row.Orders, Units: row.Units, Revenue: []orders.Money{{Currency: row.Currency, Total: row.Total}}})
		counts[row.ID] = sum
	}
	return counts
}
