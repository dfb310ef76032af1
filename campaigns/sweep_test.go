package campaigns

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestSweepReplacesLostJobs(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.forget(t, d.jobs(t)...)
		clock.Advance(time.Minute + usual.SweepGrace)
		must(t, d.sweep(t.Context(), sweepJob{}))
		if len(d.jobs(t)) != 0 {
			t.Fatal("the sweep did not give the job its time")
		}
		clock.Advance(time.Second)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.run(t)
		d.wantState(t, id, Published)
	})
}

func TestSweepFindsLostWorkers(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		if _, ok := d.claimNow(t, id); !ok {
			t.Fatal("not claimed")
		}
		clock.Advance(usual.Lease)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.wantState(t, id, Publishing)
		clock.Advance(usual.SweepGrace + time.Second)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.wantState(t, id, InDoubt)
		// The look's job gets lost too.
		d.forget(t, d.jobs(t)...)
		clock.Advance(time.Minute)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.run(t)
		row := d.wantState(t, id, Published)
		if row.Attempts != 2 || d.net.calls != 1 {
			t.Errorf("%d attempts, %d calls", row.Attempts, d.net.calls)
		}
	})
}

func TestAStartOnSQLiteWaitsForNoLease(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		clock.Advance(time.Minute)
		if _, ok := d.claimNow(t, id); !ok {
			t.Fatal("not claimed")
		}
		must(t, d.doubtAbandoned(t.Context()))
		want := InDoubt
		if d.db.Dialect() == storage.Postgres {
			want = Publishing // of another process, for all we know
		}
		d.wantState(t, id, want)
	})
}

func TestSweepLeavesWhatIsPaused(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		waiting := d.schedule(t, d.draft()).ID
		draft := d.draft()
		draft.ExpiresAfter = time.Minute
		expiring := d.schedule(t, draft).ID
		must(t, d.Pause(t.Context(), d.actor))
		d.forget(t, d.jobs(t)...)
		clock.Advance(3 * time.Minute)
		must(t, d.sweep(t.Context(), sweepJob{}))
		d.wantState(t, waiting, Scheduled)
		d.wantState(t, expiring, Expired)
		if jobs := d.jobs(t); len(jobs) != 0 {
			t.Errorf("jobs while paused: %v", jobs)
		}
	})
}

func TestSweepUsesItsIndex(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		var plan []string
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			statement := tx.ToSQL(func(g *gorm.DB) *gorm.DB {
				return g.Where(overdue, tx.Now, tx.Now).Order("wake_at").Limit(sweepSize).Find(&[]Delivery{})
			})
			explain := "EXPLAIN QUERY PLAN "
			if tx.Dialect() == storage.Postgres {
				explain = "EXPLAIN "
				if err := tx.Exec("SET LOCAL enable_seqscan = off").Error; err != nil {
					return err
				}
			}
			rows, err := tx.SQL().QueryContext(t.Context(), explain+statement)
			if err != nil {
				return err
			}
			defer rows.Close()
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]any, len(columns))
				for i := range values {
					values[i] = new(any)
				}
				if err := rows.Scan(values...); err != nil {
					return err
				}
				text, _ := (*values[len(values)-1].(*any)).(string)
				plan = append(plan, text)
			}
			return rows.Err()
		}))
		if !strings.Contains(strings.Join(plan, "\n"), "deliveries_open") {
			t.Errorf("plan:\n%s", strings.Join(plan, "\n"))
		}
	})
}
