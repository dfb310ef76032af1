package campaigns

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fanfare/storage"
)

// reportWindow is how much a report tells by seconds: a drop is over in five
// of them, and a week of them would be a book.
const reportWindow = 24 * time.Hour

// ReportBySecond is Report, and tells of the day from an instant on, second by
// second, when clicks and orders came. Zero begins an hour before the sale
// opens. What was cancelled or given back later is missing in the second in
// which its order came.
func (s *Service) ReportBySecond(ctx context.Context, campaignID int64, from time.Time) (Report, error) {
	var report Report
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if report, err = campaignReport(tx, campaignID); err != nil {
			return err
		}
		if from.IsZero() {
			sale, err := saleOf(tx, campaignID)
			if err != nil {
				return err
			}
			from = sale.OpensAt.Add(-earlyOrders)
		}
		report.BySecond, err = reportSeconds(tx, campaignID, from.Unix(), from.Add(reportWindow).Unix())
		return err
	})
	return report, err
}

const (
	ordersBySecond = `SELECT at, currency, CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(units) AS BIGINT) AS units, CAST(SUM(total) AS BIGINT) AS total
FROM order_counts WHERE campaign_id = ? AND span = ? AND at >= ? AND at < ?
GROUP BY at, currency HAVING SUM(orders) > 0`

	clicksBySecond = `SELECT c.second AS at, CAST(SUM(c.people) AS BIGINT) AS clicks
FROM links l JOIN clicks c ON c.link_id = l.id WHERE l.campaign_id = ? AND c.second >= ? AND c.second < ?
GROUP BY c.second HAVING SUM(c.people) > 0`
)

// reportSeconds gives the seconds of [from, end), Unix time, in which anything
// came, in their order.
func reportSeconds(tx *storage.Tx, campaignID, from, end int64) ([]SecondReport, error) {
	var clicks []struct{ At, Clicks int64 }
	var orders []struct {
		At, Orders, Units, Total int64
		Currency                 string
	}
	err := cmp.Or(
		tx.Raw(clicksBySecond, campaignID, from, end).Scan(&clicks).Error,
		tx.Raw(ordersBySecond, campaignID, second, from, end).Scan(&orders).Error,
	)
	if err != nil {
		return nil, err
	}
	counts := make(map[int64]*Counts, len(orders))
	of := func(at int64) *Counts {
		if counts[at] == nil {
			counts[at] = &Counts{Revenue: []Money{}}
		}
		return counts[at]
	}
	for _, row := range clicks {
		of(row.At).Clicks = row.Clicks
	}
	for _, row := range orders {
		c := of(row.At)
		c.Orders += row.Orders
		c.Units += row.Units
		c.addRevenue(Money{Currency: row.Currency, Total: row.Total})
	}
	seconds := make([]SecondReport, 0, len(counts))
	for at, c := range counts {
		seconds = append(seconds, SecondReport{At: time.Unix(at, 0).UTC(), Counts: *c})
	}
	slices.SortFunc(seconds, func(a, b SecondReport) int { return a.At.Compare(b.At) })
	return seconds, nil
}
