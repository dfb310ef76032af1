package web

import (
	"math"
	"slices"

	"github.com/bojanz/currency"

	"fanfare/campaigns/reports"
	"fanfare/sheet"
)

// withCounts adds to a table a row for each of counts: the cells that begin
// gives for it, then clicks, orders, units and, in a column for each currency,
// the revenue in its major unit. Sums of money in one column would invite
// adding up what cannot be.
func withCounts(t sheet.Table, counts []reports.Counts, begin func(i int) []any) sheet.Table {
	var currencies []string
	for _, c := range counts {
		for _, m := range c.Revenue {
			if i, found := slices.BinarySearch(currencies, m.Currency); !found {
				currencies = slices.Insert(currencies, i, m.Currency)
			}
		}
	}
	t.Columns = append(t.Columns, "clicks", "orders", "units")
	for _, code := range currencies {
		t.Columns = append(t.Columns, "revenue_"+code)
	}
	for i, c := range counts {
		row := append(begin(i), c.Clicks, c.Orders, c.Units)
		for _, code := range currencies {
			row = append(row, revenueIn(c, code))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// revenueIn gives what came in a currency, in its major unit.
func revenueIn(c reports.Counts, code string) float64 {
	digits, known := currency.GetDigits(code)
	if !known {
		digits = 2
	}
	for _, m := range c.Revenue {
		if m.Currency == code {
			return float64(m.Total) / math.Pow10(int(digits))
		}
	}
	return 0
}
