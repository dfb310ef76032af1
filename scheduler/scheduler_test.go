package scheduler_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

type note struct {
	Text string `json:"text"`
}

func (note) Kind() string { return "note" }

type tick struct{}

func (tick) Kind() string { return "tick" }

// eachDatabase runs f on each, with the machine's clock: River knows no other.
func eachDatabase(t *testing.T, f func(t *testing.T, db *storage.DB)) {
	t.Helper()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			f(t, storagetest.Open(t, dialect, storage.SystemClock{}))
		})
	}
}

func newScheduler(t *testing.T, db *storage.DB) *scheduler.Scheduler {
	t.Helper()
	s, err := scheduler.New(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, s *scheduler.Scheduler) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func enqueue(t *testing.T, db *storage.DB, s *scheduler.Scheduler, fail error, entries ...scheduler.Entry) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *storage.Tx) error {
		return errors.Join(s.Enqueue(tx, entries...), fail)
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
}

// next gives what a handler sent, or fails the test.
func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came in 30 s")
		panic("unreachable")
	}
}

func TestJobsExistIfTheirTransactionCommits(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		s, done := newScheduler(t, db), make(chan string, 10)
		scheduler.Handle(s, func(_ context.Context, n note) error { done <- n.Text; return nil })
		enqueue(t, db, s, errors.New("rolled back"), scheduler.Entry{Job: note{"never"}})
		enqueue(t, db, s, nil, scheduler.Entry{Job: note{"first"}})
		start(t, s)
		if got := next(t, done); got != "first" {
			t.Errorf("the first job done is %q", got)
		}
		enqueue(t, db, s, nil, scheduler.Entry{Job: note{"second"}, Queue: scheduler.QueueDeliveries})
		if got := next(t, done); got != "second" {
			t.Errorf("the next job done is %q", got)
		}
	})
}

// TestWhatIsDueNeedNotWaitForARound: River looks for jobs that have become due
// every five seconds, and "post now" must not wait for that.
func TestWhatIsDueNeedNotWaitForARound(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		now := db.Clock().Now()
		enqueue(t, db, newScheduler(t, db), nil,
			scheduler.Entry{Job: note{"past"}, At: now.Add(-scheduler.Lead)},
			scheduler.Entry{Job: note{"future"}, At: now.Add(time.Hour)})
		var states []string
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			return tx.Table("river_job").Order("id").Pluck("state", &states).Error
		})
		if diff := cmp.Diff([]string{"available", "scheduled"}, states); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestAgainAndNever(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		s, calls := newScheduler(t, db), make(chan string, 10)
		again := true
		scheduler.Handle(s, func(_ context.Context, n note) error {
			calls <- n.Text
			if n.Text == "never" {
				return scheduler.Never(errors.New("cannot help"))
			}
			if again {
				again = false
				return scheduler.Again(0)
			}
			return nil
		})
		enqueue(t, db, s, nil, scheduler.Entry{Job: note{"again"}})
		start(t, s)
		for range 2 {
			if got := next(t, calls); got != "again" {
				t.Errorf("got %q", got)
			}
		}
		enqueue(t, db, s, nil, scheduler.Entry{Job: note{"never"}})
		next(t, calls)
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		var cancelled int64
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			return tx.Table("river_job").Where("state = 'cancelled'").Count(&cancelled).Error
		})
		if err != nil || cancelled != 1 {
			t.Errorf("%d jobs given up, want 1 (%v)", cancelled, err)
		}
	})
}

func TestAJobStoppedInTheMiddleIsDoneAfterTheNextStart(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		first, begun := newScheduler(t, db), make(chan bool, 1)
		scheduler.Handle(first, func(ctx context.Context, _ note) error {
			begun <- true
			<-ctx.Done()
			return ctx.Err()
		})
		enqueue(t, db, first, nil, scheduler.Entry{Job: note{"long"}})
		if err := first.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		next(t, begun)
		if err := first.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}

		second, done := newScheduler(t, db), make(chan string, 1)
		scheduler.Handle(second, func(_ context.Context, n note) error { done <- n.Text; return nil })
		start(t, second)
		if got := next(t, done); got != "long" {
			t.Errorf("got %q", got)
		}
	})
}

// TestWhatAKilledProcessHeldIsTakenBack leaves a job and the leadership with a
// process that will never come back, as SIGKILL does.
func TestWhatAKilledProcessHeldIsTakenBack(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storage.SystemClock{})
	s, done := newScheduler(t, db), make(chan string, 1)
	scheduler.Handle(s, func(_ context.Context, n note) error { done <- n.Text; return nil })
	enqueue(t, db, s, nil, scheduler.Entry{Job: note{"held"}})
	err := db.Write(t.Context(), func(tx *storage.Tx) error {
		return errors.Join(
			tx.Exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP").Error,
			tx.Exec("INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (CURRENT_TIMESTAMP, datetime('now', '+1 hour'), 'dead')").Error,
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	start(t, s)
	if got := next(t, done); got != "held" {
		t.Errorf("got %q", got)
	}
}

func TestEveryRunsOnASchedule(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		s, ticks := newScheduler(t, db), make(chan bool, 10)
		scheduler.Handle(s, func(context.Context, tick) error { ticks <- true; return nil })
		if err := s.Every("@every 1s", tick{}); err != nil {
			t.Fatal(err)
		}
		start(t, s)
		for range 2 {
			next(t, ticks)
		}
	})
}

// TestEveryDoesNotWaitForAKilledRun leaves the last run with a process that
// was killed: on PostgreSQL nobody knows that it is dead.
func TestEveryDoesNotWaitForAKilledRun(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		killed, begun := newScheduler(t, db), make(chan bool, 1)
		scheduler.Handle(killed, func(ctx context.Context, _ tick) error {
			begun <- true
			<-ctx.Done()
			return ctx.Err()
		})
		if err := killed.Every("@every 1s", tick{}); err != nil {
			t.Fatal(err)
		}
		if err := killed.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		next(t, begun)
		if err := killed.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Exec("UPDATE river_job SET state = 'running', attempted_at = CURRENT_TIMESTAMP WHERE kind = 'tick'").Error
		})
		if err != nil {
			t.Fatal(err)
		}

		s, ticks := newScheduler(t, db), make(chan bool, 10)
		scheduler.Handle(s, func(context.Context, tick) error { ticks <- true; return nil })
		if err := s.Every("@every 1s", tick{}); err != nil {
			t.Fatal(err)
		}
		start(t, s)
		for range 2 { // on SQLite the first is the killed run, taken back
			next(t, ticks)
		}
	})
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	from := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC) // a Thursday
	for schedule, want := range map[string]time.Time{
		"30 9 * * FRI":                      time.Date(2012, 8, 17, 9, 30, 0, 0, time.UTC),
		"CRON_TZ=Asia/Hong_Kong 0 21 * * *": time.Date(2012, 8, 16, 13, 0, 0, 0, time.UTC),
		"@every 10s":                        from.Add(10 * time.Second),
	} {
		when, err := scheduler.ParseSchedule(schedule)
		if err != nil || !when.Next(from).Equal(want) {
			t.Errorf("%s: next %v, want %v (%v)", schedule, when.Next(from), want, err)
		}
	}
	for _, schedule := range []string{"", "soon", "61 * * * *", "* * * *", "CRON_TZ=Nowhere/Land * * * * *", "TZ=UTC", "CRON_TZ=UTC "} {
		if _, err := scheduler.ParseSchedule(schedule); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", schedule, err)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	f.Add("30 9 * * FRI")
	f.Add("@every 1m")
	f.Add("CRON_TZ=UTC")
	f.Fuzz(func(t *testing.T, schedule string) {
		when, err := scheduler.ParseSchedule(schedule)
		if err != nil {
			return
		}
		from := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
		if next := when.Next(from); !next.IsZero() && !next.After(from) {
			t.Errorf("%q: next is %v", schedule, next)
		}
	})
}
