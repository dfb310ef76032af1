package community

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fanfare/accounts"
	"fanfare/fault"
)

var formats = []string{"csv", "xlsx", "json"}

func (f *forum) export(o ExportOptions) ([]byte, ExportInfo) {
	f.t.Helper()
	var b bytes.Buffer
	info, err := f.Export(f.t.Context(), &b, o)
	if err != nil {
		f.t.Fatal(err)
	}
	return b.Bytes(), info
}

// TestExportsComeAgain: what was exported as of an instant comes again byte by
// byte, whatever people did since; and the digest is of what is in the file.
func TestExportsComeAgain(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(12)
		asOf := f.clock.Now()
		type export struct {
			content []byte
			info    ExportInfo
		}
		before := map[string]export{}
		for _, format := range formats {
			for _, sort := range Sorts {
				content, info := f.export(ExportOptions{Format: format, Sort: sort})
				before[format+string(sort)] = export{content, info}
				if info.Sort != sort || info.Rows != 12 || !info.AsOf.Equal(asOf) || info.FormulaVersion == "" {
					t.Errorf("%+v", info)
				}
			}
		}
		f.clock.Advance(40 * day)
		f.busy(5)
		fan := f.person(accounts.Fan)
		for _, number := range f.numbers(nil, Query{}) {
			f.vote(number, fan)
			f.comment(fan, number)
		}
		for _, author := range []accounts.Actor{{PersonID: 1, Role: accounts.Fan}, {PersonID: 2, Role: accounts.Fan}} {
			_, err := f.Unvote(t.Context(), author, 2)
			f.ok(err)
		}
		for _, format := range formats {
			for _, sort := range Sorts {
				content, info := f.export(ExportOptions{Format: format, Sort: sort, AsOf: asOf})
				old := before[format+string(sort)]
				if diff := cmp.Diff(old.info, info); diff != "" {
					t.Errorf("%s by %s:\n%s", format, sort, diff)
				}
				if !bytes.Equal(old.content, content) {
					t.Errorf("%s by %s has other bytes", format, sort)
				}
				if info.SHA256 != before["csv"+string(sort)].info.SHA256 {
					t.Errorf("%s by %s has another digest", format, sort)
				}
			}
		}
		content, info := f.export(ExportOptions{})
		if info.Sort != Top || info.Rows != 17 || bytes.Equal(content, before["csvtop"].content) {
			t.Errorf("today's export is of another day: %+v", info)
		}
		_, rows, _ := bytes.Cut(content, []byte("\n"))
		digest := sha256.Sum256(rows)
		if got := hex.EncodeToString(digest[:]); got != info.SHA256 {
			t.Errorf("the lines have the digest %s, not %s", got, info.SHA256)
		}
	})
}

// TestFormatsAgree reads all three back with other means.
func TestFormatsAgree(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(6)
		for _, sort := range Sorts {
			content, info := f.export(ExportOptions{Format: "csv", Sort: sort})
			want, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
			f.ok(err)

			content, _ = f.export(ExportOptions{Format: "xlsx", Sort: sort})
			book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true})
			f.ok(err)
			cells, err := book.GetRows("Ranking")
			f.ok(err)
			if diff := cmp.Diff(want, cells, cmp.Comparer(sameCell)); diff != "" {
				t.Errorf("xlsx by %s:\n%s", sort, diff)
			}
			if digest, err := book.GetCellValue("About", "B5"); err != nil || digest != info.SHA256 {
				t.Errorf("the workbook gives the digest %q: %v", digest, err)
			}

			var object struct {
				Export ExportInfo
				Ideas  []map[string]any
			}
			content, _ = f.export(ExportOptions{Format: "json", Sort: sort})
			f.ok(json.Unmarshal(content, &object))
			if diff := cmp.Diff(info, object.Export); diff != "" {
				t.Errorf("json by %s:\n%s", sort, diff)
			}
			for i, idea := range object.Ideas {
				for j, name := range want[0][:17] {
					if got := jsonCell(idea[name]); got != want[i+1][j] {
						t.Errorf("json by %s, row %d: %s is %q, want %q", sort, i, name, got, want[i+1][j])
					}
				}
			}
		}
	})
}

// sameCell forgives excelize, which reads numbers to 15 digits.
func sameCell(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return a == b || errX == nil && errY == nil && math.Abs(x-y) <= 1e-14*math.Abs(x)
}

// jsonCell writes a JSON value as the CSV has it.
func jsonCell(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	case []any:
		words := make([]string, len(v))
		for i := range v {
			words[i] = v[i].(string)
		}
		return strings.Join(words, " ")
	}
	return ""
}

func TestExportIsOfItsTime(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		author, fan, moderator := f.person(accounts.Fan), f.person(accounts.Fan), f.person(accounts.Moderator)
		number := f.idea(author, "A headphone jack").Number
		f.clock.Advance(10 * day)
		f.vote(number, fan)
		commented := f.clock.Now()
		f.comment(fan, number)
		f.clock.Advance(30 * day)
		_, err := f.Unvote(t.Context(), author, number)
		f.ok(err)
		spam := f.idea(fan, "Buy cheap watches").Number
		f.ok(f.HideIdea(t.Context(), moderator, spam, true))
		type counts struct{ Votes, Recent, Comments, RecentComments, Age string }
		for _, c := range []struct {
			asOf time.Time
			want counts
		}{
			{commented.Add(-12 * time.Hour), counts{"1", "1", "0", "0", "9.5"}},
			{commented, counts{"2", "2", "1", "1", "10"}},
			{commented.Add(30*day - 12*time.Hour), counts{"2", "1", "1", "1", "39.5"}},
			{commented.Add(30 * day), counts{"1", "0", "1", "0", "40"}},
		} {
			content, _ := f.export(ExportOptions{AsOf: c.asOf})
			table, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
			f.ok(err)
			if len(table) != 2 {
				t.Fatalf("as of %v: %v", c.asOf, table)
			}
			row := table[1]
			if diff := cmp.Diff(c.want, counts{row[9], row[10], row[11], row[12], row[8]}); diff != "" {
				t.Errorf("as of %v:\n%s", c.asOf, diff)
			}
		}
		if _, info := f.export(ExportOptions{AsOf: f.clock.Now().Add(-100 * day)}); info.Rows != 0 {
			t.Errorf("%d ideas before the first", info.Rows)
		}
	})
}

func TestExportsCalculateNothing(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan := f.person(accounts.Fan)
		titles := []string{`=HYPERLINK("https://evil.example")`, "+1234567890", "-1234567890", "@SUM(1+1)*cmd|' /C'", "＝１＋１是多少", "a, \"quoted\" title"}
		for _, title := range titles {
			f.idea(fan, title)
		}
		content, _ := f.export(ExportOptions{Format: "csv", Sort: Trending})
		table, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		f.ok(err)
		for i, title := range titles {
			want := "'" + title
			if i == 5 {
				want = title
			}
			if got := table[i+1][2]; got != want {
				t.Errorf("csv has %q, want %q", got, want)
			}
		}
		content, _ = f.export(ExportOptions{Format: "xlsx", Sort: Trending})
		book, err := excelize.OpenReader(bytes.NewReader(content))
		f.ok(err)
		for i, title := range titles {
			cell := "C" + strconv.Itoa(i+2)
			got, err := book.GetCellValue("Ranking", cell)
			f.ok(err)
			kind, err := book.GetCellType("Ranking", cell)
			f.ok(err)
			if got != title || kind != excelize.CellTypeInlineString {
				t.Errorf("xlsx has %q of type %d, want the text %q", got, kind, title)
			}
		}
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		f.ok(err)
		for _, file := range archive.File {
			if !file.Modified.IsZero() && file.Modified.Year() > 1980 {
				t.Errorf("%s carries the time %v", file.Name, file.Modified)
			}
		}
		for text, want := range map[string]string{"\tx": "'\tx", "\rx": "'\rx", "x=": "x=", "": ""} {
			if got := csvCell(text); got != want {
				t.Errorf("%q became %q", text, got)
			}
		}
		if got := csvCell(-0.5); got != "-0.5" {
			t.Errorf("a number of ours became %q", got)
		}
	})
}

// brokenPipe is a reader that has gone.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestExportRefuses(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(2)
		_, err := f.Export(t.Context(), io.Discard, ExportOptions{
			Format: "pdf", Sort: "random", AsOf: f.clock.Now().Add(time.Microsecond),
		})
		want := []string{"sort idea.sort_unknown", "format export.format", "as_of export.future"}
		if diff := cmp.Diff(want, wrongFields(err)); diff != "" {
			t.Error(diff)
		}
		for _, format := range formats {
			_, err := f.Export(t.Context(), brokenPipe{}, ExportOptions{Format: format})
			if !errors.Is(err, io.ErrClosedPipe) || fault.KindOf(err) != fault.Internal {
				t.Errorf("%s to nobody: %v", format, err)
			}
		}
	})
}
