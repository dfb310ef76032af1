package community

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// csvFields are what a column can mean: Fider's own columns, as
// app/pkg/csv of github.com/getfider/fider writes them, and two more.
var csvFields = []string{
	"number", "title", "description", "created_at", "created_by", "votes_count", "comments_count", "status",
	"responded_by", "responded_at", "response", "original_number", "original_title", "tags",
	"created_by_email", "locale",
}

// csvReader turns records into ideas.
type csvReader struct {
	set     ImportSet
	columns map[string]int // place of each field's column
}

// ReadCSV reads ideas from a table with a header, in UTF-8 with or without a
// byte order mark, separated by commas, semicolons or tabs. A column means the
// field of its name, or the one that mapping gives for it. Votes and comments
// are only numbers in such a file, so they are left out and counted. It
// returns Invalid when there is no title or the mapping does not fit; single
// rows that make no sense stand in the set's Rejected.
func ReadCSV(r io.Reader, source string, mapping map[string]string) (ImportSet, error) {
	limited := &io.LimitedReader{R: r, N: maxCSVBytes + 1}
	buffered := bufio.NewReaderSize(limited, 64<<10)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = buffered.Discard(3) // it was there a moment ago
	}
	table := csv.NewReader(buffered)
	table.Comma = separator(buffered)
	header, err := table.Read()
	if err != nil {
		return ImportSet{}, badFile("This file has no header: the first line names the columns.", err)
	}
	columns, err := mapColumns(header, mapping)
	if err != nil {
		return ImportSet{}, err
	}
	c := &csvReader{columns: columns, set: ImportSet{Source: source, People: map[string]ImportPerson{}}}
	if err := c.readRows(table); err != nil {
		return ImportSet{}, err
	}
	if limited.N <= 0 {
		return ImportSet{}, badFile(fmt.Sprintf("This file is larger than %d MB.", maxCSVBytes>>20), nil)
	}
	return c.set, nil
}

// separator guesses from the first line: spreadsheets write semicolons where
// the comma stands in numbers.
func separator(r *bufio.Reader) rune {
	start, _ := r.Peek(64 << 10)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, other := range ";\t" {
		if n := bytes.Count(line, []byte(string(other))); n > most {
			best, most = other, n
		}
	}
	return best
}

// mapColumns gives the place of each field's column.
func mapColumns(header []string, mapping map[string]string) (map[string]int, error) {
	places := map[string]int{}
	columns := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		places[name] = i
		if field := strings.ToLower(name); mapping[name] == "" && slices.Contains(csvFields, field) {
			columns[field] = i
		}
	}
	chosen := map[string]string{}
	for _, column := range slices.Sorted(maps.Keys(mapping)) {
		field := mapping[column]
		place, there := places[column]
		switch {
		case !there:
			return nil, badFile(fmt.Sprintf("There is no column %q. There are: %q.", column, header), nil)
		case !slices.Contains(csvFields, field):
			return nil, badFile(fmt.Sprintf("%q is not known. A column can be: %s.", field, strings.Join(csvFields, ", ")), nil)
		case chosen[field] != "":
			return nil, badFile(fmt.Sprintf("Both %q and %q are mapped to %s.", chosen[field], column, field), nil)
		}
		chosen[field], columns[field] = column, place
	}
	if _, ok := columns["title"]; !ok {
		return nil, badFile(fmt.Sprintf("No column holds the title. Name it: --map COLUMN=title. There are: %q.", header), nil)
	}
	return columns, nil
}

func (c *csvReader) readRows(table *csv.Reader) error {
	for rows := 0; ; rows++ {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if rows == maxCSVRows {
			return badFile(fmt.Sprintf("This file has more than %d rows.", maxCSVRows), nil)
		}
		var broken *csv.ParseError
		switch {
		case errors.As(err, &broken):
			c.reject(broken.StartLine, "This row cannot be read: "+broken.Err.Error()+".")
		case err != nil:
			return badFile("This file cannot be read to its end.", err)
		default:
			line, _ := table.FieldPos(0)
			c.readRow(line, record)
		}
	}
}

func (c *csvReader) reject(line int, reason string) {
	c.set.Rejected = append(c.set.Rejected, Rejection{lineName(line), reason})
}

func lineName(line int) string { return fmt.Sprintf("line %d", line) }

func (c *csvReader) readRow(line int, record []string) {
	get := func(field string) string {
		if place, ok := c.columns[field]; ok {
			return strings.TrimSpace(record[place])
		}
		return ""
	}
	var wrong []string
	votes, comments := csvCount(&wrong, "votes_count", get), csvCount(&wrong, "comments_count", get)
	idea := ImportIdea{
		Where: lineName(line), RemoteID: get("number"),
		Draft:    IdeaDraft{Title: get("title"), Body: get("description"), Tags: strings.Split(get("tags"), ","), Locale: get("locale")},
		Author:   c.person(get("created_by"), get("created_by_email")),
		Response: get("response"), VotesOnly: votes, CommentsOnly: comments,
	}
	if at := csvTime(&wrong, "created_at", get); at != nil {
		idea.CreatedAt = *at
	}
	idea.RespondedAt = csvTime(&wrong, "responded_at", get)
	if name := get("responded_by"); name != "" {
		idea.RespondedBy = c.person(name, "")
	}
	if idea.RemoteID == "" { // the row itself, so that it is known again
		sum := sha256.Sum256([]byte(strings.Join([]string{idea.Draft.Title, idea.Draft.Body, idea.Author, get("created_at")}, "\x00")))
		idea.RemoteID = "row " + hex.EncodeToString(sum[:16])
	}
	switch status := strings.ToLower(get("status")); {
	case len(wrong) > 0:
		c.reject(line, strings.Join(wrong, " "))
	case status == "duplicate":
		c.set.Duplicates++
	case status == "deleted":
		c.set.Deleted++
	default:
		idea.Status = Status(status)
		c.set.Ideas = append(c.set.Ideas, idea)
		return
	}
	c.set.VotesLeftOut += votes
	c.set.CommentsLeftOut += comments
}

// person notes an author, whom the file knows by email or by name alone.
func (c *csvReader) person(name, email string) string {
	key := "name " + name
	if email != "" {
		key = "email " + strings.ToLower(email)
	}
	if _, known := c.set.People[key]; !known {
		c.set.People[key] = ImportPerson{Email: email, Name: name}
	}
	return key
}

// csvCount reads a number that may be missing.
func csvCount(wrong *[]string, field string, get func(string) string) int64 {
	text := get(field)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		*wrong = append(*wrong, fmt.Sprintf("%s: %q is not a number.", field, text))
		return 0
	}
	return n
}

// csvTimes are the ways to write a time that mean one thing alone; without a
// zone it is UTC.
var csvTimes = []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"}

// csvTime reads a time that may be missing.
func csvTime(wrong *[]string, field string, get func(string) string) *time.Time {
	text := get(field)
	if text == "" {
		return nil
	}
	for _, layout := range csvTimes {
		if at, err := time.Parse(layout, text); err == nil {
			return &at
		}
	}
	*wrong = append(*wrong, fmt.Sprintf("%s: %q is not a time such as 2024-05-31T08:30:00Z.", field, text))
	return nil
}
