package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
	"fanfare/fault"
)

// buy sends orders through a post's first link.
func (d *desk) buy(post campaigns.Post, ids ...string) {
	d.t.Helper()
	for _, id := range ids {
		_, err := d.orders.Take(d.t.Context(), orders.Order{
			Store: "mi.com", OrderID: id, Token: post.Deliveries[0].Token, Kind: "order", Units: 2, Total: 39900,
			Currency: "EUR", PlacedAt: d.sale.CreatedAt,
		})
		d.must(err)
	}
}

func TestDropPage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(200, "24:00:00", "until the sale opens", "of 1,000", `content="5"`)(d.get("/campaigns/1/drop"))
	post := d.schedule("Go <now> {link}", time.Hour)
	d.clock.Advance(24*time.Hour + time.Second)
	d.buy(post, "A", "B", "C", "A", "A")
	d.clock.Advance(time.Second)
	d.wants(200, `<p class="drop-number">3</p>`, "6 <small>of 1,000", "€1,197.00", "<dt>Repeats refused</dt><dd>2</dd>",
		"now <b>3</b>", "most <b>3</b>", "Go &lt;now&gt;")(d.get("/campaigns/1/drop"))
	d.clock.Advance(24 * time.Hour)
	d.wants(200, "峰值 <b>3</b>")(d.get("/campaigns/1/drop?lang=zh-Hans")) // ends with what came last
	d.wants(404)(d.get("/campaigns/9/drop"))
	d.wants(404)(d.get("/campaigns/9/drop/events"))
}

func TestDropIsForMarketing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, role := range []accounts.Role{accounts.Product, accounts.Moderator, accounts.Fan} {
		b, _ := d.signedIn(role)
		for _, path := range []string{"/campaigns/1/drop", "/campaigns/1/drop/events", "/campaigns/1/report/time.csv"} {
			b.wants(403)(b.get(path))
		}
	}
	stranger := d.harness.browser()
	stranger.wants(303, "Location: /sign-in")(stranger.get("/campaigns/1/drop/events"))
}

// events opens a stream and gives its lines.
func (d *desk) events(path string) (lines *bufio.Scanner, leave func()) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+path, nil)
	d.must(err)
	response, err := d.browser.http.Do(request)
	d.must(err)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || kind != "text/event-stream" {
		d.t.Fatalf("%s, %s", response.Status, kind)
	}
	return bufio.NewScanner(response.Body), func() { cancel(); response.Body.Close() }
}

// TestDropStreams: the events come through all that stands around the handler,
// sessions too, and hold what the page holds.
func TestDropStreams(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.server.drops.every = time.Millisecond
	post := d.schedule("Go {link}", time.Hour)
	d.buy(post, "A")
	lines, leave := d.events("/campaigns/1/drop/events?lang=de")
	defer leave()
	more := false
	for lines.Scan() {
		if strings.Contains(lines.Text(), "<dt>Bestellungen</dt><dd>1</dd>") && !more {
			more = true
			d.buy(post, "B", "C")
		}
		if strings.Contains(lines.Text(), "<dt>Bestellungen</dt><dd>3</dd>") {
			d.server.EndStreams()
			for lines.Scan() { // what was on its way, then the end
			}
			if _, err := d.server.drops.join(1, "en"); !fault.Is(err, fault.Unavailable) {
				t.Errorf("somebody joined a hub that is closed: %v", err)
			}
			return
		}
	}
	t.Fatal("the stream ended", lines.Err())
}

func testHub(read func(context.Context, int64) (reports.Drop, error)) *dropHub {
	return &dropHub{
		read: read, every: time.Second, most: 3, log: slog.New(slog.DiscardHandler), quit: make(chan struct{}),
		samplers: map[int64]*dropSampler{},
		render: func(locale string, d reports.Drop) ([]byte, error) {
			return fmt.Appendf(nil, "%s %d", locale, d.Orders), nil
		},
	}
}

func TestDropHubReadsOnceForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		reads := map[int64]int{}
		hub := testHub(func(_ context.Context, id int64) (d reports.Drop, err error) {
			mu.Lock()
			defer mu.Unlock()
			reads[id]++
			d.Orders = int64(reads[id])
			if reads[id] == 3 {
				err = errors.New("busy")
			}
			return d, err
		})
		english, err := hub.join(1, "en")
		if err != nil {
			t.Fatal(err)
		}
		slow, _ := hub.join(1, "de")
		other, _ := hub.join(2, "en")
		if _, err := hub.join(1, "en"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("more joined than may: %v", err)
		}
		synctest.Wait()
		for _, want := range []string{"en 1", "en 2", "en 4"} { // the third reading failed
			if got := string(<-english.events); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if got := string(<-slow.events); got != "de 5" {
			t.Errorf("who was slow got %q, not the latest", got)
		}
		hub.leave(english)
		hub.leave(other)
		readsOf := func(id int64) int {
			mu.Lock()
			defer mu.Unlock()
			return reads[id]
		}
		before := readsOf(2)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if readsOf(2) != before || readsOf(1) != 15 {
			t.Errorf("read %v, and campaign 2 %d times before its last viewer left", reads, before)
		}
		hub.leave(slow)
		if len(hub.samplers) != 0 || hub.viewers != 0 {
			t.Errorf("%d samplers and %d viewers are left", len(hub.samplers), hub.viewers)
		}
		hub.close()
		hub.close()
	})
}

func TestCountdown(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]string{
		time.Second: "00:00:01", time.Hour - time.Second: "00:59:59", 47*time.Hour + 62*time.Second: "47:01:02",
	} {
		if got := countdown(left); got != want {
			t.Errorf("%v is %q, want %q", left, got, want)
		}
	}
}

// Once the curve shows minutes that are over, nothing comes now.
func TestNothingComesNowOnceTheCurveIsPast(t *testing.T) {
	t.Parallel()
	at := time.Date(2012, 8, 16, 12, 0, 0, 500, time.UTC)
	d := reports.Drop{At: at, Until: at.Truncate(time.Second), PerSecond: []int64{0, 7}}
	d.Sale.Currency, d.Revenue = "USD", []orders.Money{{Currency: "EUR", Total: 1}, {Currency: "GBP", Total: 2}, {Currency: "USD", Total: 3}}
	if f := newDropFigures(d); f.Past || f.Rate != 7 || f.Revenue[0].Currency != "USD" || len(f.Revenue) != 3 || d.Revenue[0].Currency != "EUR" {
		t.Errorf("%+v", f)
	}
	d.Until = d.Until.Add(-6 * time.Minute)
	if f := newDropFigures(d); !f.Past || f.Rate != 0 || f.Most != 7 {
		t.Errorf("%+v", f)
	}
}
