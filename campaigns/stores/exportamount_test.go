package stores

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestAmountsOfExports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, code string
		want       int64
		ok         bool
	}{
		{"1999.00", "EUR", 199900, true}, {"1999,00", "EUR", 199900, true}, {"1999", "EUR", 199900, true}, {"1999,5", "EUR", 199950, true},
		{"1.999,00", "EUR", 199900, true}, {"1,999.00", "EUR", 199900, true}, {"1'999.00", "CHF", 199900, true},
		{"$1,999.00", "USD", 199900, true}, {"1.999,00 €", "EUR", 199900, true}, {"৳2,999", "BDT", 299900, true}, {"¥1,999", "JPY", 1999, true},
		{"1\u00a0999,00", "EUR", 199900, true}, {"1.299.999,00", "EUR", 129999900, true},
		{"1,999", "EUR", 199900, true}, {"1,999", "KWD", 1999, true}, {"1,999", "JPY", 1999, true}, {"1.299.999", "JPY", 1299999, true},
		{"19.999", "EUR", 1999900, true}, {"1.9999", "EUR", 0, false}, {"free", "EUR", 0, false}, {"", "EUR", 0, false}, {"-5,00", "EUR", 0, false},
		{"5 EUR", "EUR", 0, false}, {"1.00", "XXQ", 0, false},
	} {
		if got, ok := exportAmount(c.text, c.code); got != c.want || ok != c.ok {
			t.Errorf("%q %s: %d, %v", c.text, c.code, got, ok)
		}
	}
}

// utf16File is a text as Excel saves it as "Unicode Text".
func utf16File(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		_ = binary.Write(&b, binary.LittleEndian, unit)
	}
	return b.String()
}

// TestExportsAsStoresAndSpreadsheetsWriteThem: the whole header of each store's
// export, with what people write into notes and what spreadsheets make of it.
func TestExportsAsStoresAndSpreadsheetsWriteThem(t *testing.T) {
	t.Parallel()
	s := openShop(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	for id, minutes := range map[string]int{"7410991464714": 0, "7410991464715": 1, "7410991464716": 2} {
		s.placed(t, id, 199900, minutes)
	}
	at := func(layout string, minutes int) string {
		return s.opens.Add(time.Duration(minutes) * time.Minute).In(time.FixedZone("", 8*3600)).Format(layout)
	}
	const shopifyTime = "2006-01-02 15:04:05 -0700"
	shopify := "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code," +
		"Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Billing Name,Billing Street,Billing Zip,Notes,Note Attributes," +
		"Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source\r\n" +
		`#1001,fan@example.com,paid,,unfulfilled,,yes,CNY,1999.00,0.00,0.00,1999.00,,0.00,Express,` + at(shopifyTime, 0) + `,1,"Mi 2, 16 GB",1999.00,小米 粉丝,"1 Street
2nd floor",'100085,"Please ring ""twice"";
then leave it","ref: abc
gift: yes",,Alipay,c1.1,0.00,Xiaomi,0.00,,,,7410991464714,,Low,web` + "\r\n" +
		`#1001,fan@example.com,,,,,,,,,,,,,,` + at(shopifyTime, 0) + `,2,Case,10.00,,,,,,,,,,Xiaomi,,,,,,,,` + "\r\n" +
		`#1002,fan2@example.com,refunded,,,,no,CNY,1999.00,0.00,0.00,1999.00,,0.00,Express,` + at(shopifyTime, 1) + `,1,Mi 2,1999.00,,,,"",,,Alipay,,1999.00,Xiaomi,0.00,,,,7410991464715,,Low,web` + "\r\n" +
		`#1003,fan3@example.com,paid,,,,no,CNY,1998.00,0.00,0.00,1998.00,,0.00,Express,` + at(shopifyTime, 2) + `,1,Mi 2,1998.00,,,,,,,Alipay,,0.00,Xiaomi,0.00,,,,7410991464716,,Low,web` + "\r\n"
	otherAmount := func(line, theirs string) []string {
		return []string{"other_amount 7410991464716 " + line + " " + theirs + " / 199900 CNY"}
	}
	german := func(separator string) string {
		row := func(cells ...string) string { return strings.Join(cells, separator) + "\r\n" }
		return row("Name", "Total", "Currency", "Created at", "Notes", "Id") +
			row("#1001", "1999,00", "CNY", at("02.01.2006 15:04", 0), "\"zwei\nZeilen; mehr\"", "7410991464714") +
			row("#1002", "1.999,00", "CNY", at("02.01.2006 15:04", 1), "Größe", "7410991464715") +
			row("#1003", "1998", "CNY", at("02.01.2006 15:04", 2), "", "7410991464716")
	}
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"Shopify":               {shopify, otherAmount("8", "1998.00 CNY")},
		"Shopify with a mark":   {"\ufeff" + shopify, otherAmount("8", "1998.00 CNY")},
		"a German Excel":        {german(";"), otherAmount("5", "1998 CNY")},
		"Excel's Unicode text":  {utf16File(german("\t")), otherAmount("5", "1998 CNY")},
		"a file that says sep=": {"sep=;\r\n" + german(";"), otherAmount("6", "1998 CNY")},
		"ids that Excel rounded": {
			"Id,Total,Currency\n7.41099E+12,1999.00,CNY\n\"7,41099E+12\",1999.00,CNY\n", []string{"unreadable 7.41099E+12 2 ", "unreadable 7,41099E+12 3 "},
		},
		"WooCommerce, order export": {
			"\ufefforder_id,order_number,order_number_formatted,date,status,shipping_total,order_total,refunded_total,order_currency,customer_note\n" +
				"7410991464714,1,#1," + at("2006-01-02 15:04:05", 0) + ",processing,0.00,1999.00,0.00,CNY,\"a\nb\"\n" +
				"7410991464715,2,#2," + at("2006-01-02 15:04:05", 1) + ",refunded,0.00,1999.00,1999.00,CNY,\n" +
				"7410991464716,3,#3," + at("2006-01-02 15:04:05", 2) + ",completed,0.00,1998.00,0.00,CNY,\n" +
				"7410991464799,4,#4," + at("2006-01-02 15:04:05", 2) + ",wc-failed,0.00,1998.00,0.00,CNY,\n",
			otherAmount("5", "1998.00 CNY"),
		},
		"WooCommerce, import and export of orders": {
			"order_id,order_number,order_date,paid_date,status,order_total,order_currency\n" +
				"7410991464714,1," + at("1/2/2006 15:04:05", 0) + ",,processing,1999,CNY\n" +
				"7410991464715,2," + at("1/2/2006 15:04:05", 1) + ",,completed,1999.00,CNY\n" +
				"7410991464716,3," + at("1/2/2006 15:04:05", 2) + ",,completed,1998.00,CNY\n",
			otherAmount("4", "1998.00 CNY"),
		},
		// A line for each item, with the item's name where Shopify has the order's.
		"WooCommerce, the plugin": {
			"\"Order Number\",\"Order Status\",\"Order Date\",\"First Name (Billing)\",\"Item #\",SKU,Name,Quantity,\"Item Cost\",\"Order Subtotal Amount\",\"Order Refund Amount\",\"Order Total Amount\"\n" +
				"7410991464714,Processing," + at("2006-01-02 15:04", 0) + ",Lei,1,M2,\"Mi 2\",1,1999,1999,0,1999\n" +
				"7410991464715,Refunded," + at("2006-01-02 15:04", 1) + ",Mei,1,M2,\"Mi 2\",1,1989,1999,1999,1999\n" +
				"7410991464715,Refunded," + at("2006-01-02 15:04", 1) + ",Mei,2,C1,Case,1,10,1999,1999,1999\n" +
				"7410991464716,Completed," + at("2006-01-02 15:04", 2) + ",Wei,1,M2,\"Mi 2\",1,1988,1998,0,1998\n" +
				",,,,2,C1,Case,1,10,,,\n" + // it can fill in an order's own columns once alone
				"7410991464799,Draft," + at("2006-01-02 15:04", 2) + ",Wei,1,M2,\"Mi 2\",1,1,1,0,1\n",
			otherAmount("5", "1998"),
		},
		"WooCommerce, analytics of today": {
			"Date,\"Order #\",\"N. Revenue (formatted)\",Status,Customer,\"Customer type\",Product(s),\"Items sold\",Coupon(s),\"Net Sales\",Attribution\n" +
				"\"" + at("2006-01-02 15:04:05", 2) + "\",7410991464716,¥-1999.00,refunded,\"Lei Jun\",returning,,0,,-1999,Unknown\n" +
				"\"" + at("2006-01-02 15:04:05", 2) + "\",7410991464716,\"¥1,999.00\",completed,\"Lei Jun\",new,\"1× Mi 2\",1,,1999,Direct\n" +
				"\"" + at("2006-01-02 15:04:05", 1) + "\",7410991464715,\"¥1,999.00\",completed,\"Lei Jun\",new,\"1× Mi 2\",1,,1999,Direct\n" +
				"\"" + at("2006-01-02 15:04:05", 0) + "\",7410991464714,\"¥1,999.00\",completed,\"Lei Jun\",new,\"1× Mi 2, 1× Case\",2,,1999,\"Source: Fanfare\"\n",
			nil,
		},
		"Shopify, by an app": {
			"ID,Name,Command,Created At,Currency,Price: Total,Line: Type,Line: Name\n" +
				"7410991464714,#1001,UPDATE," + at(shopifyTime, 0) + ",CNY,1999.00,Line Item,Mi 2\n" +
				"7410991464714,#1001,UPDATE,,,,Shipping Line,Express\n" +
				"7410991464715,#1002,UPDATE," + at(shopifyTime, 1) + ",CNY,1999.00,Line Item,Mi 2\n" +
				"7410991464716,#1003,UPDATE," + at(shopifyTime, 2) + ",CNY,1998.00,Line Item,Mi 2\n",
			otherAmount("5", "1998.00 CNY"),
		},
		"a Chinese Excel": {
			"Name,Total,Currency,Created at,Id\r\n#1001,\"¥1,999.00\",CNY," + at("2006/1/2 15:04", 0) + ",7410991464714\r\n" +
				"#1002,\"¥1,999.00\",CNY," + at("2006/1/2 15:04", 1) + ",7410991464715\r\n#1003,\"¥1,998.00\",CNY," + at("2006/1/2 15:04:05", 2) + ",7410991464716\r\n,,,,\r\n",
			otherAmount("4", "¥1,998.00 CNY"),
		},
		"an American Excel": {
			"Name,Total,Currency,Created at,Id\n#1001,1999,CNY," + at("1/2/2006 3:04:05 PM", 0) + ",7410991464714\n" +
				"#1002,1999,CNY," + at("1/2/2006 3:04 PM", 1) + ",7410991464715\n#1003,1998,CNY," + at("1/2/2006 15:04", 2) + ",7410991464716\n",
			otherAmount("4", "1998 CNY"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.CompareOrders(t.Context(), strings.NewReader(c.file), CompareOptions{Source: "mi.com", Zone: time.FixedZone("", 8*3600)})
			must(t, err)
			if diff := cmp.Diff(c.want, short(got.Differences)); diff != "" {
				t.Error(got.Orders, diff)
			}
		})
	}
}
