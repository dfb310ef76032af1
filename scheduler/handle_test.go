package scheduler_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

type longNote struct{}

func (longNote) Kind() string { return "long" }

// TestAJobEndsWithItsTime: that is a failure of the job's, unlike a stop.
func TestAJobEndsWithItsTime(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *storage.DB) {
		s, ended := newScheduler(t, db), make(chan error, 1)
		scheduler.HandleWithin(s, time.Millisecond, func(ctx context.Context, _ note) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
		enqueue(t, db, s, nil, scheduler.Entry{Job: note{"hangs"}})
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := next(t, ended); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, errors := stateOf(t, db, "note"); errors != 1 {
			t.Errorf("%d errors", errors)
		}
	})
}

// stateOf reads the one job of a kind.
func stateOf(t *testing.T, db *storage.DB, kind string) (state string, errors int) {
	t.Helper()
	length := "json_array_length(errors)"
	if db.Dialect() == storage.Postgres {
		length = "COALESCE(array_length(errors, 1), 0)"
	}
	err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT state, "+length+" FROM river_job WHERE kind = ?", kind).Row().Scan(&state, &errors)
	})
	if err != nil {
		t.Fatal(err)
	}
	return state, errors
}

// TestWhatIsRunningIsTakenUpWhenItsTimeIsOver: on PostgreSQL nobody can tell a
// job whose process was killed from one that another process is at. After its
// kind's time, and no sooner, it is the former.
func TestWhatIsRunningIsTakenUpWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres, storage.SystemClock{})
	s, done := newScheduler(t, db), make(chan string, 10)
	scheduler.HandleWithin(s, 25*time.Second, func(_ context.Context, n note) error { done <- n.Text; return nil })
	scheduler.Handle(s, func(context.Context, longNote) error { done <- "long"; return nil })
	enqueue(t, db, s, nil, scheduler.Entry{Job: longNote{}}, scheduler.Entry{Job: note{"short"}})
	running := func(kind string, since time.Duration) {
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = ? WHERE kind = ?", tx.Now.Add(-since), kind).Error
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	running("note", 31*time.Second)
	running("long", 5*time.Minute)
	start(t, s)
	if got := next(t, done); got != "short" {
		t.Errorf("%s was taken up first", got)
	}
	if state, errors := stateOf(t, db, "long"); state != "running" || errors != 0 {
		t.Errorf("a job that may be under way is %s, with %d errors", state, errors)
	}
}
