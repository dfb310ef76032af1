package stores

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// exportFields are what a column of a store's export can mean.
var exportFields = []string{"order_id", "total", "currency", "placed_at", "status"}

// exportColumns are the columns that stores write themselves, in small letters,
// the better ones first: Shopify's
// (https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders)
// and those of the app that many take instead (https://matrixify.app/documentation/orders/),
// those of WooCommerce's order export and of its analytics
// (https://woocommerce.com/document/ordercustomer-csv-export/,
// https://woocommerce.com/document/woocommerce-analytics/orders-report/) and of
// its best-known plugin (https://wordpress.org/plugins/woo-order-export-lite/),
// and our own. Analytics tells no total that includes tax, so none is compared.
var exportColumns = []struct{ column, field string }{
	{"order_id", "order_id"}, {"order id", "order_id"}, {"id", "order_id"}, {"order #", "order_id"}, {"order number", "order_id"},
	{"total", "total"}, {"order_total", "total"}, {"order total amount", "total"}, {"price: total", "total"},
	{"currency", "currency"}, {"order_currency", "currency"}, {"order currency", "currency"},
	{"placed_at", "placed_at"}, {"created at", "placed_at"}, {"order_date", "placed_at"}, {"order date", "placed_at"}, {"date", "placed_at"},
	{"status", "status"}, {"order_status", "status"}, {"order status", "status"},
}

// ExportOrder is an order as a store's export tells it.
type ExportOrder struct {
	Line     int // in the file
	OrderID  string
	Total    string // a decimal; "" when the file does not tell
	Currency string // ISO 4217; "" when the file does not tell
	PlacedAt time.Time
	Lasts    time.Duration // how exactly the time is told
}

// storeExport reads a store's export.
type storeExport struct {
	table   *csv.Reader
	columns map[string]int
	skipped int // lines before the header
	name    int // the column of Shopify's that stays the same over the lines of an order; -1 without
	zone    *time.Location
}

// openExport reads the header of a table in UTF-8, or in UTF-16 with its mark as
// Excel writes it, separated by commas, semicolons or tabs. A column means what the store's own name of it does, or
// the field that mapping gives for it. The zone is of times that tell none. It
// returns Invalid when no column holds the order's id, or mapping does not fit.
func openExport(r io.Reader, mapping map[string]string, zone *time.Location) (*storeExport, error) {
	buffered := bufio.NewReaderSize(transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder())), 64<<10)
	e := &storeExport{columns: map[string]int{}, name: -1, zone: zone}
	comma := separatorOf(buffered)
	if said, ok := saidSeparator(buffered); ok {
		comma, e.skipped = said, 1
	}
	table := csv.NewReader(buffered)
	table.Comma, table.ReuseRecord, table.FieldsPerRecord = comma, true, -1
	e.table = table
	header, err := table.Read()
	if err != nil {
		return nil, badExport("This file has no header: the first line names the columns.", err)
	}
	places, known := map[string]int{}, map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(strings.Clone(name))
		places[name] = i
		if mapping[name] == "" {
			known[strings.ToLower(name)] = i
		}
	}
	for _, c := range exportColumns {
		_, chosen := e.columns[c.field]
		if place, there := known[c.column]; there && !chosen {
			e.columns[c.field] = place
		}
	}
	if place, there := places["Name"]; there && mapping["Name"] == "" {
		e.name = place
		if _, chosen := e.columns["order_id"]; !chosen {
			e.columns["order_id"] = place // of Shopify's oldest files, and of those that a person made smaller
		}
	}
	for _, column := range slices.Sorted(maps.Keys(mapping)) {
		place, there := places[column]
		if !there || !slices.Contains(exportFields, mapping[column]) {
			return nil, badExport(fmt.Sprintf("%q cannot be mapped to %q. There are the columns %q and the fields %q.", column, mapping[column], slices.Sorted(maps.Keys(places)), exportFields), nil)
		}
		e.columns[mapping[column]] = place
	}
	if _, ok := e.columns["order_id"]; !ok {
		return nil, badExport(fmt.Sprintf("No column holds the order's id. Name it: --map COLUMN=order_id. There are: %q.", slices.Sorted(maps.Keys(places))), nil)
	}
	return e, nil
}

func badExport(message string, cause error) error {
	return &fault.Error{Kind: fault.Invalid, Message: message, Err: cause}
}

// separatorOf guesses from the first line.
func separatorOf(r *bufio.Reader) rune {
	start, _ := r.Peek(64 << 10)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	return slices.MaxFunc([]rune(",;\t"), func(a, b rune) int {
		return cmp.Compare(bytes.Count(line, []byte(string(a))), bytes.Count(line, []byte(string(b))))
	})
}

// saidSeparator reads the line with which a file tells Excel its separator, if
// it begins with one: sep=;
func saidSeparator(r *bufio.Reader) (separator rune, ok bool) {
	start, _ := r.Peek(7)
	line, _, ended := bytes.Cut(start, []byte("\n"))
	said, found := strings.CutPrefix(strings.TrimSuffix(string(line), "\r"), "sep=")
	if !ended || !found || !slices.Contains([]string{",", ";", "\t"}, said) {
		return 0, false
	}
	_, _ = r.Discard(len(line) + 1) // it was there a moment ago
	return rune(said[0]), true
}

// orders gives the orders of the file, each once though stores write a line for
// each item, and the Invalid error of a line that tells of none. Any other error
// is the last.
func (e *storeExport) orders() iter.Seq2[ExportOrder, error] {
	return func(yield func(ExportOrder, error) bool) {
		var before begun
		for {
			record, err := e.table.Read()
			var broken *csv.ParseError
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil && !errors.As(err, &broken):
				yield(ExportOrder{}, &fault.Error{Kind: fault.Unavailable, Message: "This file cannot be read to its end.", Err: err})
				return
			case err != nil:
				if !yield(ExportOrder{Line: broken.StartLine + e.skipped}, badExport("This line cannot be read: "+broken.Err.Error()+".", err)) {
					return
				}
				continue
			}
			if e.continues(record, before) {
				continue
			}
			before = e.begun(record)
			if e.notPlaced(record) {
				continue
			}
			if order, err := e.order(record); !yield(order, err) {
				return
			}
		}
	}
}

// begun is what tells the first line of an order from its further ones.
type begun struct{ id, name string }

func (e *storeExport) begun(record []string) begun {
	b := begun{id: strings.Clone(e.cell(record, "order_id"))}
	if e.name >= 0 && e.name < len(record) {
		b.name = strings.Clone(strings.TrimSpace(record[e.name]))
	}
	return b
}

// continues tells of a further line of an order. It has the order's id again, or
// none: Shopify repeats the name, others nothing of the order.
func (e *storeExport) continues(record []string, before begun) bool {
	switch b := e.begun(record); {
	case b.id != "":
		return b.id == before.id
	case b.name != "" && b.name == before.name:
		return true
	}
	for field := range e.columns {
		if e.cell(record, field) != "" {
			return false
		}
	}
	return true
}

// notPlaced tells of an order that is none yet, or never became one.
func (e *storeExport) notPlaced(record []string) bool {
	status := strings.TrimPrefix(strings.ToLower(e.cell(record, "status")), "wc-")
	return slices.Contains(notPlaced, status)
}

func (e *storeExport) cell(record []string, field string) string {
	if place, ok := e.columns[field]; ok && place < len(record) {
		return strings.TrimSpace(record[place])
	}
	return ""
}

func (e *storeExport) order(record []string) (ExportOrder, error) {
	line, _ := e.table.FieldPos(0)
	o := ExportOrder{
		Line: line + e.skipped, OrderID: strings.Clone(e.cell(record, "order_id")),
		Total: strings.Clone(e.cell(record, "total")), Currency: strings.ToUpper(e.cell(record, "currency")),
	}
	if o.OrderID == "" || len(o.OrderID) > orders.MaxOrderID || !orders.Printable(o.OrderID) {
		return o, badExport("This line has no usable order id.", nil)
	}
	if rounded.MatchString(o.OrderID) {
		return o, badExport("This line's order id was rounded by a spreadsheet: export anew, and do not save the file from there.", nil)
	}
	if len(o.Total) > 100 || len(o.Currency) > 100 || !orders.Printable(o.Total) || !orders.Printable(o.Currency) {
		return o, badExport("This line's amount is none.", nil)
	}
	if _, told := e.columns["placed_at"]; told {
		var ok bool
		if o.PlacedAt, o.Lasts, ok = exportTime(e.cell(record, "placed_at"), e.zone); !ok {
			return o, badExport("This line's time cannot be read: it is written like 2024-05-31 08:30:00 +0800.", nil)
		}
	}
	return o, nil
}

// rounded is a long number as spreadsheets write it: 7.41099E+12.
var rounded = regexp.MustCompile(`^[0-9][.,][0-9]+E\+[0-9]+$`)

// exportTimes are how stores and spreadsheets write times, and how exactly. With
// slashes the month comes before the day, as in WooCommerce's own files, and the
// year before both in China, Japan and Taiwan.
var exportTimes = []struct {
	layout string
	lasts  time.Duration
}{
	{time.RFC3339, time.Second}, {"2006-01-02 15:04:05 -0700", time.Second}, {"2006-01-02 15:04:05", time.Second},
	{"2006-01-02T15:04:05", time.Second}, {"2006-01-02 15:04", time.Minute}, {"2006-01-02", 24 * time.Hour},
	{"2.1.2006 15:04:05", time.Second}, {"2.1.2006 15:04", time.Minute}, {"2.1.2006", 24 * time.Hour},
	{"1/2/2006 15:04:05", time.Second}, {"1/2/2006 15:04", time.Minute}, {"1/2/2006", 24 * time.Hour},
	{"1/2/2006 3:04:05 PM", time.Second}, {"1/2/2006 3:04 PM", time.Minute},
	{"2006/1/2 15:04:05", time.Second}, {"2006/1/2 15:04", time.Minute}, {"2006/1/2", 24 * time.Hour},
}

func exportTime(text string, zone *time.Location) (at time.Time, lasts time.Duration, ok bool) {
	for _, t := range exportTimes {
		if at, err := time.ParseInLocation(t.layout, text, zone); err == nil && at.Year() >= orders.FirstYear && at.Year() < 9999 {
			return at.UTC(), t.lasts, true
		}
	}
	return time.Time{}, 0, false
}
