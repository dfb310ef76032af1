package campaigns

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// BenchmarkWake takes a thousand deliveries that are due from their jobs to the
// release, step by step, with no post in the future and with a million, on a
// database as durable as in production: neither must cost more for those that
// lie ahead. Filling takes minutes; the figures are those of one round, with
// -benchtime 1x.
func BenchmarkWake(b *testing.B) {
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		for _, future := range []int{0, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", dialect, future), func(b *testing.B) {
				if dialect == storage.Postgres && os.Getenv("FANFARE_TEST_POSTGRES") == "" {
					b.Skip("FANFARE_TEST_POSTGRES names no server")
				}
				db, err := storage.Open(b.Context(), storage.Config{URL: storagetest.URL(b, dialect)})
				must(b, err)
				b.Cleanup(func() { _ = db.Close() })
				d := openDesk(b, db)
				d.fillFuture(b, future)
				for range b.N {
					newWakeBench(d).run(b)
				}
			})
		}
	}
}

// wakeBench measures what waking takes, in rounds.
type wakeBench struct {
	*desk
	engine riverdriver.Executor
	order  []string
	spent  map[string][]float64 // milliseconds by step
}

const wokenAtOnce = 1000

func newWakeBench(d *desk) *wakeBench {
	w := &wakeBench{desk: d, spent: make(map[string][]float64)}
	if d.db.Dialect() == storage.Postgres {
		w.engine = riverpgxv5.New(d.db.Pool()).GetExecutor()
	} else {
		w.engine = riversqlite.New(d.db.SQL()).GetExecutor()
	}
	return w
}

func (w *wakeBench) run(b *testing.B) {
	const rounds = 5
	for range rounds {
		w.round(b)
	}
	total := 0.0
	for _, step := range w.order {
		slices.Sort(w.spent[step])
		median := w.spent[step][rounds/2]
		total += median
		b.ReportMetric(median, step+"-ms")
	}
	b.ReportMetric(total, "all-ms")
	b.ReportMetric(0, "ns/op") // of no use here
}

// step measures one step.
func (w *wakeBench) step(b *testing.B, name string, do func(ctx context.Context) error) {
	b.Helper()
	begun := time.Now()
	must(b, do(b.Context()))
	if w.spent[name] == nil {
		w.order = append(w.order, name)
	}
	w.spent[name] = append(w.spent[name], float64(time.Since(begun))/float64(time.Millisecond))
}

func (w *wakeBench) round(b *testing.B) {
	w.addDue(b, wokenAtOnce, time.Now().UTC().Truncate(time.Second))
	w.asleep(b)
	now := time.Now()
	var ids []int64
	must(b, w.db.Read(b.Context(), func(tx *storage.Tx) error {
		return tx.Model(&Delivery{}).Where(dueNow, tx.Now).Pluck("id", &ids).Error
	}))
	// What the engine does each five seconds, and its workers then.
	w.step(b, "schedule", func(ctx context.Context) error {
		moved, err := w.engine.JobSchedule(ctx, &riverdriver.JobScheduleParams{Max: 10_000, Now: &now})
		if err == nil && len(moved) != wokenAtOnce {
			err = fmt.Errorf("%d jobs moved", len(moved))
		}
		return err
	})
	w.step(b, "fetch", func(ctx context.Context) error {
		jobs, err := w.engine.JobGetAvailable(ctx, &riverdriver.JobGetAvailableParams{
			ClientID: "bench", MaxToLock: wokenAtOnce, Queue: scheduler.QueueDeliveries, Now: &now, MaxAttemptedBy: 100,
		})
		if err == nil && len(jobs.Jobs) != wokenAtOnce {
			err = fmt.Errorf("%d jobs fetched", len(jobs.Jobs))
		}
		return err
	})
	w.step(b, "upkeep", func(ctx context.Context) error { return w.upkeep(ctx, now) })
	w.step(b, "sweep", func(ctx context.Context) error { return w.sweep(ctx, sweepJob{}) })
	var claimed []outgoing
	w.step(b, "claim", func(context.Context) error {
		all, err := w.prepareAll(ids)
		if err != nil {
			return err
		}
		for _, p := range all {
			claimed = append(claimed, p.outgoing)
		}
		next, err := w.claimAll(claimed)
		for i, d := range next {
			if claimed[i].delivery = d; d.State != Publishing {
				b.Errorf("a delivery is %q", d.State)
			}
		}
		return err
	})
	w.step(b, "release", func(context.Context) error {
		_, err := w.Service.release(claimed)
		return err
	})
	finished := make([]finishedCall, len(claimed))
	for i, out := range claimed {
		finished[i] = finishedCall{out.delivery, out.limited(), outcome{started: now, receipt: connectors.Receipt{RemoteID: fmt.Sprint(i)}}}
	}
	_, err := w.recordAll(finished)
	must(b, err)
}

// upkeep is what the engine looks for twice a minute: jobs whose worker is lost,
// and those that are long done.
func (w *wakeBench) upkeep(ctx context.Context, now time.Time) error {
	long := now.Add(-time.Hour)
	if _, err := w.engine.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{Max: 1000, StuckHorizon: long}); err != nil {
		return err
	}
	_, err := w.engine.JobDeleteBefore(ctx, &riverdriver.JobDeleteBeforeParams{
		CancelledDoDelete: true, CancelledFinalizedAtHorizon: long, CompletedDoDelete: true, CompletedFinalizedAtHorizon: long,
		DiscardedDoDelete: true, DiscardedFinalizedAtHorizon: long, Max: 1000,
	})
	return err
}

// asleep has the jobs of deliveries that are due wait for their time again.
func (w *wakeBench) asleep(b *testing.B) {
	must(b, w.db.Write(b.Context(), func(tx *storage.Tx) error {
		return tx.Exec("UPDATE river_job SET state = 'scheduled' WHERE state = 'available'").Error
	}))
}

// fillFuture makes deliveries for the months to come, each with its job.
func (d *desk) fillFuture(b *testing.B, count int) {
	b.Helper()
	if count == 0 {
		return
	}
	from := time.Now().UTC().Truncate(time.Second).Add(24 * time.Hour)
	rows, due, args := "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) ",
		"strftime('%Y-%m-%d %H:%M:%S', ?, '+' || (i * 10) || ' seconds') || '+00:00'", "jsonb('{\"delivery_id\":' || id || '}')"
	source, start := "FROM n", any(from.Format(time.DateTime))
	if d.db.Dialect() == storage.Postgres {
		rows, due, args = "WITH n AS (SELECT generate_series(1, ?) AS i) ", "CAST(? AS TIMESTAMPTZ) + i * INTERVAL '10 seconds'", "jsonb_build_object('delivery_id', id)"
		start = from
	}
	must(b, d.db.Write(b.Context(), func(tx *storage.Tx) error {
		post := Post{CampaignID: d.campaign.ID, Text: "{link}", DueAt: from, CreatedBy: d.actor.PersonID, CreatedAt: tx.Now}
		if err := tx.Create(&post).Error; err != nil {
			return err
		}
		err := tx.Exec(rows+`INSERT INTO deliveries (post_id, campaign_id, account_id, network, text, state, due_at, wake_at, updated_at)
			SELECT ?, ?, ?, 'twitter', 'A text of the usual length: the Mi 2 is on sale in Hong Kong from noon on. https://fan.example/r/000000000000',
			'scheduled', `+due+`, `+due+`, ? `+source,
			count, post.ID, d.campaign.ID, d.account, start, start, tx.Now).Error
		if err != nil {
			return err
		}
		return tx.Exec(`INSERT INTO river_job (args, kind, max_attempts, queue, scheduled_at, state)
			SELECT ` + args + `, 'campaigns.publish', 25, 'deliveries', wake_at, 'scheduled' FROM deliveries`).Error
	}))
	if d.db.Dialect() == storage.Postgres { // as it does by itself before long
		_, err := d.db.SQL().ExecContext(b.Context(), "ANALYZE river_job, deliveries")
		must(b, err)
	}
}
