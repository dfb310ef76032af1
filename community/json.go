package community

import (
	"bytes"
	"encoding/json"
	"io"
)

// writeJSON writes an object of the export's description and its rows.
func writeJSON(w io.Writer, info ExportInfo, rows []exportRow) error {
	var b bytes.Buffer
	if err := encodeJSON(&b, info); err != nil {
		return err
	}
	head := append([]byte(`{"export":`), bytes.TrimSpace(b.Bytes())...)
	if _, err := w.Write(append(head, []byte(",\"items\":[\n")...)); err != nil {
		return err
	}
	for i, row := range rows {
		b.Reset()
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encodeJSON(&b, row); err != nil {
			return err
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "]}\n")
	return err
}

// encodeJSON writes one value and a line break, with < and & as they are:
// this is no HTML.
func encodeJSON(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
