package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// history is what happened to a shop.
type history struct {
	orders      []orders.Order
	links       []int // of the orders; -1 for none
	received    []time.Time
	adjustments []orders.Adjustment
	steps       []int // orders, then adjustments, as they came
	waits       []int // seconds before each step
	clicks      []clicks
}

// clicks are those on a link in a second.
type clicks struct {
	link         int
	at           time.Time
	people, bots int
}

func drawHistory(t *rapid.T, s *shop, links []shoptest.Link) (h history) {
	id := rapid.IntRange(0, 12)
	at := s.sale.OpensAt
	for n := range rapid.IntRange(0, 12).Draw(t, "orders") {
		o := s.order(fmt.Sprint(n))
		link := rapid.IntRange(-1, len(links)-1).Draw(t, "link")
		o.Token = ""
		if link >= 0 {
			o.Token = s.token(links[link])
		}
		o.Units = rapid.Int64Range(1, 5).Draw(t, "units")
		o.Total = rapid.Int64Range(0, 5000).Draw(t, "total")
		o.Currency = rapid.SampledFrom([]string{"CNY", "EUR", "HKD"}).Draw(t, "currency")
		h.orders, h.links = append(h.orders, o), append(h.links, link)
	}
	h.received = make([]time.Time, len(h.orders))
	for n := range rapid.IntRange(0, 10).Draw(t, "adjustments") {
		h.adjustments = append(h.adjustments, orders.Adjustment{
			Store: rapid.SampledFrom([]string{"mi.com", "mi.com", "mi.com", "tmall.com"}).Draw(t, "store"), OrderID: fmt.Sprint(id.Draw(t, "id")),
			Kind: rapid.SampledFrom([]string{orders.Cancel, orders.Refund, orders.Refund}).Draw(t, "kind"), At: at.Add(time.Duration(n) * time.Second),
			Units: rapid.Int64Range(0, 3).Draw(t, "units"), Total: rapid.Int64Range(1, 3000).Draw(t, "total"),
		})
	}
	for n := range rapid.IntRange(0, 10).Draw(t, "clicks") {
		h.clicks = append(h.clicks, clicks{
			link: rapid.IntRange(0, len(links)-1).Draw(t, "link"), at: at.Add(time.Duration(n) * time.Second),
			people: rapid.IntRange(0, 9).Draw(t, "people"), bots: rapid.IntRange(0, 9).Draw(t, "bots"),
		})
	}
	for n := range len(h.orders) + len(h.adjustments) {
		h.steps = append(h.steps, n)
		h.waits = append(h.waits, rapid.SampledFrom([]int{0, 0, 1, 2, 327}).Draw(t, "wait")) // all within a report by second
	}
	h.steps = rapid.Permutation(h.steps).Draw(t, "steps")
	return h
}

// plainNet is what is left of an order.
func (h history) plainNet(o orders.Order) (units, total int64, cancelled bool) {
	units, total = o.Units, o.Total
	for _, a := range h.adjustments {
		if a.Store != o.Store || a.OrderID != o.OrderID {
			continue
		}
		if a.Kind == orders.Cancel {
			cancelled = true
			continue
		}
		units, total = max(0, units-a.Units), max(0, total-a.Total)
	}
	return units, total, cancelled
}

// plainReport counts in Go, order by order, what the database keeps as sums.
func (h history) plainReport(campaign int64, links []shoptest.Link) Report {
	byLink := make([]DeliveryReport, len(links))
	revenue := make([]map[string]int64, len(links)+1) // the last one for all
	for i := range revenue {
		revenue[i] = map[string]int64{}
	}
	seconds := map[time.Time]*SpanReport{}
	secondOf := func(at time.Time) *SpanReport {
		at = at.Truncate(time.Second).UTC()
		if seconds[at] == nil {
			seconds[at] = &SpanReport{At: at, Counts: Counts{Revenue: []orders.Money{}}}
		}
		return seconds[at]
	}
	var report Report
	for i, o := range h.orders {
		units, total, cancelled := h.plainNet(o)
		link := h.links[i]
		switch {
		case cancelled:
		case link < 0 && o.Currency == "CNY": // the sale's
			report.Unattributed++
		case link < 0:
		default:
			byLink[link].Orders++
			byLink[link].Units += units
			revenue[link][o.Currency] += total
			if links[link].CampaignID == campaign {
				at := secondOf(h.received[i])
				at.Orders++
				at.Units += units
				at.addRevenue(orders.Money{Currency: o.Currency, Total: total})
			}
		}
	}
	for _, c := range h.clicks {
		byLink[c.link].Clicks += int64(c.people)
		if links[c.link].CampaignID == campaign && c.people > 0 {
			secondOf(c.at).Clicks += int64(c.people)
		}
	}
	for i, l := range links {
		if l.CampaignID != campaign {
			continue
		}
		d := byLink[i]
		d.DeliveryID, d.PostID, d.Network, d.AccountID = l.DeliveryID, l.PostID, l.Network, l.AccountID
		d.Revenue = moneyOf(revenue[i])
		report.ByDelivery = append(report.ByDelivery, d)
		report.Clicks += d.Clicks
		report.Orders += d.Orders
		report.Units += d.Units
		for currency, total := range revenue[i] {
			revenue[len(links)][currency] += total
		}
	}
	report.Revenue = moneyOf(revenue[len(links)])
	report.BySecond = []SpanReport{}
	for _, at := range slices.SortedFunc(maps.Keys(seconds), time.Time.Compare) {
		report.BySecond = append(report.BySecond, *seconds[at])
	}
	return report
}

func moneyOf(totals map[string]int64) []orders.Money {
	list := []orders.Money{}
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		list = append(list, orders.Money{Currency: currency, Total: totals[currency]})
	}
	return list
}

func TestReportEqualsAPlainCount(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		other := s.AddCampaign(t, db, "Second wave")
		links := append(slices.Clone(s.Links), shoptest.AddPost(t, db, other)...)
		rapid.Check(t, func(r *rapid.T) {
			h := drawHistory(r, s, links)
			h.replay(t, s, clock, links)
			for _, campaign := range []int64{s.CampaignID, other} {
				want := h.plainReport(campaign, links)
				got, err := s.Campaign(t.Context(), campaign, Query{By: BySecond})
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					r.Fatalf("campaign %d: %v %s", campaign, err, diff)
				}
				for _, by := range []Interval{ByMinute, ByHour, ByDay} {
					q := Query{By: by, Zone: kolkata}
					got, err := s.Campaign(t.Context(), campaign, q)
					if diff := cmp.Diff(coarser(q, want.BySecond), got.Series); diff != "" || err != nil {
						r.Fatalf("campaign %d by %s: %v %s", campaign, by, err, diff)
					}
				}
				wantPosts(t, r, s, campaign, want)
				wantSummary(t, r, s, campaign, want)
				want.BySecond = nil
				got, err = s.Campaign(t.Context(), campaign, Query{})
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					r.Fatalf("campaign %d: %v %s", campaign, err, diff)
				}
			}
		})
	})
}

// kolkata has days that begin between two hours of UTC.
var kolkata = time.FixedZone("IST", 5*3600+1800)

// coarser adds seconds up to the intervals of a query.
func coarser(q Query, seconds []SpanReport) []SpanReport {
	series := []SpanReport{}
	for _, s := range seconds {
		at := s.At.Truncate(map[Interval]time.Duration{ByMinute: time.Minute, ByHour: time.Hour}[q.By])
		if q.By == ByDay {
			at = s.At.Add(5*time.Hour + 30*time.Minute).Truncate(24 * time.Hour).Add(-5*time.Hour - 30*time.Minute)
		}
		if n := len(series); n == 0 || !series[n-1].At.Equal(at) {
			series = append(series, SpanReport{At: at, Counts: Counts{Revenue: []orders.Money{}}})
		}
		series[len(series)-1].add(s.Counts)
	}
	return series
}

// wantSummary compares the summary and the counts of single deliveries with the
// whole report.
func wantSummary(t *testing.T, r *rapid.T, s *shop, campaignID int64, want Report) {
	t.Helper()
	byAccount := map[int64]AccountReport{}
	var ids []int64
	for _, d := range want.ByDelivery {
		ids = append(ids, d.DeliveryID)
		account := byAccount[d.AccountID]
		if account.Revenue == nil {
			account = AccountReport{d.AccountID, d.Network, Counts{Revenue: []orders.Money{}}}
		}
		account.add(d.Counts)
		byAccount[d.AccountID] = account
	}
	counts, err := s.DeliveryCounts(t.Context(), campaignID, ids)
	must(t, err)
	for _, d := range want.ByDelivery {
		if diff := cmp.Diff(d.Counts, counts[d.DeliveryID], cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("delivery %d: %s", d.DeliveryID, diff)
		}
	}
	plain := Summary{Report: want}
	plain.ByDelivery = nil
	for _, id := range slices.Sorted(maps.Keys(byAccount)) {
		plain.ByAccount = append(plain.ByAccount, byAccount[id])
	}
	got, err := s.Summary(t.Context(), campaignID, Query{By: BySecond})
	if diff := cmp.Diff(plain, got); diff != "" || err != nil {
		r.Fatalf("campaign %d: %v %s", campaignID, err, diff)
	}
}

// wantPosts compares the reports of a campaign's posts with their part of it.
func wantPosts(t *testing.T, r *rapid.T, s *shop, campaignID int64, want Report) {
	t.Helper()
	byPost := map[int64]Outcome{}
	for _, d := range want.ByDelivery {
		outcome := byPost[d.PostID]
		if outcome.Revenue == nil {
			outcome.Revenue = []orders.Money{}
		}
		outcome.ByDelivery = append(outcome.ByDelivery, d)
		outcome.add(d.Counts)
		byPost[d.PostID] = outcome
	}
	sum := Outcome{}
	for id, outcome := range byPost {
		got, err := s.Post(t.Context(), id, Query{})
		if diff := cmp.Diff(outcome, got); diff != "" || err != nil {
			r.Fatalf("post %d of %d: %v %s", id, campaignID, err, diff)
		}
		got, err = s.Post(t.Context(), id, Query{By: BySecond})
		if err != nil {
			r.Fatal(err)
		}
		for _, second := range got.BySecond {
			sum.add(second.Counts)
		}
	}
	if sum.Orders != want.Orders || sum.Clicks != want.Clicks || sum.Units != want.Units {
		r.Fatalf("the posts' seconds hold %+v, the campaign %+v", sum.Counts, want.Counts)
	}
}

// replay empties the shop's books and lets the history happen: orders that
// follow one another without a wait in one batch, adjustments sent twice.
func (h history) replay(t *testing.T, s *shop, clock *storagetest.Clock, links []shoptest.Link) {
	t.Helper()
	clock.Set(s.sale.OpensAt)
	must(t, s.db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, table := range []string{"orders", "order_adjustments", "order_counts", "clicks", "click_counts", "click_totals"} {
			if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	var batch bytes.Buffer
	lines := int64(0)
	commit := func() {
		t.Helper()
		result, err := s.orders.TakeStream(t.Context(), accounts.System(), &batch)
		if err != nil || result.Accepted != lines {
			t.Fatalf("%d orders: %+v, %v", lines, result, err)
		}
		batch.Reset()
		lines = 0
	}
	for i, step := range h.steps {
		if h.waits[i] > 0 {
			commit()
			clock.Advance(time.Duration(h.waits[i]) * time.Second)
		}
		if step >= len(h.orders) {
			commit()
			a := h.adjustments[step-len(h.orders)]
			for _, want := range []bool{false, true} {
				if replayed, err := s.orders.Adjust(t.Context(), a); err != nil || replayed != want {
					t.Fatalf("%+v: %v, %v", a, replayed, err)
				}
			}
			continue
		}
		must(t, json.NewEncoder(&batch).Encode(h.orders[step]))
		lines++
		h.received[step] = clock.Now()
	}
	commit()
	for _, c := range h.clicks {
		clock.Set(c.at)
		s.click(t, links[c.link], "GET", c.people)
		s.click(t, links[c.link], "HEAD", c.bots)
	}
	s.count(t)
}

func TestUnattributedOrdersCountWhileTheSaleIsOpen(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		opens := s.sale.OpensAt
		closes := opens.Add(3*time.Hour + 20*time.Second)
		for n, at := range []time.Time{
			opens.Add(-time.Hour - time.Microsecond), // too early
			opens.Add(-time.Hour), opens, closes,     // counted
			closes.Add(time.Second), closes.Add(2 * time.Hour), // too late
		} {
			clock.Set(at)
			o := s.order(fmt.Sprint(n))
			o.Token = ""
			_, err := s.orders.Take(t.Context(), o)
			must(t, err)
		}
		for _, c := range []struct {
			closes *time.Time
			want   int64
		}{{nil, 5}, {&closes, 3}} {
			must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
				return tx.Model(&campaigns.Sale{}).Where("id = ?", s.sale.ID).Update("closes_at", c.closes).Error
			}))
			report, err := s.Campaign(t.Context(), s.CampaignID, Query{})
			if err != nil || report.Unattributed != c.want || report.Orders != 0 {
				t.Errorf("closes at %v: %+v, %v; want %d unattributed", c.closes, report, err, c.want)
			}
		}
	})
}

// TestPreOrdersBeginASale takes orders days before the sale opens.
func TestPreOrdersBeginASale(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		first := s.sale.OpensAt.Add(-72 * time.Hour).Truncate(time.Hour)
		for n, at := range []time.Time{
			first.Add(-time.Hour - time.Second), // too early
			first.Add(-time.Hour), first, s.sale.OpensAt,
		} {
			clock.Set(at)
			o := s.order(fmt.Sprint(n))
			if !at.Equal(first) {
				o.Token = ""
			}
			_, err := s.orders.Take(t.Context(), o)
			must(t, err)
		}
		for _, by := range []Interval{"", BySecond, ByMinute, Fitting} {
			report, err := s.Campaign(t.Context(), s.CampaignID, Query{By: by})
			if err != nil || report.Unattributed != 2 || report.Orders != 1 {
				t.Errorf("%+v, %v; want 2 unattributed", report, err)
			}
			series := append(report.BySecond, report.Series...)
			if by != "" && (len(series) != 1 || !series[0].At.Equal(first) || series[0].Orders != 1) {
				t.Errorf("by %q: %+v, want the one at %v", by, series, first)
			}
		}
		report, err := s.Campaign(t.Context(), s.CampaignID, Query{By: BySecond, From: s.sale.OpensAt.Add(-time.Hour)})
		if err != nil || len(report.BySecond) != 0 {
			t.Errorf("asked for what came since: %+v, %v", report.BySecond, err)
		}
	})
}

func TestReportWindows(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		now := clock.Now()
		for _, c := range []struct {
			q     Query
			field string // that is wrong
		}{
			{Query{By: BySecond, From: now, To: now.Add(3 * time.Hour)}, ""},
			{Query{By: BySecond, From: now, To: now.Add(3*time.Hour + 1)}, "to"},
			{Query{By: ByMinute, From: now, To: now.Add(8 * 24 * time.Hour)}, "to"},
			{Query{By: ByHour, From: now, To: now}, "to"},
			{Query{By: "year"}, "by"},
			{Query{}, ""},
		} {
			_, err := s.Campaign(t.Context(), s.CampaignID, c.q)
			var f *fault.Error
			if wrong := errors.As(err, &f); wrong != (c.field != "") || wrong && f.Fields[0].Location != c.field {
				t.Errorf("%+v: %v, want %q to be wrong", c.q, err, c.field)
			}
		}
		if _, err := s.Post(t.Context(), 999, Query{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("err %v, want NotFound", err)
		}
		// [From, To) holds whole intervals.
		for n, at := range []time.Duration{0, time.Minute, 2 * time.Minute} {
			clock.Set(now.Add(at))
			_, err := s.orders.Take(t.Context(), s.order(fmt.Sprint(n)))
			must(t, err)
		}
		got, err := s.Campaign(t.Context(), s.CampaignID, Query{By: ByMinute, From: now.Add(30 * time.Second), To: now.Add(61 * time.Second)})
		if err != nil || len(got.Series) != 2 || got.Orders != 3 {
			t.Errorf("%+v, %v; want two minutes of three", got.Series, err)
		}
		got, err = s.Campaign(t.Context(), s.CampaignID, Query{By: Fitting})
		if err != nil || len(got.Series) != 3 || got.BySecond != nil {
			t.Errorf("%+v, %v; want three minutes", got.Outcome, err)
		}
		got, err = s.Campaign(t.Context(), s.CampaignID, Query{By: Fitting, To: now.Add(2 * time.Minute)})
		if err != nil || len(got.BySecond) != 2 || got.Series != nil {
			t.Errorf("%+v, %v; want two seconds: they are in neighbouring minutes", got.Outcome, err)
		}
	})
}

func TestReportOfAMissingCampaign(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		if _, err := s.Campaign(t.Context(), 999, Query{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("err %v, want NotFound", err)
		}
	})
}
