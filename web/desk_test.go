package web

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
)

// desk is a marketing person at work, in Hong Kong, with one account on each
// network and a campaign whose sale opens in a day. It is Thursday there,
// 2012-08-16, at 20:00.
type desk struct {
	*harness
	*browser
	actor    accounts.Actor
	x, weibo accounts.NetworkAccount
	sale     campaigns.Sale
	campaign campaigns.Campaign
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{harness: newHarness(t)}
	d.browser, d.actor = d.signedIn(accounts.Marketing)
	x := d.harness.x.AddAccount(sandbox.XAccount{Handle: "mi_hk", Name: "Mi"})
	d.x = d.connect("twitter", map[string]string{
		"consumer_key": x.ConsumerKey, "consumer_secret": x.ConsumerSecret,
		"access_token": x.AccessToken, "access_secret": x.AccessSecret,
	})
	weibo := d.harness.weibo.AddAccount(sandbox.WeiboAccount{Name: "小米手机", SafeDomain: strings.TrimPrefix(d.url, "http://")})
	d.weibo = d.connect("weibo", map[string]string{
		"app_key": weibo.AppKey, "app_secret": weibo.AppSecret, "access_token": weibo.AccessToken, "safe_domain": weibo.SafeDomain,
	})
	var err error
	d.sale, err = d.campaigns.CreateSale(t.Context(), d.actor, campaigns.Sale{
		Name: "Mi 2 in Berlin", Product: "Mi 2", Market: "DE", Currency: "EUR", Units: 1000,
		OpensAt: d.clock.Now().Add(24 * time.Hour), StoreURL: "https://shop.example.de/mi2",
	})
	d.must(err)
	d.campaign, err = d.campaigns.CreateCampaign(t.Context(), d.actor, d.sale.ID, "Launch")
	d.must(err)
	return d
}

func (d *desk) connect(network string, credentials map[string]string) accounts.NetworkAccount {
	d.t.Helper()
	content, err := json.Marshal(credentials)
	d.must(err)
	account, err := d.campaigns.ConnectAccount(d.t.Context(), d.actor, campaigns.AccountDraft{
		Network: network, Name: network + " account", Credentials: content,
	})
	d.must(err)
	return account
}

// schedule makes a post in so much time, for both accounts.
func (d *desk) schedule(text string, in time.Duration) campaigns.Post {
	d.t.Helper()
	post, err := d.campaigns.SchedulePost(d.t.Context(), d.actor, campaigns.PostDraft{
		CampaignID: d.campaign.ID, Text: text, Accounts: []int64{d.x.ID, d.weibo.ID}, DueAt: d.clock.Now().Add(in),
	})
	d.must(err)
	return post
}

// doubt has a delivery come into doubt, with nobody but a person to help.
func (d *desk) doubt(delivery campaigns.Delivery) {
	d.t.Helper()
	d.must(d.db.Write(d.t.Context(), func(tx *storage.Tx) error {
		return tx.Exec(`UPDATE deliveries SET state = 'in_doubt', attempts = 1, wake_at = NULL, called_at = ?, doubted_at = ?,
error = 'The connection broke.' WHERE id = ?`, tx.Now, tx.Now, delivery.ID).Error
	}))
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(200, "No posts this week", "Write the first", "Hong Kong (UTC&#43;08)", "Mon 6 Aug")(d.get("/calendar?week=2012-W32"))
	d.schedule("Tomorrow at eight {link}", 4*time.Hour) // Friday, there
	d.schedule("Soon {link}", time.Hour)
	for _, path := range []string{"/calendar", "/calendar?week=2012-W33", "/calendar?week=nonsense"} {
		d.wants(200, "Tomorrow at eight", "Mi 2 in Berlin opens", "Mon 13 Aug", "2012-W32", "2012-W34",
			`<th scope="col" aria-current="date">`, "21:00")(d.get(path))
	}
	_, body, _ := d.get("/calendar?week=2012-W34")
	today := body[strings.Index(body, `<aside class="today-list"`):]
	if !strings.Contains(today, "Soon") || strings.Contains(today, "Tomorrow at eight") {
		t.Error("today's list does not hold what is due today, and that alone")
	}
}

// TestCrowdedDay follows the calendar's link to the posts that it leaves out.
func TestCrowdedDay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i := range 101 {
		d.schedule(fmt.Sprintf("Post %d. {link}", i), time.Hour+time.Duration(i)*time.Second) // 21:00:00 on, there
	}
	d.wants(200, "Post 3.", `<a class="more" href="/calendar/2012-08-16?since=21%3a00">97 more</a>`)(d.get("/calendar"))
	_, first, _ := d.get("/calendar/2012-08-16?since=21:00")
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first)
	if !strings.Contains(first, "From 21:00 on") || strings.Count(first, "Post ") != 100 || next == nil {
		t.Fatal(first)
	}
	_, last, _ := d.get(html.UnescapeString(next[1]))
	if strings.Count(last, "Post ") != 1 || !strings.Contains(last, "Post 100.") || strings.Contains(last, `rel="next"`) {
		t.Error(last)
	}
	d.wants(200, "Mi 2 in Berlin opens", "2012-08-16", "2012-08-18")(d.get("/calendar/2012-08-17"))
	d.wants(200, "Nothing is planned for this day.")(d.get("/calendar/2012-08-18?since=25:00"))
	d.wants(404)(d.get("/calendar/tomorrow"))
	d.wants(422)(d.get("/calendar/2012-08-16?cursor=x"))
}

// TestCampaignOfManyPosts: its list comes page by page, its figures are of all.
func TestCampaignOfManyPosts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i := range 26 {
		d.schedule(fmt.Sprintf("Post %d. {link}", i), time.Hour+time.Duration(i)*time.Minute)
	}
	last := d.schedule("Closing words {link}", 2*time.Hour)
	d.buy(last, "A")
	_, first, _ := d.get("/campaigns/1?by=minute")
	next := regexp.MustCompile(`rel="next" href="([^"]+)#posts"`).FindStringSubmatch(first)
	if next == nil || strings.Contains(first, "Closing words") || !strings.Contains(first, "27 posts are scheduled") {
		t.Fatal(first)
	}
	d.wants(200, "Closing words", "27 posts are scheduled", `aria-current="true">Minutes`, `href="/campaigns/1?by=minute#posts"`,
		`class="figure">1</td>`)(d.get(html.UnescapeString(next[1])))
	d.wants(422)(d.get("/campaigns/1?cursor=x"))
	if lines := strings.Count(string(d.file("/campaigns/1/report/posts.csv", "text/csv; charset=utf-8", "campaign-1-by-post.csv")), "\n"); lines != 1+54 {
		t.Errorf("%d lines in the file, want a head and 54 deliveries", lines)
	}
}

func TestPausing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(303, "Location: /campaigns/1\n")(d.post("/pause", url.Values{"back": {"/campaigns/1"}}))
	for _, path := range []string{"/calendar", "/campaigns", "/campaigns/1", "/campaigns/1/posts/new"} {
		d.wants(200, "No post goes out until you resume.", `action="/resume"`)(d.get(path))
	}
	d.wants(303, "Location: /calendar\n")(d.post("/resume", url.Values{"back": {"https://elsewhere.example"}}))
	if _, body, _ := d.get("/calendar"); strings.Contains(body, `action="/resume"`) {
		t.Error("still paused")
	}
}

func TestFromSaleToCampaign(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Marketing)
	b.wants(200, "No campaigns yet")(b.get("/campaigns"))
	b.wants(303, "Location: /campaigns/new\n")(b.get("/posts/new"))
	b.wants(303, "Location: /sales/new\n")(b.get("/campaigns/new"))

	sale := url.Values{
		"name": {"Mi 3 <first>"}, "product": {"Mi 3"}, "market": {"xx"}, "currency": {"hkd"}, "units": {"many"},
		"opens_at": {"2012-08-20T12:00"}, "closes_at": {"2012-08-20T11:00"}, "store_url": {"https://shop.example.com/mi3"},
	}
	b.wants(422, `value="Mi 3 &lt;first&gt;"`, `value="2012-08-20T12:00"`, "two-letter code", "1,000,000,000", "must close after it opens")(b.post("/sales", sale))
	for _, at := range []string{"opens_at", "closes_at"} { // told with all the rest
		kept := sale.Get(at)
		sale.Set(at, "soon")
		b.wants(422, "Give a day and a time.", `value="soon"`, "two-letter code", "1,000,000,000")(b.post("/sales", sale))
		sale.Set(at, kept)
	}
	for name, value := range map[string]string{"market": "hk", "units": "5000", "opens_at": "2012-08-20T12:00", "closes_at": ""} {
		sale.Set(name, value)
	}
	b.wants(303, "Location: /campaigns/new?sale=1\n")(b.post("/sales", sale))
	b.wants(200, `<option value="1" selected>Mi 3 &lt;first&gt; · Hong Kong · Mon 20 Aug, 12:00`)(b.get("/campaigns/new?sale=1"))

	b.wants(422, "There is no such sale.")(b.post("/campaigns", url.Values{"name": {"Launch"}, "sale_id": {"9"}}))
	b.wants(303, "Location: /campaigns/1\n")(b.post("/campaigns", url.Values{"name": {"Launch"}, "sale_id": {"1"}}))
	b.wants(200, "No post is planned yet.", "No posts yet", "Campaign created: Launch")(b.get("/campaigns/1"))
	b.wants(303, "Location: /campaigns/1/posts/new\n")(b.get("/posts/new"))
	b.wants(404)(b.get("/campaigns/2"))
	b.wants(404)(b.get("/campaigns/1x"))
}

func TestCampaignTellsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	post := d.schedule("Go {link}", time.Hour)
	d.schedule("Gone {link}", 2*time.Hour)
	d.wants(200, "2 posts are scheduled. The next goes out Thu 16 Aug, 21:00.")(d.get("/campaigns/1"))

	d.clock.Advance(25 * time.Hour)
	for i, token := range []string{post.Deliveries[0].Token, post.Deliveries[1].Token, post.Deliveries[1].Token, "", "0000000000zz"} {
		_, err := d.orders.Take(t.Context(), orders.Order{
			Store: "mi.com", OrderID: fmt.Sprint(i), Token: token, Kind: "order", Units: 2, Total: 39900, Currency: "EUR",
			PlacedAt: d.clock.Now(),
		})
		d.must(err)
	}
	d.must(d.db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Exec(`UPDATE deliveries SET state = 'published', published_at = due_at, lateness_us = 76000, wake_at = NULL WHERE post_id = ?`, post.ID).Error
	}))
	d.wants(200, "1 of 2 posts are out.", "3 orders, 66.7% of them from Weibo.", "€1,197.00", "76 ms", "2 more orders (40% of all)",
		`data-copy="`+post.Deliveries[0].URL+`"`, `<rect width="50.0%"`)(d.get("/campaigns/1"))
	d.wants(200, "1 of 2 posts are out.", `data-label="Orders" class="figure">3</td>`)(d.get("/campaigns"))
	d.wants(200, "No campaign link", "Mistyped link", `<a href="/posts/1">Launch</a>`, "€399.00", d.url+"/api/v1/orders")(d.get("/orders"))
}

func TestOrdersGoOnPageByPage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(200, "No orders yet", "curl")(d.get("/orders"))
	for i := range ordersPerPage + 1 {
		_, err := d.orders.Take(t.Context(), orders.Order{
			Store: "mi.com", OrderID: fmt.Sprintf("N-%03d", i), Kind: "preorder", Units: 1, Total: 1, Currency: "JPY", PlacedAt: d.clock.Now(),
		})
		d.must(err)
	}
	status, body, _ := d.get("/orders")
	d.wants(200, "N-050", "N-001", "Pre-order")(status, body, "")
	next := between(t, body, `rel="next" href="`, `"`)
	d.wants(200, "N-000", `href="/orders"`)(d.get(strings.ReplaceAll(next, "&amp;", "&")))
	d.wants(422)(d.get("/orders?cursor=nonsense"))
}

// TestDeskSpeaksEveryLanguage renders every page of the desk in each.
func TestDeskSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	post := d.schedule("Go {link}", time.Hour)
	d.doubt(post.Deliveries[0])
	admin, _ := d.signedIn(accounts.Admin)
	for _, locale := range accounts.Locales {
		for _, path := range []string{
			"/calendar", "/campaigns", "/campaigns/new", "/campaigns/1", "/campaigns/1?by=day", "/campaigns/1/drop",
			"/reports", "/reports?by=language", "/reports?by=market&days=7", "/campaigns/1/posts/new", "/sales/new", "/posts/1",
			"/orders", "/ranking", "/ranking?sort=fider", "/settings", "/settings/accounts", "/settings/accounts/new",
			"/settings/accounts/new?network=weibo", "/settings/accounts/new?network=weibo-sign-in", "/settings/accounts/new?network=twitter-oauth2",
			"/settings/accounts/new?network=twitter-v1.1", "/settings/people", "/settings/keys", "/settings/audit",
		} {
			separator := "?"
			if strings.Contains(path, "?") {
				separator = "&"
			}
			admin.wants(200, `<html lang="`+locale+`"`)(admin.get(path + separator + "lang=" + locale))
		}
	}
}
