package campaigns

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"fanfare/campaigns/links"
	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// instantNetwork answers at once and notes when it was called.
type instantNetwork struct {
	fakeNetwork

	called sync.Mutex
	calls  []time.Time
	all    chan struct{} // closed when as many calls came as were wanted
	want   int
}

func (n *instantNetwork) Publish(_ context.Context, _ connectors.Credentials, post connectors.Post) (connectors.Receipt, error) {
	now := time.Now()
	n.called.Lock()
	defer n.called.Unlock()
	n.calls = append(n.calls, now)
	if len(n.calls) == n.want {
		close(n.all)
	}
	told := []connectors.Standing{{Limit: "posts", Most: manyCalls, Left: manyCalls - len(n.calls), ResetsAt: now.Add(time.Hour)}}
	return connectors.Receipt{RemoteID: post.Link, URL: post.Link, CreatedAt: now, Limits: told}, nil
}

// manyCalls is a limit that is counted but not met.
const manyCalls = 1_000_000

func (n *instantNetwork) Limits(connectors.Credentials) []connectors.Limit {
	publish := []connectors.Call{connectors.CallPublish}
	return []connectors.Limit{
		{Name: "posts", Calls: publish, Most: manyCalls, Span: 15 * time.Minute},
		{Name: "posts_app_day", Calls: publish, Most: manyCalls, Span: 24 * time.Hour, App: "a1"},
	}
}

// BenchmarkDue releases thousands of deliveries that are due at one instant,
// through the job engine, on a database as durable as in production, and tells
// how late the calls to the network began. A round takes 20 s: the figures are
// those of one, with -benchtime 1x.
func BenchmarkDue(b *testing.B) {
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		for _, count := range []int{1000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", dialect, count), func(b *testing.B) {
				if dialect == storage.Postgres && os.Getenv("FANFARE_TEST_POSTGRES") == "" {
					b.Skip("FANFARE_TEST_POSTGRES names no server")
				}
				db, err := storage.Open(b.Context(), storage.Config{URL: storagetest.URL(b, dialect)})
				must(b, err)
				b.Cleanup(func() { _ = db.Close() })
				for range b.N {
					releaseAtOnce(b, db, count)
				}
			})
		}
	}
}

func releaseAtOnce(b *testing.B, db *storage.DB, count int) {
	d := openDesk(b, db)
	network := &instantNetwork{all: make(chan struct{}), want: count}
	d.networks[connectors.Twitter] = network
	due := time.Now().Add(20 * time.Second).UTC().Truncate(time.Second)
	d.addDue(b, count, due)
	must(b, d.Service.jobs.Start(b.Context()))
	defer func() { must(b, d.Service.jobs.Stop(context.WithoutCancel(b.Context()))) }()

	time.Sleep(time.Until(due.Add(-time.Second)))
	b.ReportMetric(float64(d.countJobs(b, "running")), "awake") // a second before
	select {
	case <-network.all:
	case <-time.After(time.Minute):
		b.Fatalf("%d of %d calls within a minute", len(network.calls), count)
	}
	for d.countJobs(b, "completed") < count {
		time.Sleep(50 * time.Millisecond)
	}
	b.ReportMetric(time.Since(due).Seconds(), "done-s")
	late := make([]float64, count)
	for i, called := range network.calls {
		late[i] = float64(called.Sub(due)) / float64(time.Millisecond)
	}
	slices.Sort(late)
	b.ReportMetric(0, "ns/op") // of no use here
	b.ReportMetric(late[0], "first-ms")
	b.ReportMetric(late[count/2], "p50-ms")
	b.ReportMetric(late[count*99/100], "p99-ms")
	b.ReportMetric(late[count-1], "max-ms")
	if late[0] < 0 {
		b.Errorf("a post went out %v ms early", -late[0])
	}
}

// addDue makes deliveries with their links and jobs, more quickly than by
// scheduling one post after another.
func (d *desk) addDue(b testing.TB, count int, due time.Time) {
	b.Helper()
	must(b, d.db.Write(b.Context(), func(tx *storage.Tx) error {
		post := Post{CampaignID: d.campaign.ID, Text: "{link}", DueAt: due, CreatedBy: d.actor.PersonID, CreatedAt: tx.Now}
		if err := tx.Create(&post).Error; err != nil {
			return err
		}
		deliveries, all := make([]Delivery, count), make([]links.Link, count)
		var jobs []scheduler.Entry
		for i := range deliveries {
			deliveries[i] = Delivery{
				PostID: post.ID, CampaignID: post.CampaignID, AccountID: d.account, Network: connectors.Twitter,
				Text:  fmt.Sprintf("Number %d of a text of the usual length. The Mi 2 is on sale in Hong Kong from noon on, 50,000 of them. https://fan.example/r/000000000000", i),
				State: Scheduled, DueAt: due, WakeAt: at(due), UpdatedAt: tx.Now,
			}
		}
		if err := tx.CreateInBatches(deliveries, 16).Error; err != nil {
			return err
		}
		for i, delivery := range deliveries {
			all[i] = links.Link{
				DeliveryID: delivery.ID, PostID: post.ID, CampaignID: post.CampaignID, Network: connectors.Twitter,
				URL: fmt.Sprint("https://fan.example/r/", i), TargetURL: "https://shop.example/mi2", CreatedAt: tx.Now,
			}
			jobs = append(jobs, d.nextJobs(delivery, tx.Now)...)
		}
		if err := tx.CreateInBatches(all, 16).Error; err != nil {
			return err
		}
		return d.Service.jobs.Enqueue(tx, jobs...)
	}))
}

func (d *desk) countJobs(b *testing.B, state string) (count int) {
	b.Helper()
	must(b, d.db.Read(b.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT COUNT(*) FROM river_job WHERE state = ? AND kind = ?", state, publishJob{}.Kind()).Scan(&count).Error
	}))
	return count
}
