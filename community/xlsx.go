package community

import (
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	rankingSheet = "Ranking"
	aboutSheet   = "About"
)

// writeXLSX writes a workbook of the ranking and a second sheet that tells how
// it was made. Texts are stored as texts, so none is calculated. Nothing in the
// file depends on when or where it was written.
func writeXLSX(w io.Writer, info ExportInfo, rows []exportRow) error {
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", rankingSheet); err != nil {
		return err
	}
	// One stream alone: excelize writes several in a random order.
	if err := writeRankingSheet(book, info, rows); err != nil {
		return err
	}
	if err := writeAboutSheet(book, info); err != nil {
		return err
	}
	at := info.AsOf.Truncate(time.Second).Format(time.RFC3339)
	if err := book.SetDocProps(&excelize.DocProperties{Creator: "Fanfare", Created: at, Modified: at}); err != nil {
		return err
	}
	return book.Write(w)
}

func writeRankingSheet(book *excelize.File, info ExportInfo, rows []exportRow) error {
	sheet, err := book.NewStreamWriter(rankingSheet)
	if err != nil {
		return err
	}
	if err := sheet.SetColWidth(3, 3, 60); err != nil { // the title
		return err
	}
	err = sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	cells := make([]any, len(exportColumns))
	for i, column := range exportColumns {
		cells[i] = column.name
	}
	if err := sheet.SetRow("A1", cells); err != nil {
		return err
	}
	for n, row := range rows {
		for i, column := range exportColumns {
			cells[i] = column.value(info, row)
		}
		start, err := excelize.CoordinatesToCellName(1, n+2)
		if err != nil {
			return err
		}
		if err := sheet.SetRow(start, cells); err != nil {
			return err
		}
	}
	return sheet.Flush()
}

func writeAboutSheet(book *excelize.File, info ExportInfo) error {
	if _, err := book.NewSheet(aboutSheet); err != nil {
		return err
	}
	for i, line := range [][]any{
		{"sort", string(info.Sort)},
		{"formula_version", info.FormulaVersion},
		{"as_of", info.AsOf.Format(time.RFC3339Nano)},
		{"rows", info.Rows},
		{"sha256", info.SHA256},
	} {
		start, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := book.SetSheetRow(aboutSheet, start, &line); err != nil {
			return err
		}
	}
	return book.SetColWidth(aboutSheet, "A", "B", 24)
}
