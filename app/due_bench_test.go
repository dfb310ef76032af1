package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// BenchmarkDueOverHTTP has posts to 500 accounts go out over HTTP through the
// real connectors, on a database as durable as in production, and tells by the
// clock of the networks how late they came, and in which order they were sent and
// taken: half are due at one instant, and the others in four steps within 200 ms. The networks share the
// machine. A round takes half a minute: the figures are those of one, with
// -benchtime 1x.
func BenchmarkDueOverHTTP(b *testing.B) {
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		for _, count := range []int{1000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", dialect, count), func(b *testing.B) {
				if dialect == storage.Postgres && os.Getenv("FANFARE_TEST_POSTGRES") == "" {
					b.Skip("FANFARE_TEST_POSTGRES names no server")
				}
				for range b.N {
					newDueBench(b, dialect).run(b, count)
				}
			})
		}
	}
}

type dueBench struct {
	app      *App
	wire     *wireLog
	x        *sandbox.X
	weibo    *sandbox.Weibo
	actor    accounts.Actor
	accounts []int64
	campaign int64
}

const dueAccounts = 500

func newDueBench(b *testing.B, dialect storage.Dialect) *dueBench {
	clock := storage.SystemClock{}.Now
	d := &dueBench{x: sandbox.NewX(sandbox.XOptions{Clock: clock}), weibo: sandbox.NewWeibo(sandbox.WeiboOptions{Clock: clock}), wire: newWireLog()}
	var err error
	d.app, err = Open(b.Context(), Config{
		Addr: "127.0.0.1:0", PublicURL: "http://go.example.com", Data: b.TempDir(), Database: storagetest.URL(b, dialect),
		XURL: listen(b, d.x), WeiboURL: listen(b, d.weibo), ClientIP: "127.0.0.1", LogLevel: "error",
		Networks: &http.Client{Transport: d.wire.transport(), Timeout: 30 * time.Second},
	})
	benchMust(b, err)
	b.Cleanup(func() { _ = d.app.Close(context.WithoutCancel(b.Context())) })
	person, err := d.app.Accounts.CreatePerson(b.Context(), accounts.System(), accounts.PersonDraft{Email: "lei@example.com", Name: "Lei", Role: accounts.Marketing})
	benchMust(b, err)
	d.actor = accounts.Actor{PersonID: person.ID, Role: accounts.Marketing}
	sale, err := d.app.Campaigns.CreateSale(b.Context(), d.actor, campaigns.Sale{
		Name: "Mi 2", Product: "Mi 2", Market: "HK", Currency: "HKD", Units: 50_000, OpensAt: clock().Add(time.Hour), StoreURL: "https://shop.example/mi2",
	})
	benchMust(b, err)
	campaign, err := d.app.Campaigns.CreateCampaign(b.Context(), d.actor, sale.ID, "Launch")
	benchMust(b, err)
	d.campaign = campaign.ID
	for i := range dueAccounts {
		d.connect(b, i)
	}
	return d
}

func benchMust(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// connect connects one account, on the two networks in turn.
func (d *dueBench) connect(b *testing.B, number int) {
	name := fmt.Sprintf("mi%d", number)
	network, credentials := connectors.Twitter, d.x.AddAccount(sandbox.XAccount{Handle: name}).Info().Credentials
	if number%2 == 1 {
		network, credentials = connectors.Weibo, d.weibo.AddAccount(sandbox.WeiboAccount{Name: name, SafeDomain: "go.example.com"}).Info().Credentials
	}
	content, err := json.Marshal(credentials)
	benchMust(b, err)
	account, err := d.app.Campaigns.ConnectAccount(b.Context(), d.actor, campaigns.AccountDraft{Network: network, Name: name, Credentials: content})
	benchMust(b, err)
	d.accounts = append(d.accounts, account.ID)
}

// dueStep is how much after the first instant a post is due, by its number.
func dueStep(number int) time.Duration {
	if number%2 == 0 {
		return 0
	}
	return time.Duration(number/2%4+1) * 50 * time.Millisecond
}

// run schedules so many deliveries and reports when they came.
func (d *dueBench) run(b *testing.B, count int) {
	due := time.Now().Add(20*time.Second + time.Duration(count)*2*time.Millisecond).UTC().Truncate(time.Second)
	for i := range count / dueAccounts {
		_, err := d.app.Campaigns.SchedulePost(b.Context(), d.actor, campaigns.PostDraft{
			CampaignID: d.campaign, Text: fmt.Sprintf("Number %d: the Mi 2 is on sale in Hong Kong from noon on {link} all day", i),
			Accounts: d.accounts, DueAt: due.Add(dueStep(i)), Priority: i % 3,
		})
		benchMust(b, err)
	}
	if time.Until(due) < 12*time.Second {
		b.Fatal("scheduling took too long for this instant")
	}
	benchMust(b, d.app.Campaigns.Start(b.Context()))
	benchMust(b, d.app.Jobs.Start(b.Context()))
	deadline := due.Add(time.Minute)
	for len(d.x.Posts())+len(d.weibo.Posts()) < count && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
	}
	ctx := context.WithoutCancel(b.Context())
	benchMust(b, d.app.Jobs.Stop(ctx))
	var late, gone []float64 // milliseconds after their own instant, and after the first
	var arrived, sent disorder
	for network, posts := range map[string][]sandbox.Post{d.app.XURL: d.x.Posts(), d.app.WeiboURL: d.weibo.Posts()} {
		arrived.begin()
		for _, post := range posts {
			step := stepOf(b, post.Text)
			late = append(late, float64(post.At.Sub(due.Add(step)))/float64(time.Millisecond))
			gone = append(gone, float64(post.At.Sub(due))/float64(time.Millisecond))
			arrived.next(step, post.At)
		}
		sent.begin()
		for _, request := range d.wire.requests(network) {
			sent.next(stepOf(b, request.text), request.at)
		}
	}
	if len(late) != count {
		b.Fatalf("%d of %d posts are out", len(late), count)
	}
	slices.Sort(late)
	if late[0] < 0 {
		b.Errorf("a post went out %v ms early", -late[0])
	}
	b.ReportMetric(slices.Max(gone), "out-ms")
	arrived.report(b, "overtaken-%", "behind-ms")
	sent.report(b, "sent-overtaken-%", "sent-behind-ms")
	b.ReportMetric(0, "ns/op") // of no use here
	b.ReportMetric(late[0], "first-ms")
	b.ReportMetric(late[count/2], "p50-ms")
	b.ReportMetric(late[count*99/100], "p99-ms")
	b.ReportMetric(late[count-1], "max-ms")
}

// disorder counts what came after something that was due later.
type disorder struct {
	count, overtaken int
	behind           time.Duration // at most
	latest           time.Duration // the step of what was due last
	latestAt         time.Time
}

// begin starts with another network.
func (o *disorder) begin() { o.latest = -1 }

func (o *disorder) next(step time.Duration, at time.Time) {
	o.count++
	switch {
	case step > o.latest:
		o.latest, o.latestAt = step, at
	case step < o.latest:
		o.overtaken++
		o.behind = max(o.behind, at.Sub(o.latestAt))
	}
}

func (o *disorder) report(b *testing.B, overtaken, behind string) {
	b.ReportMetric(float64(o.overtaken)*100/float64(o.count), overtaken)
	b.ReportMetric(float64(o.behind)/float64(time.Millisecond), behind)
}

// stepOf reads out of a post how much after the first instant it was due.
func stepOf(b *testing.B, text string) time.Duration {
	b.Helper()
	var number int
	_, err := fmt.Sscanf(text, "Number %d:", &number)
	benchMust(b, err)
	return dueStep(number)
}
