package web

import (
	"bytes"
	"encoding/csv"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fanfare/accounts"
	"fanfare/campaigns/reports"
)

// sold is a desk whose first post brought two orders in its minute, and a
// minute later one.
func sold(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	post := d.schedule("=Go {link}", time.Hour)
	d.clock.Advance(24 * time.Hour)
	d.buy(post, "A", "B")
	d.clock.Advance(time.Minute)
	d.buy(post, "C")
	return d
}

func TestReportOnPages(t *testing.T) {
	t.Parallel()
	d := sold(t)
	for _, path := range []string{"/campaigns/1", "/posts/1"} {
		d.wants(200, "2 an order", "€399.00 an order", "Orders a minute", "2 at most", "20:00: 2</title>", "20:01: 1</title>",
			`aria-current="true">Minutes`)(d.get(path + "?by=minute"))
		d.wants(200, "Orders a second", "20:00:00: 2</title>", `aria-current="true">Seconds`)(d.get(path)) // all came within two minutes
		d.wants(200, "Orders a day", "3 at most", ": 3</title>")(d.get(path + "?by=day"))
		d.wants(422)(d.get(path + "?by=year"))
	}
	post := d.schedule("Nobody saw this {link}", time.Hour)
	if _, body, _ := d.get("/posts/2"); post.ID != 2 || strings.Contains(body, "What came of it") {
		t.Error("a post that brought nothing tells what came of it")
	}
}

// file gets a report's file.
func (d *desk) file(path, kind, name string) []byte {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.url+path, nil)
	d.must(err)
	response, err := d.browser.http.Do(request)
	d.must(err)
	defer response.Body.Close()
	var content bytes.Buffer
	_, err = content.ReadFrom(response.Body)
	d.must(err)
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != kind || !strings.Contains(response.Header.Get("Content-Disposition"), `"`+name+`"`) {
		d.t.Errorf("%s: %s, %v", path, response.Status, response.Header)
	}
	return content.Bytes()
}

func TestReportFiles(t *testing.T) {
	t.Parallel()
	d := sold(t)
	records := func(content []byte) [][]string {
		t.Helper()
		all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		d.must(err)
		return all
	}
	want := [][]string{
		{"minute", "clicks", "orders", "units", "revenue_EUR"},
		{"2012-08-17T20:00:00+08:00", "0", "2", "4", "798"}, {"2012-08-17T20:01:00+08:00", "0", "1", "2", "399"},
	}
	for _, path := range []string{"/campaigns/1", "/posts/1"} {
		name := strings.Replace(strings.Trim(strings.ReplaceAll(path, "s/", "-"), "/"), "/", "", 1)
		if diff := cmp.Diff(want, records(d.file(path+"/report/time.csv?by=minute", "text/csv; charset=utf-8", name+"-by-minute.csv"))); diff != "" {
			t.Error(diff)
		}
		posts := records(d.file(path+"/report/posts.csv", "text/csv; charset=utf-8", name+"-by-post.csv"))
		if len(posts) != 3 || !strings.HasPrefix(posts[1][4], "'=Go") || posts[1][len(posts[1])-1] != "1197" {
			t.Errorf("%q", posts)
		}
		book, err := excelize.OpenReader(bytes.NewReader(d.file(path+"/report/report.xlsx", exportTypes["xlsx"], name+".xlsx")))
		d.must(err)
		if formula, err := book.GetCellFormula("By post", "E2"); formula != "" || err != nil {
			t.Errorf("a text is a formula: %q, %v", formula, err)
		}
		d.must(book.Close())
		for _, by := range reports.Intervals {
			picture := d.file(path+"/report/orders.png?by="+string(by), "image/png", name+"-by-"+string(by)+".png")
			if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
				t.Errorf("by %s: %v", by, err)
			}
			if svg := d.file(path+"/report/orders.svg?by="+string(by), "image/svg+xml", name+"-by-"+string(by)+".svg"); !bytes.HasPrefix(svg, []byte("<svg")) {
				t.Errorf("by %s: %.80s", by, svg)
			}
		}
		d.wants(404)(d.get(path + "/report/other.csv"))
		d.wants(422)(d.get(path + "/report/time.csv?by=year"))
	}
	d.wants(404)(d.get("/campaigns/9/report/time.csv"))
}

func TestComparison(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(200, "Nothing to compare yet")(d.get("/reports"))
	d = sold(t)
	d.wants(200, `aria-current="true">Networks`, "€1,197.00", `<rect width="100.0%"`)(d.get("/reports"))
	d.wants(200, "=Go", `href="/posts/1"`)(d.get("/reports?by=post&days=7"))
	d.wants(200, "In Latin script")(d.get("/reports?by=language"))
	d.wants(422)(d.get("/reports?by=colour"))
	content := d.file("/reports/compare.csv?by=post", "text/csv; charset=utf-8", "compare-by-post.csv")
	if want := "post,label,posts,clicks,orders,units,revenue_EUR\n1,'=Go {link},2,0,3,6,1197\n"; string(content) != want {
		t.Errorf("%s, want %s", content, want)
	}
	d.file("/reports/compare.xlsx?by=market", exportTypes["xlsx"], "compare-by-market.xlsx")
	d.wants(404)(d.get("/reports/other.csv"))
}

func TestReportAPI(t *testing.T) {
	t.Parallel()
	d := sold(t)
	key := d.key(accounts.Marketing)
	for _, path := range []string{"/api/v1/campaigns/1/report", "/api/v1/posts/1/report"} {
		for query, want := range map[string]struct {
			status, series, seconds int
		}{
			"": {200, -1, -1}, "?by=second": {200, -1, 2}, "?by=minute": {200, 2, -1}, "?by=hour": {200, 1, -1},
			"?by=day&zone=Asia/Hong_Kong": {200, 1, -1}, "?by=day&zone=Mars": {422, -1, -1}, "?by=year": {422, -1, -1},
			"?by=minute&from=2012-08-17T12:01:00Z&to=2012-08-17T12:02:00Z": {200, 1, -1},
			"?by=second&from=2012-08-17T12:00:00Z&to=2012-09-17T12:02:00Z": {422, -1, -1},
		} {
			status, got := d.call(key, "GET", path+query, nil)
			length := func(name string) int {
				list, ok := got[name].([]any)
				if !ok {
					return -1
				}
				return len(list)
			}
			if status != want.status || length("series") != want.series || length("by_second") != want.seconds {
				t.Errorf("%s%s: %d %v", path, query, status, got)
			}
			if status == 200 && (got["orders"] != 3.0 || got["by_delivery"] == nil || got["clicks"] != 0.0) {
				t.Errorf("%s%s: %v", path, query, got)
			}
		}
	}
	status, got := d.call(key, "GET", "/api/v1/reports/compare?by=market", nil)
	if items, ok := got["items"].([]any); status != 200 || !ok || len(items) != 1 || items[0].(map[string]any)["key"] != "DE" {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := d.call(d.key(accounts.Product), "GET", "/api/v1/posts/1/report", nil); status != 403 {
		t.Errorf("a product key got %d", status)
	}
}
