package community

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"fanfare/fault"
)

// Bounds of an import: far beyond any forum, and within a machine's memory.
const (
	maxTableBytes = 256 << 20 // of JSON, unpacked
	maxTableRows  = 2_000_000
	maxZipEntries = 200_000 // pictures included, which are never opened
	maxCSVBytes   = 256 << 20
	maxCSVRows    = 200_000
)

// zipTables are the files of a zip by their names. A name is compared and
// never used as a path.
type zipTables struct {
	files map[string]*zip.File
	most  int64 // bytes of one, unpacked
}

// openTables finds the wanted files, each of which must be there once.
func openTables(r io.ReaderAt, size, most int64, wanted ...string) (zipTables, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return zipTables{}, badFile("This is no zip file, or a damaged one.", err)
	}
	if len(archive.File) > maxZipEntries {
		return zipTables{}, badFile(fmt.Sprintf("The zip holds %d files, and at most %d are looked at.", len(archive.File), maxZipEntries), nil)
	}
	found := map[string]*zip.File{}
	for _, file := range archive.File {
		if found[file.Name] != nil {
			return zipTables{}, badFile(fmt.Sprintf("The zip holds %q twice.", file.Name), nil)
		}
		found[file.Name] = file
	}
	for _, name := range wanted {
		if found[name] == nil {
			return zipTables{}, badFile("The zip holds no "+name+": is it Fider's export, as it came?", nil)
		}
	}
	return zipTables{found, most}, nil
}

// eachRow reads a JSON array and hands out its elements one by one, with their
// place, counted from 1. An element of another shape goes to reject instead.
func eachRow[T any](tables zipTables, name string, reject func(where, reason string), visit func(place int, row T)) error {
	file, err := tables.files[name].Open()
	if err != nil {
		return badFile(name+" in the zip cannot be read.", err)
	}
	defer file.Close()
	limited := &io.LimitedReader{R: file, N: tables.most + 1}
	decoder := json.NewDecoder(fullReader{limited})
	err = eachElement(decoder, visit, func(place int, err error) {
		reject(fmt.Sprintf("%s, element %d", name, place), "It is not as Fider writes it: "+err.Error()+".")
	})
	switch {
	case limited.N <= 0:
		return badFile(fmt.Sprintf("%s in the zip is larger than %d bytes.", name, tables.most), nil)
	case err != nil:
		return badFile(name+" in the zip is no list in JSON, or a damaged one.", err)
	}
	return nil
}

func eachElement[T any](decoder *json.Decoder, visit func(place int, row T), mistyped func(place int, err error)) error {
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('[') {
		return errors.Join(err, errors.New("no list begins"))
	}
	for place := 1; decoder.More(); place++ {
		if place > maxTableRows {
			return fmt.Errorf("more than %d elements", maxTableRows)
		}
		// In two steps: what is no JSON ends the reading, what is no row does not.
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return err
		}
		var row T
		if err := json.Unmarshal(raw, &row); err != nil {
			mistyped(place, err)
		} else {
			visit(place, row)
		}
	}
	_, err := decoder.Token() // the closing bracket
	return err
}

// fullReader fills all it is given. A json.Decoder looks for the next token
// from the start of its buffer after each read: with the short reads of an
// unpacker, a long run of spaces would cost the square of its length.
type fullReader struct{ r io.Reader }

func (f fullReader) Read(p []byte) (int, error) {
	n, err := io.ReadFull(f.r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // what was read first; the end comes with the next call
	}
	return n, err
}

func badFile(message string, cause error) error {
	return &fault.Error{Kind: fault.Invalid, Message: message, Err: cause}
}
