package stores

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// placed puts orders into the shop's books: id, total, minutes after the sale opens.
func (s *shop) placed(t *testing.T, id string, total int64, minutes int) {
	t.Helper()
	o := s.order(id)
	o.Total, o.PlacedAt = total, s.opens.Add(time.Duration(minutes)*time.Minute)
	_, err := s.orders.Take(t.Context(), o)
	must(t, err)
}

// short puts a difference on a line.
func short(all []Difference) (lines []string) {
	for _, d := range all {
		line := fmt.Sprint(d.Kind, " ", d.OrderID, " ", d.Line, " ", d.Theirs)
		if d.Ours != nil {
			line += fmt.Sprint(" / ", d.Ours.Total, " ", d.Ours.Currency)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestCompareOrders(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		clock.Set(s.opens)
		for id, minutes := range map[string]int{"7001": 0, "7002": 1, "7003": 2, "7004": 3, "early": -1, "late": 5} {
			s.placed(t, id, 199900, minutes)
		}
		at := func(minutes int) string {
			return s.opens.Add(time.Duration(minutes) * time.Minute).In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04:05 -0700")
		}
		for name, c := range map[string]struct {
			file    string
			mapping map[string]string
			orders  int64
			want    []string
		}{
			"shopify": {
				"Name,Financial Status,Currency,Total,Created at,Lineitem quantity,Id\n" +
					"#1,paid,CNY,1999.00," + at(0) + ",1,7001\n#1,,,,,2,\n#1,,,," + at(0) + ",2,\n" +
					"#2,paid,CNY,1999.01," + at(1) + ",1,7002\n" +
					"#3,paid,HKD,1999.00," + at(2) + ",1,7003\n" +
					"#5,paid,CNY,5.00," + at(4) + ",1,7005\n" +
					"#6,paid,CNY,5.00,yesterday,1,7006\n",
				nil, 4,
				[]string{"unreadable 7006 8 ", "other_amount 7002 5 1999.01 CNY / 199900 CNY", "other_amount 7003 6 1999.00 HKD / 199900 CNY", "missing_here 7005 7 5.00 CNY", "missing_there 7004 0  / 199900 CNY"},
			},
			"woocommerce": {
				"order_id;order_number;order_date;status;order_total;order_currency\n7001;1;" + at(0)[:19] + ";processing;1999.00;CNY\n7002;2;" + at(1)[:19] + ";failed;1;CNY\n",
				nil, 1, nil,
			},
			"analytics": {
				"\ufeffDate,Order #,Status,N. Revenue\n" + at(2)[:19] + ",7003,completed,1680\n" + at(3)[:19] + ",7004,completed,1680\n",
				nil, 2, nil,
			},
			"another": {
				"No\tGross\n7001\t1999\n7001\t3\n7004\tfree\n7009\t\n", map[string]string{"No": "order_id", "Gross": "total"}, 3,
				[]string{"other_amount 7004 4 free / 199900 CNY", "missing_here 7009 5 "},
			},
		} {
			t.Run(name, func(t *testing.T) {
				got, err := s.CompareOrders(t.Context(), strings.NewReader(c.file), CompareOptions{Source: "mi.com", Mapping: c.mapping, Zone: time.FixedZone("", 8*3600)})
				must(t, err)
				if diff := cmp.Diff(c.want, short(got.Differences)); diff != "" || got.Orders != c.orders || got.Same() != (c.want == nil) {
					t.Error(got.Orders, got.Counts, diff)
				}
			})
		}
	})
}

func TestCompareOrdersOverPages(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		const orders = 2*comparePage + 10
		s := openShop(t, db)
		clock.Set(s.opens)
		var lines, file strings.Builder
		file.WriteString("order_id,total,currency,placed_at\n")
		for n := range orders {
			o := s.order(fmt.Sprintf("Order-%d", n))
			o.PlacedAt = clock.Now()
			lines.WriteString(orderJSON(t, o) + "\n")
			if n%100 != 7 {
				fmt.Fprintf(&file, "Order-%d,1999.00,CNY,%s\n", n, o.PlacedAt.Format(time.RFC3339))
			}
		}
		file.WriteString("order-x,1999.00,CNY," + clock.Now().Format(time.RFC3339) + "\n")
		_, err := s.orders.TakeStream(t.Context(), accounts.System(), strings.NewReader(lines.String()))
		must(t, err)
		_, err = s.CreateSource(t.Context(), keeper, SourceDraft{Name: "shop", Kind: Generic, Store: "mi.com", Secret: "a long secret"})
		must(t, err)
		got, err := s.CompareOrders(t.Context(), strings.NewReader(file.String()), CompareOptions{Source: "shop"})
		want := map[DifferenceKind]int64{MissingHere: 1, MissingThere: 11}
		if diff := cmp.Diff(want, got.Counts); err != nil || diff != "" || got.Orders != orders-10 {
			t.Error(err, got.Orders, diff)
		}
	})
}

func TestCompareOrdersOfNoExport(t *testing.T) {
	t.Parallel()
	s := openShop(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	for name, c := range map[string]struct {
		file, source string
		mapping      map[string]string
	}{
		"empty":       {"", "mi.com", nil},
		"no id":       {"a,b\n", "mi.com", nil},
		"no column":   {"order_id\n", "mi.com", map[string]string{"x": "total"}},
		"no field":    {"order_id,x\n", "mi.com", map[string]string{"x": "price"}},
		"other store": {"order_id\n1\n", "elsewhere", nil},
	} {
		if _, err := s.CompareOrders(t.Context(), strings.NewReader(c.file), CompareOptions{Source: c.source, Mapping: c.mapping}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzStoreExport(f *testing.F) {
	for _, seed := range []string{
		"Name,Total,Created at,Id\n#1,1.00,2024-05-31 08:30:00 +0800,1\n#1,,,\n", "\ufefforder_id;Date\n1;2024-05-31\n",
		"order_id\n\"a\n", "Order #\tStatus\n1\tfailed\n\x00\t\n", "order_id,placed_at\n1,9999-12-31T00:00:00Z\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		export, err := openExport(strings.NewReader(string(file)), nil, time.UTC)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v", err)
			}
			return
		}
		for o, err := range export.orders() {
			switch {
			case err != nil && !fault.Is(err, fault.Invalid):
				t.Errorf("%v", err)
			case err == nil && (o.OrderID == "" || len(o.OrderID) > orders.MaxOrderID || !orders.Printable(o.OrderID+o.Total+o.Currency) || o.PlacedAt.Year() > 9999):
				t.Errorf("%+v", o)
			}
		}
	})
}
