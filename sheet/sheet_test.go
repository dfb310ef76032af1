package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var table = Table{
	Name: "By post", Columns: []string{"text", "orders", "share"},
	Rows: [][]any{{`=HYPERLINK("http://evil.example")`, int64(3), 0.25}, {"两行\n\"text\", comma", int64(-1), nil}, {"＠SUM(A1)", int64(0), 1e-7}},
}

func TestCSV(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := CSV(&out, table); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"text", "orders", "share"}, {`'=HYPERLINK("http://evil.example")`, "3", "0.25"},
		{"两行\n\"text\", comma", "-1", ""}, {"'＠SUM(A1)", "0", "0.0000001"},
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Error(diff)
	}
}

func TestXLSXKeepsTextsAsTexts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	empty := Table{Name: "By hour", Columns: []string{"at"}}
	if err := XLSX(&out, time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC), table, empty); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if diff := cmp.Diff([]string{"By post", "By hour"}, book.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	formula, err := book.GetCellFormula("By post", "A2")
	if err != nil || formula != "" {
		t.Errorf("formula %q, %v", formula, err)
	}
	rows, err := book.GetRows("By post")
	if err != nil || len(rows) != 4 || rows[1][0] != table.Rows[0][0] || rows[1][1] != "3" {
		t.Errorf("%q, %v", rows, err)
	}
}

func FuzzDefuse(f *testing.F) {
	for _, seed := range []string{"", "=1+1", "plain", "＝x", "\t=1", "'=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Defuse(text)
		if strings.IndexAny(got, formulaStarts) == 0 {
			t.Errorf("%q is still a formula: %q", text, got)
		}
		if got != text && got != "'"+text {
			t.Errorf("%q became %q", text, got)
		}
	})
}
