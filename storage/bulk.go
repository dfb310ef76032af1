package storage

import (
	"fmt"
	"math/bits"
	"strings"
)

// Bulk is a statement over a list of rows. Its text is made once for each
// power of two of rows, so that the database meets few texts and knows them
// again.
type Bulk struct {
	texts map[Dialect][]string // of 1, 2, 4, … rows
}

// maxRows is the number of rows that one statement holds at the most. More make
// neither database quicker, measured on orders.
var maxRows = map[Dialect]int{SQLite: 16, Postgres: 128}

// NewBulk makes a statement that has rows of so many columns between its two
// texts: before (?, ?), (?, ?) after.
func NewBulk(before string, columns int, after string) Bulk {
	b := Bulk{texts: make(map[Dialect][]string)}
	for dialect, most := range maxRows {
		for rows := 1; rows <= most; rows *= 2 {
			b.texts[dialect] = append(b.texts[dialect], before+placeholders(dialect, rows, columns)+after)
		}
	}
	return b
}

func placeholders(dialect Dialect, rows, columns int) string {
	var list strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			list.WriteString("(")
		case i%columns == 0:
			list.WriteString("), (")
		default:
			list.WriteString(", ")
		}
		if dialect == Postgres {
			fmt.Fprintf(&list, "$%d", i+1)
		} else {
			list.WriteString("?")
		}
	}
	return list.String() + ")"
}

// Each cuts n rows into pieces and calls do with the statement for rows
// [from, to), until one fails.
func (b Bulk) Each(dialect Dialect, n int, do func(statement string, from, to int) error) error {
	texts := b.texts[dialect]
	for from := 0; from < n; {
		size := min(bits.Len(uint(n-from)), len(texts)) - 1 // log2
		to := from + 1<<size
		if err := do(texts[size], from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}
