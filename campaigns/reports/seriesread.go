package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/storage"
)

// A report has many times as many rows of sums to add up as it tells. So each
// currency is read by itself and by time: its rows come in the order of the key,
// and neither database sorts them, nor PostgreSQL by way of the disk.
const (
	ordersBySpan = `SELECT at, CAST(SUM(orders) AS BIGINT), CAST(SUM(units) AS BIGINT), CAST(SUM(total) AS BIGINT)
FROM order_counts WHERE %s AND span = ? AND at >= ? AND at < ? AND currency = ?
GROUP BY at HAVING SUM(orders) > 0 OR SUM(units) > 0 OR SUM(total) > 0 ORDER BY at`

	clicksBySecond = `SELECT second, CAST(SUM(people) AS BIGINT) FROM clicks
WHERE link_id IN (SELECT id FROM links WHERE %s) AND second >= ? AND second < ?
GROUP BY second HAVING SUM(people) > 0`

	clicksBySpan = `SELECT at, CAST(SUM(people) AS BIGINT) FROM click_counts
WHERE link_id IN (SELECT id FROM links WHERE %s) AND span = ? AND at >= ? AND at < ?
GROUP BY at HAVING SUM(people) > 0`
)

// reportSeries gives the intervals in which anything came, in their order.
// revenue is that of the scope over all time: it tells its currencies.
func reportSeries(tx *storage.Tx, in scope, q Query, revenue []orders.Money) ([]SpanReport, error) {
	line := newTimeline(q, len(revenue))
	err := line.addClicks(tx, in, q)
	for _, m := range revenue {
		if err != nil {
			break
		}
		err = line.addOrders(tx, in, q, m.Currency)
	}
	return line.series(), err
}

func (l timeline) addClicks(tx *storage.Tx, in scope, q Query) error {
	where, args := in.links()
	statement, from, end := clicksBySpan, q.From.Unix(), q.To.Unix()
	if q.span() == second {
		statement, args = clicksBySecond, append(args, from, end)
	} else {
		args = append(args, q.span(), from, end)
	}
	var at, clicks int64
	return eachRow(tx, fmt.Sprintf(statement, where), args, []any{&at, &clicks}, func() { l.at(at).Clicks += clicks })
}

func (l timeline) addOrders(tx *storage.Tx, in scope, q Query, currency string) error {
	where, args := in.orders()
	args = append(args, q.span(), q.From.Unix(), q.To.Unix(), currency)
	var at, sold, units, total int64
	return eachRow(tx, fmt.Sprintf(ordersBySpan, where), args, []any{&at, &sold, &units, &total}, func() {
		c := l.at(at)
		c.Orders += sold
		c.Units += units
		c.addRevenue(orders.Money{Currency: currency, Total: total})
	})
}

// eachRow reads a row after the other into fields. It is several times as quick
// as GORM, which makes a struct of each.
func eachRow(tx *storage.Tx, statement string, args, fields []any, do func()) error {
	rows, err := tx.Raw(statement, args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return err
		}
		do()
	}
	return rows.Err()
}

// timeline has a place for each interval of a query.
type timeline struct {
	from, length int64   // Unix time, seconds; a length of 0 means days, which differ
	days         []int64 // when each begins
	counts       []Counts
}

// newTimeline makes one in which each interval has room for so many currencies.
func newTimeline(q Query, currencies int) timeline {
	l := timeline{from: q.From.Unix(), length: q.span()}
	n := (q.To.Unix() - l.from) / l.length
	if q.By == ByDay {
		for begin := q.From; begin.Before(q.To); begin = q.end(begin) {
			l.days = append(l.days, begin.Unix())
		}
		l.length, n = 0, int64(len(l.days))
	}
	l.counts = make([]Counts, n)
	money := make([]orders.Money, len(l.counts)*currencies)
	for i := range l.counts {
		l.counts[i].Revenue, money = money[:0:currencies], money[currencies:]
	}
	return l
}

// at gives the interval with a time in it.
func (l timeline) at(t int64) *Counts {
	if l.length > 0 {
		return &l.counts[(t-l.from)/l.length]
	}
	i, begins := slices.BinarySearchFunc(l.days, t, cmp.Compare)
	if !begins {
		i--
	}
	return &l.counts[i]
}

func (l timeline) begin(i int) int64 {
	if l.length > 0 {
		return l.from + int64(i)*l.length
	}
	return l.days[i]
}

// series gives the intervals in which anything came.
func (l timeline) series() []SpanReport {
	came := func(c Counts) bool { return c.Clicks > 0 || len(c.Revenue) > 0 }
	n := 0
	for _, c := range l.counts {
		if came(c) {
			n++
		}
	}
	series := make([]SpanReport, 0, n)
	for i, c := range l.counts {
		if came(c) {
			series = append(series, SpanReport{At: time.Unix(l.begin(i), 0).UTC(), Counts: c})
		}
	}
	return series
}
