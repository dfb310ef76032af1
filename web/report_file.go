package web

import (
	"bytes"
	"cmp"
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
	ctx, query := c.Request.Context(), s.reportQuery(c)
	report, err := s.Reports.Campaign(ctx, id, query)
	posts, postErr := s.Campaigns.CampaignPosts(ctx, id)
	if err := cmp.Or(err, postErr); err != nil {
		s.fail(c, err)
		return
	}
	s.sendReport(c, fmt.Sprintf("campaign-%d", id), query, report.Outcome, posts)
}

func (s *Server) postReportFile(c *gin.Context) {
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	ctx, query := c.Request.Context(), s.reportQuery(c)
	outcome, err := s.Reports.Post(ctx, id, query)
	post, postErr := s.Campaigns.Post(ctx, id)
	if err := cmp.Or(err, postErr); err != nil {
		s.fail(c, err)
		return
	}
	s.sendReport(c, fmt.Sprintf("post-%d", id), query, outcome, []campaigns.Post{post})
}

// sendReport answers with the file that the path names, of all that came of the
// posts.
func (s *Server) sendReport(c *gin.Context, name string, query reports.Query, outcome reports.Outcome, posts []campaigns.Post) {
	social, err := s.Accounts.NetworkAccounts(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	counts := make(map[int64]reports.Counts, len(outcome.ByDelivery))
	for _, d := range outcome.ByDelivery {
		counts[d.DeliveryID] = d.Counts
	}
	f := reportFile{name: name, by: shownInterval(outcome, query), zone: query.Zone, over: seriesOf(outcome)}
	for _, post := range posts {
		f.lines = append(f.lines, deliveryLines(post.Deliveries, social, counts)...)
	}
	s.sendReportFile(c, f)
}

// sendReportFile writes the one that the path names.
func (s *Server) sendReportFile(c *gin.Context, f reportFile) {
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
		chart, err = chartFile(kind, f.by, f.over, f.zone, s.Now())
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
