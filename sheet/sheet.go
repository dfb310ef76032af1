// Package sheet writes tables for spreadsheets: as CSV and as XLSX.
package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Table is one sheet. A cell is an int64, a float64, a string, or nil for an
// empty one.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]any
}

// CSV writes a table as RFC 4180 has it, but with bare line feeds, in UTF-8
// without a byte order mark: parsers take the mark for a part of the first
// column's name, and Excel users have XLSX.
func CSV(w io.Writer, t Table) error {
	out := csv.NewWriter(w)
	if err := out.Write(t.Columns); err != nil {
		return err
	}
	record := make([]string, len(t.Columns))
	for _, row := range t.Rows {
		for i, cell := range row {
			record[i] = csvCell(cell)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvCell(cell any) string {
	switch v := cell.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return Defuse(v)
	}
	return ""
}

// formulaStarts begin what a spreadsheet takes for a formula; the wide ones do
// so in Chinese and Japanese editions. See OWASP, "CSV Injection".
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// Defuse puts an apostrophe before a text that a spreadsheet would calculate.
func Defuse(text string) string {
	if strings.IndexAny(text, formulaStarts) == 0 {
		return "'" + text
	}
	return text
}

// XLSX writes a workbook with a sheet for each table, made at an instant.
// Texts are stored as texts, so none is calculated. Rows are streamed: a
// workbook may have many.
func XLSX(w io.Writer, at time.Time, tables ...Table) error {
	book := excelize.NewFile()
	defer book.Close()
	for i, t := range tables {
		var err error
		if i == 0 {
			err = book.SetSheetName("Sheet1", t.Name)
		} else {
			_, err = book.NewSheet(t.Name)
		}
		if err != nil {
			return err
		}
		if err := writeSheet(book, t); err != nil {
			return err
		}
	}
	stamp := at.UTC().Truncate(time.Second).Format(time.RFC3339)
	if err := book.SetDocProps(&excelize.DocProperties{Creator: "Fanfare", Created: stamp, Modified: stamp}); err != nil {
		return err
	}
	return book.Write(w)
}

func writeSheet(book *excelize.File, t Table) error {
	out, err := book.NewStreamWriter(t.Name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, max(1, len(t.Columns)), 16); err != nil {
		return err
	}
	err = out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	head := make([]any, len(t.Columns))
	for i, name := range t.Columns {
		head[i] = name
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	for i, row := range t.Rows {
		start, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err
		}
		if err := out.SetRow(start, row); err != nil {
			return err
		}
	}
	return out.Flush()
}
