package web

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns/reports"
	"fanfare/fault"
	"fanfare/sheet"
)

// comparePage is what networks, campaigns, posts, markets or languages brought.
type comparePage struct {
	By      reports.Comparison
	Bys     []reports.Comparison
	Days    int // of the period, until today; 0 is all
	Periods []int
	Lines   []compareLine
	More    int // lines that only the export has
}

type compareLine struct {
	reports.Compared
	Conversion float64 // orders of clicks; 0 where orders came without
	Width      string  // of its bar
}

// comparePeriods are the periods to choose from, in days; 0 is all.
var comparePeriods = []int{0, 90, 30, 7}

const compareLines = 100

func (s *Server) compare(c *gin.Context) {
	query := s.compareQuery(c)
	compared, err := s.Reports.Compare(c.Request.Context(), query)
	if err != nil {
		s.fail(c, err)
		return
	}
	page := comparePage{By: query.By, Bys: reports.Comparisons, Days: compareDays(c), Periods: comparePeriods, Lines: compareLinesOf(compared)}
	if len(page.Lines) > compareLines {
		page.Lines, page.More = page.Lines[:compareLines], len(page.Lines)-compareLines
	}
	s.render(c, http.StatusOK, "compare", page)
}

func (s *Server) compareQuery(c *gin.Context) reports.CompareQuery {
	query := reports.CompareQuery{By: reports.Comparison(cmp.Or(c.Query("by"), string(reports.CompareNetworks)))}
	if days := compareDays(c); days > 0 {
		query.From = s.Now().Add(-time.Duration(days) * 24 * time.Hour)
	}
	return query
}

// compareDays gives the period that the address names, 0 for anything else.
func compareDays(c *gin.Context) int {
	days, _ := strconv.Atoi(c.Query("days"))
	if !slices.Contains(comparePeriods, days) {
		return 0
	}
	return days
}

// compareLinesOf measures each against the first, which brought the most.
func compareLinesOf(compared []reports.Compared) []compareLine {
	bars := make([]bar, len(compared))
	for i, line := range compared {
		bars[i].Value = line.Orders
	}
	lines := make([]compareLine, len(compared))
	for i, b := range newBars(bars) {
		lines[i] = compareLine{Compared: compared[i], Conversion: newFunnel(compared[i].Counts, 0, "").Conversion, Width: b.Width}
	}
	return lines
}

func (s *Server) compareFile(c *gin.Context) {
	query := s.compareQuery(c)
	compared, err := s.Reports.Compare(c.Request.Context(), query)
	if err != nil {
		s.fail(c, err)
		return
	}
	table := compareTable(query.By, compared)
	var content bytes.Buffer
	kind := "csv"
	switch c.Param("file") {
	case "compare.csv":
		err = sheet.CSV(&content, table)
	case "compare.xlsx":
		kind, err = "xlsx", sheet.XLSX(&content, s.Now(), table)
	default:
		err = noPage()
	}
	if err != nil {
		s.fail(c, fault.Wrap(err, "write a comparison"))
		return
	}
	sendFile(c, kind, "compare-by-"+string(query.By), content.Bytes())
}

func compareTable(by reports.Comparison, compared []reports.Compared) sheet.Table {
	counts := make([]reports.Counts, len(compared))
	for i, line := range compared {
		counts[i] = line.Counts
	}
	t := sheet.Table{Name: "By " + string(by), Columns: []string{string(by), "label", "posts"}}
	return withCounts(t, counts, func(i int) []any { return []any{compared[i].Key, compared[i].Label, compared[i].Posts} })
}
