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
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bojanz/currency"
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

// ExportOrder is what a store's export tells of one order.
type ExportOrder struct {
	Line       int // in the file
	OrderID    string
	Total      string // a decimal; "" when the file does not tell
	Currency   string // ISO 4217; "" when the file does not tell
	PlacedAt   time.Time
	Lasts      time.Duration // how exactly the time is told
	NotPlaced  string        // the status of an order that is none yet, or no longer: no more is read of it
	Placed     bool          // its status says that it is one
	Unreadable string        // why the line cannot be compared, in a sentence; it may have an id all the same
}

// counts tells whether the order is to be compared.
func (o ExportOrder) counts() bool { return o.NotPlaced == "" && o.Unreadable == "" }

// storeExport reads a store's export.
type storeExport struct {
	table   *csv.Reader
	header  []string
	columns map[string]int
	skipped int // lines before the header
	name    int // the column of Shopify's that stays the same over the lines of an order; -1 without
	zone    *time.Location
}

// openExport reads the header of a table in UTF-8, or in UTF-16 with its mark as
// Excel writes it, separated by commas, semicolons or tabs. A column means what the store's own name of it does, or
// the field that mapping gives for it. The zone is of times that tell none. It
// returns Invalid for a file of another kind, when no column holds the order's
// id or two could, and when mapping does not fit.
func openExport(r io.Reader, mapping map[string]string, zone *time.Location) (*storeExport, error) {
	buffered := bufio.NewReaderSize(transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder())), 64<<10)
	if err := otherKind(buffered); err != nil {
		return nil, err
	}
	e := &storeExport{columns: map[string]int{}, name: -1, zone: zone}
	comma := separatorOf(buffered)
	if said, ok := saidSeparator(buffered); ok {
		comma, e.skipped = said, 1
	}
	e.table = csv.NewReader(buffered)
	e.table.Comma, e.table.ReuseRecord, e.table.FieldsPerRecord = comma, true, -1
	header, err := e.table.Read()
	var broken *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, badExport("This file is empty: the first line names the columns, and each further line tells of an order.")
	case errors.As(err, &broken):
		why, _ := e.broken(header, broken)
		return nil, badExport("The first line does not name the columns of a CSV file. " + why)
	case err != nil:
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "This file cannot be read.", Err: err}
	}
	for _, name := range header {
		e.header = append(e.header, strings.TrimSpace(strings.Clone(name)))
	}
	return e, e.findColumns(mapping)
}

// otherKind tells of files that people take for an export. It looks at the first
// line alone: further down a cell that nobody compares may hold anything.
func otherKind(r *bufio.Reader) error {
	start, _ := r.Peek(64 << 10)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return badExport("This file is an Excel workbook or another archive: take the store's own CSV file, or save this one as CSV.")
	case !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0:
		return badExport("This file is not text in UTF-8: take the store's own CSV file, or save this one as CSV in UTF-8.")
	}
	return nil
}

// findColumns gives each field its column: the one that is mapped to it, else
// the best of those that are known.
func (e *storeExport) findColumns(mapping map[string]string) error {
	places, known := map[string][]int{}, map[string][]int{}
	for i, name := range e.header {
		places[name] = append(places[name], i)
		if mapping[name] == "" {
			known[strings.ToLower(name)] = append(known[strings.ToLower(name)], i)
		}
	}
	for _, column := range slices.Sorted(maps.Keys(mapping)) {
		at, there := places[column]
		if !there || !slices.Contains(exportFields, mapping[column]) {
			return badExport(fmt.Sprintf("%q cannot be mapped to %q. There are the columns %q and the fields %q.", column, mapping[column], slices.Sorted(maps.Keys(places)), exportFields))
		}
		if err := e.choose(mapping[column], at); err != nil {
			return err
		}
	}
	for _, c := range exportColumns {
		at, there := known[c.column]
		if _, chosen := e.columns[c.field]; !there || chosen {
			continue
		}
		if err := e.choose(c.field, at); err != nil {
			return err
		}
	}
	_, chosen := e.columns["order_id"]
	if at, there := places["Name"]; there && mapping["Name"] == "" {
		e.name = at[0]
		if !chosen {
			return e.choose("order_id", at) // of Shopify's oldest files, and of those that a person made smaller
		}
	}
	if !chosen {
		return badExport(fmt.Sprintf("No column holds the order's id. Name it: --map COLUMN=order_id. There are: %q.", slices.Sorted(maps.Keys(places))))
	}
	return nil
}

// choose takes a column for a field, unless others have the same name: they
// would tell something else.
func (e *storeExport) choose(field string, at []int) error {
	if len(at) > 1 {
		return badExport(fmt.Sprintf("Columns %d and %d are named alike, %q and %q: rename the one that is not to be read as %s.",
			at[0]+1, at[1]+1, e.header[at[0]], e.header[at[1]], field))
	}
	e.columns[field] = at[0]
	return nil
}

func badExport(message string) error { return fault.New(fault.Invalid, "", message) }

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
// each item, and the lines that tell of none. An error is the last.
func (e *storeExport) orders() iter.Seq2[ExportOrder, error] {
	return func(yield func(ExportOrder, error) bool) {
		var before begun
		for {
			record, err := e.table.Read()
			var broken *csv.ParseError
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &broken):
				why, lost := e.broken(record, broken)
				if lost {
					yield(ExportOrder{}, badExport(why))
					return
				}
				if !yield(ExportOrder{Line: broken.StartLine + e.skipped, OrderID: tame(e.cell(record, "order_id"), orders.MaxOrderID), Unreadable: why}, nil) {
					return
				}
				continue
			case err != nil:
				yield(ExportOrder{}, &fault.Error{Kind: fault.Unavailable, Message: "This file cannot be read to its end.", Err: err})
				return
			}
			if e.continues(record, before) {
				continue
			}
			before = e.begun(record)
			if !yield(e.order(record), nil) {
				return
			}
		}
	}
}

// broken says what is wrong with a line that is no CSV, of which the record has
// the cells before. The place in the file is lost where a quoted cell goes wrong
// on another line than it begins: nobody knows how many orders went into it.
func (e *storeExport) broken(record []string, broken *csv.ParseError) (why string, lost bool) {
	line := broken.StartLine
	if last := len(record) - 1; last >= 0 {
		line, _ = e.table.FieldPos(last)
		line += strings.Count(record[last], "\n")
	}
	column := e.columnName(len(record))
	if errors.Is(broken.Err, csv.ErrQuote) && broken.Line > line {
		return fmt.Sprintf("The quote that opens in line %d, column %s, is not closed, or one inside it is not doubled: the rest of the file could not be read, so nothing was compared.",
			line+e.skipped, column), true
	}
	return fmt.Sprintf("In column %s a quote is out of place or not closed: a cell with quotes in it stands in quotes itself, and those inside are doubled.", column), false
}

// columnName gives the name of a column, or its number where the header has none.
func (e *storeExport) columnName(place int) string {
	if place < len(e.header) && e.header[place] != "" {
		return strconv.Quote(e.header[place])
	}
	return strconv.Itoa(place + 1)
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

func (e *storeExport) cell(record []string, field string) string {
	if place, ok := e.columns[field]; ok && place < len(record) {
		return strings.TrimSpace(record[place])
	}
	return ""
}

// mostDigits is a currency with as many digits as any has: whatever is an amount
// is one in it.
const mostDigits = "CLF"

func (e *storeExport) order(record []string) ExportOrder {
	line, _ := e.table.FieldPos(0)
	id, status := strings.Clone(e.cell(record, "order_id")), e.cell(record, "status")
	o := ExportOrder{Line: line + e.skipped, OrderID: id}
	switch {
	case id == "" || len(id) > orders.MaxOrderID || !orders.Printable(id):
		o.OrderID = tame(id, orders.MaxOrderID)
		return e.unreadable(o, record, "order_id", fmt.Sprintf("an order's id is wanted, printable text of 1 to %d bytes", orders.MaxOrderID))
	case rounded.MatchString(id):
		return e.unreadable(o, record, "order_id", "an order's id is wanted, and a spreadsheet has rounded this one. Export anew, and do not save the file from there")
	case status != "" && !isPlaced(strings.TrimPrefix(strings.ToLower(status), "wc-")):
		o.NotPlaced = strings.Clone(status)
		return o
	}
	o.Placed = status != ""
	total, code := e.cell(record, "total"), strings.ToUpper(strings.Clone(e.cell(record, "currency")))
	if code != "" && !currency.IsValid(code) {
		return e.unreadable(o, record, "currency", "a currency is wanted, by its code such as EUR")
	}
	if _, ok := exportAmount(total, cmp.Or(code, mostDigits)); total != "" && !ok {
		wanted := "an amount"
		if code != "" {
			wanted += " in " + code
		}
		return e.unreadable(o, record, "total", wanted+" is wanted, such as 1999.00")
	}
	if _, told := e.columns["placed_at"]; told {
		var ok bool
		if o.PlacedAt, o.Lasts, ok = exportTime(e.cell(record, "placed_at"), e.zone); !ok {
			return e.unreadable(o, record, "placed_at", "a time is wanted, such as 2024-05-31 08:30:00 +0800, or 5/31/2024 with the month first")
		}
	}
	o.Total, o.Currency = tame(strings.Clone(total), len(total)), code
	return o
}

// unreadable says what stands in a cell, and what is wanted there.
func (e *storeExport) unreadable(o ExportOrder, record []string, field, wanted string) ExportOrder {
	found := "nothing"
	if cell := e.cell(record, field); cell != "" {
		found = fmt.Sprintf("%.60q", cell)
	}
	o.Unreadable = fmt.Sprintf("In column %s stands %s: %s.", e.columnName(e.columns[field]), found, wanted)
	return o
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
