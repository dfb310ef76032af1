package web

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/fault"
	"fanfare/sheet"
)

// reportFile is a report on its way into a file.
type reportFile struct {
	name  string // of the file, without its ending
	by    reports.Interval
	zone  *time.Location
	over  []reports.SpanReport
	lines []deliveryLine
}

func (s *Server) campaignReportFile(c *gin.Context) {
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	page, err := s.campaignPage(c.Request.Context(), id, s.reportQuery(c))
	if err != nil {
		s.fail(c, err)
		return
	}
	s.sendReport(c, reportFile{fmt.Sprintf("campaign-%d", id), page.Over.By, s.zone(c), seriesOf(page.Report.Outcome), page.Deliveries})
}

func (s *Server) postReportFile(c *gin.Context) {
	page, err := s.postPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	social, err := s.Accounts.NetworkAccounts(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	s.sendReport(c, reportFile{
		fmt.Sprintf("post-%d", page.Post.ID), page.Over.By, s.zone(c), seriesOf(page.Outcome),
		deliveryLines([]campaigns.Post{page.Post}, social, page.Outcome),
	})
}

// sendReport answers with the file that the path names.
func (s *Server) sendReport(c *gin.Context, f reportFile) {
	var content bytes.Buffer
	var kind, name string
	var err error
	switch c.Param("file") {
	case "time.csv":
		kind, name, err = "csv", f.name+"-by-"+string(f.by), sheet.CSV(&content, f.timeTable())
	case "posts.csv":
		kind, name, err = "csv", f.name+"-by-post", sheet.CSV(&content, f.postTable())
	case "report.xlsx":
		kind, name, err = "xlsx", f.name, sheet.XLSX(&content, s.Now(), f.timeTable(), f.postTable())
	case "orders.svg", "orders.png":
		kind, name = c.Param("file")[len("orders."):], f.name+"-by-"+string(f.by)
		var chart []byte
		chart, err = chartFile(kind, f.by, f.over, f.zone)
		content.Write(chart)
	default:
		err = noPage()
	}
	if err != nil {
		s.fail(c, fault.Wrap(err, "write a report"))
		return
	}
	sendFile(c, kind, name, content.Bytes())
}

var fileTypes = map[string]string{"csv": exportTypes["csv"], "xlsx": exportTypes["xlsx"], "svg": "image/svg+xml", "png": "image/png"}

// sendFile answers with a file to keep.
func sendFile(c *gin.Context, kind, name string, content []byte) {
	c.Header("Cache-Control", "private, no-store")
	c.Header("Content-Disposition", `attachment; filename="`+name+"."+kind+`"`)
	c.Data(http.StatusOK, fileTypes[kind], content)
}

// timeTable has a row for each interval in which anything came.
func (f reportFile) timeTable() sheet.Table {
	counts := make([]reports.Counts, len(f.over))
	for i, span := range f.over {
		counts[i] = span.Counts
	}
	t := sheet.Table{Name: "By " + string(f.by), Columns: []string{string(f.by)}}
	return withCounts(t, counts, func(i int) []any { return []any{f.over[i].At.In(f.zone).Format(time.RFC3339)} })
}

// postTable has a row for each delivery.
func (f reportFile) postTable() sheet.Table {
	counts := make([]reports.Counts, len(f.lines))
	for i, line := range f.lines {
		counts[i] = line.Counts
	}
	t := sheet.Table{Name: "By post", Columns: []string{"post_id", "delivery_id", "network", "account", "text", "state", "due_at", "published_at", "lateness_ms", "link"}}
	return withCounts(t, counts, func(i int) []any {
		d := f.lines[i]
		var published, late any
		if d.PublishedAt != nil {
			published = d.PublishedAt.In(f.zone).Format(time.RFC3339)
		}
		if d.LatenessMS != nil {
			late = *d.LatenessMS
		}
		return []any{d.PostID, d.ID, d.Network, d.Handle, d.Text, string(d.State), d.DueAt.In(f.zone).Format(time.RFC3339), published, late, d.URL}
	})
}
