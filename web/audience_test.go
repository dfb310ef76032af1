package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// visit follows a link as a browser does that a proxy stands before.
func (h *harness) visit(name string, header map[string]string) *http.Response {
	h.t.Helper()
	request, err := http.NewRequest("GET", h.url+"/r/"+name, nil)
	h.must(err)
	request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Mobile/15E148")
	for key, value := range header {
		request.Header.Set(key, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	h.must(err)
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response
}

// awaitPeople waits for clicks, which are stored a moment after their redirects.
func (d *desk) awaitPeople(path string, people float64) (answer map[string]any) {
	d.t.Helper()
	for range 400 {
		_, answer = d.call(d.adminKey, "GET", path, nil)
		if answer["people"] == people {
			return answer
		}
		time.Sleep(10 * time.Millisecond)
	}
	d.t.Fatalf("%v", answer)
	return nil
}

func TestThePagesTellWherePeopleCameFrom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	post := d.schedule("Open now {link}", time.Hour)
	token := post.Deliveries[0].Token
	pages := []string{fmt.Sprintf("/campaigns/%d", d.campaign.ID), fmt.Sprintf("/posts/%d", post.ID)}
	if _, body, _ := d.get(pages[0]); !strings.Contains(body, "Nobody has followed a link yet.") {
		t.Error("nothing tells that nobody came")
	}
	d.visit(token, map[string]string{"CF-IPCountry": "DE", "Referer": "https://t.co/x"})
	d.server.CountryHeader = "CF-IPCountry"
	d.visit(token, map[string]string{"CF-IPCountry": "HK", "X-Forwarded-For": "192.0.2.9"})
	for _, path := range pages {
		answer := d.awaitPeople("/api/v1"+path+"/audience", 2)
		if got := fmt.Sprint(answer["countries"]); got != "[map[people:1 value:HK] map[people:1 value:unknown]]" || answer["visitors"] != 2.0 {
			t.Error(answer)
		}
		_, body, _ := d.get(path)
		for _, want := range []string{"Where people came from", "Hong Kong", "Unknown", "Phone", "about 2 visitors"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not tell %q", path, want)
			}
		}
	}
}

func TestAliasesOnThePostPageAndOverTheAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	post := d.schedule("Open now {link}", time.Hour)
	delivery := post.Deliveries[0]
	form := fmt.Sprintf("/posts/%d/deliveries/%d/alias", post.ID, delivery.ID)
	if status, body, _ := d.post(form, url.Values{"alias": {"-wrong-"}}); status != http.StatusUnprocessableEntity ||
		!strings.Contains(body, `value="-wrong-"`) || !strings.Contains(body, "with no hyphen at the ends") {
		t.Errorf("%d", status)
	}
	if status, _, _ := d.post(form, url.Values{"alias": {"mi-2"}}); status != http.StatusSeeOther {
		t.Errorf("%d", status)
	}
	if response := d.visit("mi-2", nil); response.StatusCode != http.StatusFound || !strings.Contains(response.Header.Get("Location"), "ref="+delivery.Token) {
		t.Errorf("%d to %s", response.StatusCode, response.Header.Get("Location"))
	}
	if _, body, _ := d.get(fmt.Sprintf("/posts/%d", post.ID)); !strings.Contains(body, "/r/mi-2") {
		t.Error("the page does not show the alias")
	}
	path := fmt.Sprintf("/api/v1/deliveries/%d/alias", delivery.ID)
	status, answer := d.call(d.adminKey, "PUT", path, map[string]any{"alias": "Mi2"})
	if status != http.StatusOK || answer["alias"] != "mi2" || !strings.HasSuffix(fmt.Sprint(answer["alias_url"]), "/r/mi2") {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer = d.call(d.adminKey, "PUT", path, map[string]any{"alias": "api"}); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer = d.call(d.adminKey, "DELETE", path, nil); status != http.StatusNoContent {
		t.Errorf("%d %v", status, answer)
	}
	if response := d.visit("mi2", nil); response.StatusCode != http.StatusNotFound {
		t.Errorf("%d", response.StatusCode)
	}
}

func TestQRCodesAreForStaff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.schedule("Open now {link}", time.Hour).Deliveries[0].Token
	for path, want := range map[string]int{
		"/links/" + token + "/qr.svg": 200, "/links/" + token + "/qr.png": 200, "/links/" + token + "/qr.gif": 404, "/links/000000000000/qr.svg": 404,
	} {
		if status, body, _ := d.get(path); status != want || want == 200 && !strings.Contains(body[:10], "<svg") && !strings.Contains(body[:10], "PNG") {
			t.Errorf("%s gave %d", path, status)
		}
	}
	request, err := http.NewRequest("GET", d.url+"/links/"+token+"/qr.svg", nil)
	d.must(err)
	response, err := http.DefaultTransport.RoundTrip(request)
	d.must(err)
	response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Errorf("a stranger got %d", response.StatusCode)
	}
}
