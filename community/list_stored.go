package community

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"fanfare/storage"
)

// storedPage gives a page in an order that columns hold, so that the database
// walks an index. The cursor is the key of the last idea: what comes or goes
// before it moves nothing.
func storedPage(tx *storage.Tx, q Query) (storage.Page[Idea], error) {
	order := orders[q.Sort]
	parts, err := storage.DecodeCursor(q.Cursor, len(order)+1)
	if err != nil {
		return storage.Page[Idea]{}, err
	}
	ideas := withAuthors(q.filter(tx), "*")
	if parts != nil {
		if parts[0] != string(q.Sort) {
			return storage.Page[Idea]{}, storage.InvalidCursor()
		}
		condition, args, err := order.after(parts[1:])
		if err != nil {
			return storage.Page[Idea]{}, err
		}
		ideas = ideas.Where(condition, args...)
	}
	var rows []Idea
	if err := ideas.Order(order.sql()).Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return storage.Page[Idea]{}, err
	}
	return storage.NewPage(rows, q.Limit, func(last Idea) string {
		return storage.EncodeCursor(append([]string{string(q.Sort)}, order.key(last)...)...)
	}), nil
}

// ordering is the columns of a total order, the last one unique.
type ordering []column

// column is one of them, with the way of its values into a cursor and back.
type column struct {
	name       string
	descending bool
	write      func(Idea) string
	read       func(string) (any, error)
}

// orders are the sorts that do not depend on the clock; compare in ranking.go
// says the same in Go.
var orders = map[Sort]ordering{
	Top: {
		integer("votes", true, func(i Idea) int64 { return i.Votes }),
		integer("votes_30d", true, func(i Idea) int64 { return i.Votes30d }),
		instant("created_at", false, func(i Idea) time.Time { return i.CreatedAt }),
		byNumber(false),
	},
	Trending: {
		{"trend", true, func(i Idea) string { return strconv.FormatFloat(i.Trend, 'g', -1, 64) }, readFloat},
		byNumber(false),
	},
	Recent: {
		instant("created_at", true, func(i Idea) time.Time { return i.CreatedAt }),
		byNumber(true),
	},
	Discussed: {
		integer("comments", true, func(i Idea) int64 { return i.Comments }),
		integer("votes", true, func(i Idea) int64 { return i.Votes }),
		byNumber(false),
	},
}

func byNumber(descending bool) column {
	return integer("number", descending, func(i Idea) int64 { return i.Number })
}

func integer(name string, descending bool, of func(Idea) int64) column {
	return column{
		name, descending,
		func(i Idea) string { return strconv.FormatInt(of(i), 10) },
		func(s string) (any, error) { return strconv.ParseInt(s, 10, 64) },
	}
}

func instant(name string, descending bool, of func(Idea) time.Time) column {
	return column{
		name, descending,
		func(i Idea) string { return of(i).UTC().Format(time.RFC3339Nano) },
		func(s string) (any, error) { return readInstant(s) },
	}
}

// readInstant gives the time in UTC: SQLite compares times as texts.
func readInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err
}

// readFloat refuses what is no number: the databases order that differently.
func readFloat(s string) (any, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(f) || math.IsInf(f, 0)) {
		err = strconv.ErrRange
	}
	return f, err
}

// sql gives the ORDER BY.
func (o ordering) sql() string {
	parts := make([]string, len(o))
	for i, c := range o {
		parts[i] = "ideas." + c.name
		if c.descending {
			parts[i] += " DESC"
		}
	}
	return strings.Join(parts, ", ")
}

// key gives the place of an idea in the order.
func (o ordering) key(idea Idea) []string {
	parts := make([]string, len(o))
	for i, c := range o {
		parts[i] = c.write(idea)
	}
	return parts
}

// after gives the condition for what comes after a key. SQL compares rows as
// wholes in one direction alone, so it is spelled out, from the last column:
// a <= x AND (a < x OR b <= y AND (b < y OR …)). The first comparison lets the
// database seek in the index.
func (o ordering) after(key []string) (condition string, args []any, err error) {
	for i := len(o) - 1; i >= 0; i-- {
		value, err := o[i].read(key[i])
		if err != nil {
			return "", nil, storage.InvalidCursor()
		}
		beyond := ">"
		if o[i].descending {
			beyond = "<"
		}
		name := "ideas." + o[i].name
		if condition == "" {
			condition, args = fmt.Sprintf("%s %s ?", name, beyond), []any{value}
			continue
		}
		condition = fmt.Sprintf("%s %s= ? AND (%s %s ? OR %s)", name, beyond, name, beyond, condition)
		args = append([]any{value, value}, args...)
	}
	return condition, args, nil
}
