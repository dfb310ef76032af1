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
		_, err := s.orders.TakeTest(t.Context(), s.order("trial"))
		must(t, err)
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
				"order_id;order_number;order_date;status;order_total;order_currency\n7001;1;" + at(0)[:19] + ";processing;1999.00;CNY\n7009;9;" + at(1)[:19] + ";failed;1;CNY\n",
				nil, 1, nil,
			},
			"placed here alone": {
				"order_id,order_date,status,order_total,order_currency\n7001," + at(0) + ",processing,1999.00,CNY\n7002," + at(1) + ",wc-failed,x,CNY\n" +
					"trial," + at(1) + ",failed,1999.00,CNY\n7004," + at(3) + ",failed,1999.00,CNY\n7003," + at(2) + ",processing,1999.00,CNY\n7004," + at(3) + ",processing,1999.00,CNY\n",
				nil, 3, []string{"other_status 7002 3 wc-failed / 199900 CNY"},
			},
			"unreadable, but there": {
				"Id,Created at,Total,Currency,Notes\n7001," + at(0) + ",1999.00,CNY,\n7002,27/11/2026,1999.00,CNY,\n7003,,1999.00,CNY,\n" +
					"7004," + at(3) + ",1999.00,CNY,5\" wide\n7002," + at(1) + ",1999.00,CNY,again\nlate," + at(5) + ",1999.00,CNY,\n",
				nil, 3, []string{"unreadable 7002 3 ", "unreadable 7003 4 ", "unreadable 7004 5 "},
			},
			"analytics": {
				"\ufeffDate,Order #,Status,N. Revenue\n" + at(2)[:19] + ",7003,completed,1680\n" + at(3)[:19] + ",7004,completed,1680\n",
				nil, 2, nil,
			},
			"another": {
				"No\tGross\n7001\t1999\n7001\t3\n7004\tfree\n7009\t\n", map[string]string{"No": "order_id", "Gross": "total"}, 2,
				[]string{"unreadable 7004 4 ", "missing_here 7009 5 "},
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

// A sale that is none any more is one nowhere: here, in the file, or in both.
func TestCompareCancelledOrders(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		clock.Set(s.opens)
		for _, id := range []string{"both", "here", "there"} {
			s.placed(t, id, 199900, 0)
			if id != "there" {
				_, err := s.orders.Adjust(t.Context(), orders.Adjustment{Store: "mi.com", OrderID: id, Kind: orders.Cancel, At: s.opens})
				must(t, err)
			}
		}
		at := "," + s.opens.Format(time.RFC3339) + ","
		file := "order_id,order_date,status,order_total,order_currency\nboth" + at + "cancelled,1999.00,CNY\nhere" + at + "processing,1999.00,CNY\n" +
			"there" + at + "wc-cancelled,1999.00,CNY\nnever" + at + "cancelled,1999.00,CNY\n"
		got, err := s.CompareOrders(t.Context(), strings.NewReader(file), CompareOptions{Source: "mi.com"})
		must(t, err)
		want := []string{"other_status here 3 1999.00 CNY / 199900 CNY", "other_status there 4 wc-cancelled / 199900 CNY"}
		if diff := cmp.Diff(want, short(got.Differences)); diff != "" || got.Differences[0].Detail != ", cancelled here" {
			t.Error(diff)
		}
		file = strings.ReplaceAll(file, "status", "note") // the file does not tell
		got, err = s.CompareOrders(t.Context(), strings.NewReader(file), CompareOptions{Source: "mi.com"})
		must(t, err)
		if diff := cmp.Diff([]string{"missing_here never 5 1999.00 CNY"}, short(got.Differences)); diff != "" {
			t.Error(diff)
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
	s.placed(t, "7001", 199900, 0)
	const notText = "This file is not text in UTF-8: take the store's own CSV file, or save this one as CSV in UTF-8."
	for name, c := range map[string]struct {
		file    string
		mapping map[string]string
		want    string
	}{
		"empty":          {"", nil, "This file is empty: the first line names the columns, and each further line tells of an order."},
		"a header alone": {"order_id,total\n\n,\n", nil, "This file holds no order: its first line names the columns, and no line of an order follows."},
		"no id":          {"a,b\n", nil, `No column holds the order's id. Name it: --map COLUMN=order_id. There are: ["a" "b"].`},
		"no column": {
			"order_id\n", map[string]string{"x": "total"},
			`"x" cannot be mapped to "total". There are the columns ["order_id"] and the fields ["order_id" "total" "currency" "placed_at" "status"].`,
		},
		"no field": {
			"order_id,x\n", map[string]string{"x": "price"},
			`"x" cannot be mapped to "price". There are the columns ["order_id" "x"] and the fields ["order_id" "total" "currency" "placed_at" "status"].`,
		},
		"JSON": {
			`{"order_id":"7001"}`, nil,
			"The first line does not name the columns of a CSV file. In column 1 a quote is out of place or not closed: a cell with quotes in it stands in quotes itself, and those inside are doubled.",
		},
		"Excel":   {"PK\x03\x04\x14\x00\x06\x00", nil, "This file is an Excel workbook or another archive: take the store's own CSV file, or save this one as CSV."},
		"binary":  {"\x89PNG\r\n\x1a\n", nil, notText},
		"UTF-16":  {strings.TrimPrefix(utf16File("order_id\n7001\n"), "\xff\xfe"), nil, notText},
		"one id":  {"order_id,total,order_id\n7001,1999.00,7002\n", nil, `Columns 1 and 3 are named alike, "order_id" and "order_id": rename the one that is not to be read as order_id.`},
		"capital": {"Id,Total,total\n7001,1,2\n", nil, `Columns 2 and 3 are named alike, "Total" and "total": rename the one that is not to be read as total.`},
		"mapped twice": {
			"No,No\n7001,7002\n", map[string]string{"No": "order_id"},
			`Columns 1 and 2 are named alike, "No" and "No": rename the one that is not to be read as order_id.`,
		},
		"an open quote": {
			"sep=,\nId,Notes,Tags\n7001,\"two\nlines\",\"new\n7002,,\n7003,,\n", nil,
			`The quote that opens in line 4, column "Tags", is not closed, or one inside it is not doubled: the rest of the file could not be read, so nothing was compared.`,
		},
		"an open quote before others": {
			"Id,Notes\n\"7001,\n7002,\"gift\"\n7003,\n", nil,
			`The quote that opens in line 2, column "Id", is not closed, or one inside it is not doubled: the rest of the file could not be read, so nothing was compared.`,
		},
	} {
		_, err := s.CompareOrders(t.Context(), strings.NewReader(c.file), CompareOptions{Source: "mi.com", Mapping: c.mapping})
		if !fault.Is(err, fault.Invalid) || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.CompareOrders(t.Context(), strings.NewReader("order_id\n1\n"), CompareOptions{Source: "elsewhere"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

// TestUnusedColumnsMayBeAlike: spreadsheets leave columns without a name, and
// stores write some twice.
func TestUnusedColumnsMayBeAlike(t *testing.T) {
	t.Parallel()
	for header, mapping := range map[string]map[string]string{
		"order_id,note,note,,": nil, "No,order_id,order_id": {"No": "order_id"}, "Id,Total,total": {"Total": "total"}, "Id,Name,Name": nil,
	} {
		if _, err := openExport(strings.NewReader(header+"\n"), mapping, time.UTC); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func TestUnreadableLinesSayWhatStandsThere(t *testing.T) {
	t.Parallel()
	const wantedTime = ": a time is wanted, such as 2024-05-31 08:30:00 +0800, or 5/31/2024 with the month first."
	const quotes = " a quote is out of place or not closed: a cell with quotes in it stands in quotes itself, and those inside are doubled."
	for file, want := range map[string]string{
		"Id,Created at\n1,27/11/2026\n":      `In column "Created at" stands "27/11/2026"` + wantedTime,
		"Id,Created at\n1\n":                 `In column "Created at" stands nothing` + wantedTime,
		"Id,Total,Currency\n1,x,HKD\n":       `In column "Total" stands "x": an amount in HKD is wanted, such as 1999.00.`,
		"Id,Total\n1,\"19,99 kr\"\n":         `In column "Total" stands "19,99 kr": an amount is wanted, such as 1999.00.`,
		"Id,Total,Currency\n1,1.50,JPY\n":    `In column "Total" stands "1.50": an amount in JPY is wanted, such as 1999.00.`,
		"Id,Total,Currency\n1,1.50,HK$\n":    `In column "Currency" stands "HK$": a currency is wanted, by its code such as EUR.`,
		"Id,Total\n,1.50\n":                  `In column "Id" stands nothing: an order's id is wanted, printable text of 1 to 200 bytes.`,
		"Id,Total\n\x00,1.50\n":              `In column "Id" stands "\x00": an order's id is wanted, printable text of 1 to 200 bytes.`,
		"Id\n7.41E+12\n":                     `In column "Id" stands "7.41E+12": an order's id is wanted, and a spreadsheet has rounded this one. Export anew, and do not save the file from there.`,
		"Id,Notes\n1,5\" wide\n":             `In column "Notes"` + quotes,
		"Id,Notes\n1,\"5\" wide\"\n":         `In column "Notes"` + quotes,
		"Id\n1,\"5\n":                        `In column 2` + quotes,
		"Id,Total\n1,\"1\u00a0999,00\"\n":    "", // as French spreadsheets write it
		"Id,Total,Currency\n1,1999.00,hkd\n": "",
	} {
		export, err := openExport(strings.NewReader(file), nil, time.UTC)
		must(t, err)
		var got []ExportOrder
		for o, err := range export.orders() {
			must(t, err)
			got = append(got, o)
		}
		if len(got) != 1 || got[0].Line != 2 || got[0].Unreadable != want {
			t.Errorf("%q: %+v", file, got)
		}
	}
}

func FuzzStoreExport(f *testing.F) {
	for _, seed := range []string{
		"Name,Total,Created at,Id\n#1,1.00,2024-05-31 08:30:00 +0800,1\n#1,,,\n", "\ufefforder_id;Date\n1;2024-05-31\n",
		"order_id\n\"a\n", "Order #\tStatus\n1\tfailed\n\x00\t\n", "order_id,placed_at\n1,9999-12-31T00:00:00Z\n", "Id,Total\n1,\"1\u00a0999,00\"\n",
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
			case err == nil && o.Unreadable == "" && (o.OrderID == "" || len(o.OrderID) > orders.MaxOrderID || !orders.Printable(o.OrderID+o.Total+o.Currency) || o.PlacedAt.Year() > 9999):
				t.Errorf("%+v", o)
			}
		}
	})
}
