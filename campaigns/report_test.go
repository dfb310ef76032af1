package campaigns

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// history is what happened to a shop.
type history struct {
	orders      []Order
	links       []int // of the orders; -1 for none
	adjustments []Adjustment
	clicks      []clickRow // by index of the link
}

func drawHistory(t *rapid.T, s *shop, links []Link) (h history) {
	id := rapid.IntRange(0, 12)
	at := s.sale.OpensAt
	for n := range rapid.IntRange(0, 12).Draw(t, "orders") {
		o := s.order(fmt.Sprint(n))
		link := rapid.IntRange(-1, len(links)-1).Draw(t, "link")
		o.Token = ""
		if link >= 0 {
			o.Token = s.tokens.token(links[link].ID)
		}
		o.Units = rapid.Int64Range(1, 5).Draw(t, "units")
		o.Total = rapid.Int64Range(0, 5000).Draw(t, "total")
		o.Currency = rapid.SampledFrom([]string{"CNY", "EUR", "HKD"}).Draw(t, "currency")
		h.orders, h.links = append(h.orders, o), append(h.links, link)
	}
	for n := range rapid.IntRange(0, 10).Draw(t, "adjustments") {
		h.adjustments = append(h.adjustments, Adjustment{
			Store: rapid.SampledFrom([]string{"mi.com", "mi.com", "mi.com", "tmall.com"}).Draw(t, "store"), OrderID: fmt.Sprint(id.Draw(t, "id")),
			Kind: rapid.SampledFrom([]string{CancelOrder, RefundOrder, RefundOrder}).Draw(t, "kind"), At: at.Add(time.Duration(n) * time.Second),
			Units: rapid.Int64Range(0, 3).Draw(t, "units"), Total: rapid.Int64Range(1, 3000).Draw(t, "total"),
		})
	}
	for n := range rapid.IntRange(0, 10).Draw(t, "clicks") {
		h.clicks = append(h.clicks, clickRow{
			LinkID: rapid.Int64Range(0, int64(len(links)-1)).Draw(t, "link"), Second: int64(n),
			People: rapid.Int64Range(0, 9).Draw(t, "people"), Bots: rapid.Int64Range(0, 9).Draw(t, "bots"),
		})
	}
	return h
}

// plainReport counts in Go, order by order, what the database groups.
func (h history) plainReport(campaign int64, links []Link) Report {
	byLink := make([]DeliveryReport, len(links))
	revenue := make([]map[string]int64, len(links)+1) // the last one for all
	for i := range revenue {
		revenue[i] = map[string]int64{}
	}
	var report Report
	for i, o := range h.orders {
		units, total, cancelled := o.Units, o.Total, false
		for _, a := range h.adjustments {
			if a.Store != o.Store || a.OrderID != o.OrderID {
				continue
			}
			if a.Kind == CancelOrder {
				cancelled = true
				continue
			}
			units, total = max(0, units-a.Units), max(0, total-a.Total)
		}
		link := h.links[i]
		switch {
		case cancelled:
		case link < 0:
			report.Unattributed++
		default:
			byLink[link].Orders++
			byLink[link].Units += units
			revenue[link][o.Currency] += total
		}
	}
	for _, c := range h.clicks {
		byLink[c.LinkID].Clicks += c.People
	}
	for i, l := range links {
		if l.CampaignID != campaign {
			continue
		}
		d := byLink[i]
		d.DeliveryID, d.PostID, d.Network, d.AccountID = l.DeliveryID, l.PostID, l.Network, int64(i%2+1)
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
	return report
}

func moneyOf(totals map[string]int64) []Money {
	list := []Money{}
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		list = append(list, Money{Currency: currency, Total: totals[currency]})
	}
	return list
}

func TestReportEqualsAPlainCount(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		other := Campaign{SaleID: s.sale.ID, Name: "Second wave", CreatedBy: 1, CreatedAt: clock.Now()}
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Create(&other).Error }))
		links := append(slices.Clone(s.links), addPost(t, db, other)...)
		rapid.Check(t, func(r *rapid.T) {
			h := drawHistory(r, s, links)
			replay(t, s, h, links)
			for _, campaign := range []Campaign{s.campaign, other} {
				got, err := s.Report(t.Context(), campaign.ID)
				if diff := cmp.Diff(h.plainReport(campaign.ID, links), got); diff != "" || err != nil {
					r.Fatalf("%s: %v %s", campaign.Name, err, diff)
				}
			}
		})
	})
}

// replay empties the shop's books and lets the history happen.
func replay(t *testing.T, s *shop, h history, links []Link) {
	t.Helper()
	must(t, s.db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, table := range []string{"orders", "order_adjustments", "clicks"} {
			if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	for i, a := range h.adjustments { // half of them before the orders
		if i%2 == 0 {
			adjustOnce(t, s, a)
		}
	}
	var batch []*pendingOrder
	for _, o := range h.orders {
		p, err := s.prepareOrder(t.Context(), o)
		must(t, err)
		batch = append(batch, p)
	}
	commitOrders(s.db, batch)
	for _, p := range batch {
		must(t, p.err)
	}
	for i, a := range h.adjustments {
		if i%2 == 1 {
			adjustOnce(t, s, a)
		}
	}
	must(t, s.db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, c := range h.clicks {
			if err := tx.Exec("INSERT INTO clicks VALUES (?, ?, ?, ?)", links[c.LinkID].ID, c.Second, c.People, c.Bots).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

func adjustOnce(t *testing.T, s *shop, a Adjustment) {
	t.Helper()
	if replayed, err := s.Adjust(t.Context(), a); err != nil || replayed {
		t.Fatalf("%+v: %v, %v", a, replayed, err)
	}
}

func TestUnattributedOrdersCountWhileTheSaleIsOpen(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		opens := s.sale.OpensAt
		closes := opens.Add(time.Hour)
		for n, at := range []time.Time{
			opens.Add(-time.Hour - time.Microsecond), // too early
			opens.Add(-time.Hour), opens, closes,     // counted
			closes.Add(time.Microsecond), // too late
		} {
			clock.Set(at)
			o := s.order(fmt.Sprint(n))
			o.Token = ""
			_, err := s.TakeOrder(t.Context(), o)
			must(t, err)
		}
		for _, c := range []struct {
			closes *time.Time
			want   int64
		}{{nil, 4}, {&closes, 3}} {
			must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
				return tx.Model(&Sale{}).Where("id = ?", s.sale.ID).Update("closes_at", c.closes).Error
			}))
			report, err := s.Report(t.Context(), s.campaign.ID)
			if err != nil || report.Unattributed != c.want || report.Orders != 0 {
				t.Errorf("closes at %v: %+v, %v; want %d unattributed", c.closes, report, err, c.want)
			}
		}
	})
}

func TestReportOfAMissingCampaign(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		if _, err := s.Report(t.Context(), 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("err %v, want NotFound", err)
		}
	})
}
