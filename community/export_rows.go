package community

import (
	"strings"
	"time"

	"gorm.io/gorm"

	"fanfare/storage"
)

// exportRow is one idea of an export: every number that the formula took, and
// what it made of them.
type exportRow struct {
	Rank        int       `json:"rank"`
	Number      int64     `json:"number"`
	Title       string    `json:"title"`
	Status      Status    `json:"status"`
	Tags        []string  `json:"tags"`
	Author      string    `json:"author"`
	Locale      string    `json:"locale"`
	CreatedAt   time.Time `json:"created_at"`
	AgeDays     float64   `json:"age_days"`
	Votes       int64     `json:"votes"`
	Votes30d    int64     `json:"votes_30d"`
	Comments    int64     `json:"comments"`
	Comments30d int64     `json:"comments_30d"`
	RawScore    *float64  `json:"raw_score"` // null where the formula has no value
	Score       *float64  `json:"score"`
	Lower       *float64  `json:"lower"` // null where the formula has no bounds
	Upper       *float64  `json:"upper"`
}

// exportColumns are the columns of CSV and XLSX, in their order; a value is an
// int64, a float64, a string, or nil for an empty cell.
var exportColumns = []struct {
	name  string
	value func(ExportInfo, exportRow) any
}{
	{"rank", func(_ ExportInfo, r exportRow) any { return int64(r.Rank) }},
	{"number", func(_ ExportInfo, r exportRow) any { return r.Number }},
	{"title", func(_ ExportInfo, r exportRow) any { return r.Title }},
	{"status", func(_ ExportInfo, r exportRow) any { return string(r.Status) }},
	{"tags", func(_ ExportInfo, r exportRow) any { return strings.Join(r.Tags, " ") }},
	{"author", func(_ ExportInfo, r exportRow) any { return r.Author }},
	{"locale", func(_ ExportInfo, r exportRow) any { return r.Locale }},
	{"created_at", func(_ ExportInfo, r exportRow) any { return r.CreatedAt.Format(time.RFC3339Nano) }},
	{"age_days", func(_ ExportInfo, r exportRow) any { return r.AgeDays }},
	{"votes", func(_ ExportInfo, r exportRow) any { return r.Votes }},
	{"votes_30d", func(_ ExportInfo, r exportRow) any { return r.Votes30d }},
	{"comments", func(_ ExportInfo, r exportRow) any { return r.Comments }},
	{"comments_30d", func(_ ExportInfo, r exportRow) any { return r.Comments30d }},
	{"raw_score", func(_ ExportInfo, r exportRow) any { return optional(r.RawScore) }},
	{"score", func(_ ExportInfo, r exportRow) any { return optional(r.Score) }},
	{"lower", func(_ ExportInfo, r exportRow) any { return optional(r.Lower) }},
	{"upper", func(_ ExportInfo, r exportRow) any { return optional(r.Upper) }},
	{"sort", func(i ExportInfo, _ exportRow) any { return string(i.Sort) }},
	{"formula_version", func(i ExportInfo, _ exportRow) any { return i.FormulaVersion }},
	{"as_of", func(i ExportInfo, _ exportRow) any { return i.AsOf.Format(time.RFC3339Nano) }},
}

// optional gives nil without a type for a nil pointer.
func optional(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// exportRows ranks all visible ideas as of o.AsOf.
func exportRows(tx *storage.Tx, o ExportOptions) ([]exportRow, error) {
	var ideas []Idea
	err := withAuthors(tx.Model(&Idea{}), "number, ideas.title, ideas.status, ideas.locale, ideas.created_at").
		Where("ideas.hidden_at IS NULL AND ideas.created_at <= ?", o.AsOf).Find(&ideas).Error
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(tx.DB)
	if err != nil {
		return nil, err
	}
	byNumber := make(map[int64]Idea, len(ideas))
	tallies := make([]tally, len(ideas))
	for i, idea := range ideas {
		idea.Tags = orEmpty(tags[idea.Number])
		byNumber[idea.Number] = idea
		tallies[i] = tally{Number: idea.Number, CreatedAt: idea.CreatedAt.UTC(), Trend: noTrend}
	}
	if err := recountAsOf(tx, tallies, o.AsOf); err != nil {
		return nil, err
	}
	rows := make([]exportRow, len(ideas))
	for i, r := range rank(tallies, o.Sort, o.AsOf) {
		rows[i] = newExportRow(i+1, byNumber[r.Number], r, o.AsOf)
	}
	return rows, nil
}

func newExportRow(place int, idea Idea, r scored, asOf time.Time) exportRow {
	row := exportRow{
		Rank: place, Number: r.Number, Title: idea.Title, Status: idea.Status, Tags: idea.Tags,
		Author: idea.AuthorName, Locale: idea.Locale, CreatedAt: r.CreatedAt,
		AgeDays: asOf.Sub(r.CreatedAt).Hours() / 24,
		Votes:   r.Votes, Votes30d: r.Votes30d, Comments: r.Comments, Comments30d: r.Comments30d,
		RawScore: &r.raw, Score: &r.value, Lower: r.lower, Upper: r.upper,
	}
	if r.value == noTrend {
		row.RawScore, row.Score = nil, nil
	}
	return row
}

// recountAsOf fills in the tallies from the votes and comments themselves: the
// counters know only of today.
func recountAsOf(tx *storage.Tx, tallies []tally, asOf time.Time) error {
	byNumber := make(map[int64]*tally, len(tallies))
	for i := range tallies {
		byNumber[tallies[i].Number] = &tallies[i]
	}
	after := asOf.Add(-recentVotes)
	// In one order: the last digits of a trend depend on it.
	votes := tx.Model(&Vote{}).Select("idea, cast_at").Order("idea, cast_at").
		Where("cast_at <= ? AND (removed_at IS NULL OR removed_at > ?)", asOf, asOf)
	err := eachEvent(votes, func(number int64, at time.Time) {
		if t := byNumber[number]; t != nil {
			t.Votes++
			t.Votes30d += oneIf(at.After(after))
			t.Trend = addToTrend(t.Trend, at)
		}
	})
	if err != nil {
		return err
	}
	comments := tx.Model(&Comment{}).Select("idea, created_at").Where("created_at <= ? AND hidden_at IS NULL", asOf)
	return eachEvent(comments, func(number int64, at time.Time) {
		if t := byNumber[number]; t != nil {
			t.Comments++
			t.Comments30d += oneIf(at.After(after))
		}
	})
}

// eachEvent calls visit with each row of a query for an idea and an instant,
// without holding all of them.
func eachEvent(query *gorm.DB, visit func(number int64, at time.Time)) error {
	rows, err := query.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var at time.Time
		if err := rows.Scan(&number, &at); err != nil {
			return err
		}
		visit(number, at)
	}
	return rows.Err()
}

func oneIf(condition bool) int64 {
	if condition {
		return 1
	}
	return 0
}
