package community

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// ExportInfo tells what an export holds and lets anybody check it.
type ExportInfo struct {
	Sort           Sort      `json:"sort"`
	FormulaVersion string    `json:"formula_version"`
	AsOf           time.Time `json:"as_of"`
	Rows           int       `json:"rows"`
	SHA256         string    `json:"sha256" doc:"Of the CSV export's lines after the first, in hexadecimal; the same for every format."`
}

// exportWriters are the formats.
var exportWriters = map[string]func(io.Writer, ExportInfo, []exportRow) error{
	"csv": func(w io.Writer, info ExportInfo, rows []exportRow) error {
		return writeCSV(w, info, rows, true)
	},
	"xlsx": writeXLSX,
	"json": writeJSON,
}

// Export writes the ranking of all visible ideas to w. Format "" is csv and
// Sort "" is top.
//
// Votes and comments count as they stood at AsOf, and AsOf in another export
// gives the same bytes again, unless a title, a status, a name or what is
// hidden has changed in between: these are as of today, so that what a
// moderator took down does not come back.
//
// It returns Invalid naming format, sort or as_of (in the future).
func (s *Service) Export(ctx context.Context, w io.Writer, o ExportOptions) (ExportInfo, error) {
	o, err := o.clean(s.db.Clock().Now())
	if err != nil {
		return ExportInfo{}, err
	}
	var rows []exportRow
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		rows, err = exportRows(tx, o)
		return err
	})
	if err != nil {
		return ExportInfo{}, err
	}
	// Out of the transaction: w may be as slow as somebody's telephone.
	info := ExportInfo{Sort: o.Sort, FormulaVersion: formulaVersion, AsOf: o.AsOf, Rows: len(rows)}
	digest := sha256.New()
	if err := writeCSV(digest, info, rows, false); err != nil {
		return ExportInfo{}, fault.Wrap(err, "digest of an export")
	}
	info.SHA256 = hex.EncodeToString(digest.Sum(nil))
	return info, fault.Wrap(exportWriters[o.Format](w, info, rows), "write an export")
}

// clean checks the options and fills in what is left to us.
func (o ExportOptions) clean(now time.Time) (ExportOptions, error) {
	var wrong fault.Fields
	o.Sort = cleanSort(&wrong, o.Sort)
	if o.Format == "" {
		o.Format = "csv"
	}
	if exportWriters[o.Format] == nil {
		wrong.Add("format", "export.format", "The format must be csv, xlsx or json.", o.Format, nil)
	}
	if o.AsOf.IsZero() {
		o.AsOf = now
	}
	o.AsOf = o.AsOf.UTC().Truncate(time.Microsecond)
	if o.AsOf.After(now) {
		wrong.Add("as_of", "export.future", "The ranking of a time to come is not known yet.", o.AsOf, nil)
	}
	return o, wrong.Err()
}
