package storage

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"fanfare/fault"
)

// Bounds of a list's limit.
const (
	defaultPageSize = 20
	maxPageSize     = 1000
)

// Page is one page of a list.
type Page[T any] struct {
	Items      []T
	NextCursor string // of the next page; "" on the last one
}

// NewPage makes a page of size items out of rows, for which the caller asked
// the database for size+1: a row too many tells that there is a next page. The
// cursor of the last item shown leads to it.
func NewPage[T any](rows []T, size int, cursor func(last T) string) Page[T] {
	if rows == nil {
		rows = []T{} // a list without items is [] in JSON, never null
	}
	if len(rows) <= size {
		return Page[T]{Items: rows}
	}
	rows = rows[:size]
	return Page[T]{Items: rows, NextCursor: cursor(rows[size-1])}
}

// PageSize gives the number of items for the limit that was asked for: 20 for
// none (0), Invalid unless it is between 1 and 1,000.
func PageSize(asked int) (int, error) {
	switch {
	case asked == 0:
		return defaultPageSize, nil
	case asked >= 1 && asked <= maxPageSize:
		return asked, nil
	}
	var wrong fault.Fields
	wrong.Add("limit", "page.limit", "The limit must be between 1 and 1,000.", asked, fault.Args{"Min": 1, "Max": maxPageSize})
	return 0, wrong.Err()
}

// cursorCode is strict, so that a cursor is written in one way alone.
var cursorCode = base64.RawURLEncoding.Strict()

// EncodeCursor makes an opaque cursor of the values that the last item was
// sorted by, its id last among them. The parts are UTF-8 without NUL. A cursor
// hides nothing: no secrets, and whoever decodes it checks what it says.
func EncodeCursor(parts ...string) string {
	coded := make([]string, len(parts))
	for i, part := range parts {
		coded[i] = cursorCode.EncodeToString([]byte(part))
	}
	return strings.Join(coded, ".")
}

// DecodeCursor gives back the parts of a cursor that holds as many as parts
// says. No cursor ("", the first page) is nil without an error; anything that
// EncodeCursor cannot have made is Invalid.
func DecodeCursor(cursor string, parts int) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	coded := strings.Split(cursor, ".")
	if len(coded) != parts {
		return nil, InvalidCursor()
	}
	values := make([]string, parts)
	for i, code := range coded {
		// The decoder skips line breaks, and PostgreSQL takes neither NUL nor
		// broken UTF-8 in a text.
		value, err := cursorCode.DecodeString(code)
		if err != nil || strings.ContainsAny(code, "\r\n") || !utf8.Valid(value) || strings.ContainsRune(string(value), 0) {
			return nil, InvalidCursor()
		}
		values[i] = string(value)
	}
	return values, nil
}

// EncodeIDCursor makes the cursor of a list that is sorted by id alone.
func EncodeIDCursor(id int64) string { return EncodeCursor(strconv.FormatInt(id, 10)) }

// DecodeIDCursor gives back the id, 0 for no cursor. Ids begin at 1: anything
// else is Invalid.
func DecodeIDCursor(cursor string) (int64, error) {
	parts, err := DecodeCursor(cursor, 1)
	if parts == nil {
		return 0, err
	}
	id, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || id < 1 {
		return 0, InvalidCursor()
	}
	return id, nil
}

// InvalidCursor is the error for a cursor whose parts make no sense, for those
// who parse them further.
func InvalidCursor() error {
	var wrong fault.Fields
	wrong.Add("cursor", "page.cursor", "This cursor did not come from this list.", nil, nil)
	return wrong.Err()
}
