package community

import (
	"encoding/csv"
	"io"
	"strconv"

	"fanfare/sheet"
)

// writeCSV writes rows as RFC 4180 has it, but with bare line feeds, in UTF-8
// without a byte order mark: parsers take the mark for a part of the first
// column's name, and Excel users have XLSX. How the ranking was made stands in
// columns of its own, for a comment line would break parsers too.
func writeCSV(w io.Writer, info ExportInfo, rows []exportRow, header bool) error {
	out := csv.NewWriter(w)
	record := make([]string, len(exportColumns))
	if header {
		for i, column := range exportColumns {
			record[i] = column.name
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	for _, row := range rows {
		for i, column := range exportColumns {
			record[i] = csvCell(column.value(info, row))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvCell(value any) string {
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return sheet.Defuse(v)
	}
	return ""
}
