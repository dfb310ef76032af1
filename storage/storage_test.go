package storage_test

import (
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

type switchRow struct {
	Name     string `gorm:"primaryKey"`
	ThrownBy int64
	ThrownAt time.Time
}

func (switchRow) TableName() string { return "switches" }

type person struct {
	ID        int64
	Email     string
	Name      string
	Role      string
	CreatedAt time.Time
}

func (person) TableName() string { return "people" }

func TestTransactions(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		var effects int
		failure := errors.New("no")
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			tx.AfterCommit(func() { effects++ })
			if err := tx.Create(&person{Name: "Lei", Role: "admin", CreatedAt: tx.Now}).Error; err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) || !fault.Is(err, fault.Internal) || effects != 0 {
			t.Fatalf("rolled back: err %v, %d effects", err, effects)
		}

		lei := person{Email: "lei@example.com", Name: "Lei", Role: "admin"}
		err = db.Write(t.Context(), func(tx *storage.Tx) error {
			lei.CreatedAt = tx.Now
			tx.AfterCommit(func() { effects++ })
			return tx.Create(&lei).Error
		})
		if err != nil || effects != 1 || lei.ID == 0 {
			t.Fatalf("committed: err %v, %d effects, id %d", err, effects, lei.ID)
		}

		err = db.Read(t.Context(), func(tx *storage.Tx) error {
			var got person
			if err := tx.First(&got, lei.ID).Error; err != nil {
				return err
			}
			if !got.CreatedAt.Equal(clock.Now()) {
				t.Errorf("time came back as %v, want %v", got.CreatedAt, clock.Now())
			}
			return tx.Create(&person{Name: "in a read"}).Error
		})
		if err == nil {
			t.Error("a read transaction wrote")
		}
	})
}

func TestErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		create := func(row any) error {
			return db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Create(row).Error })
		}
		lei := person{Email: "lei@example.com"}
		if err := create(&lei); err != nil {
			t.Fatal(err)
		}
		if err := create(&person{Email: "lei@example.com"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("duplicate: %v", err)
		}
		if err := create(&switchRow{Name: "paused", ThrownBy: lei.ID + 1}); !fault.Is(err, fault.Conflict) {
			t.Errorf("dangling reference: %v", err)
		}
		err := db.Read(t.Context(), func(tx *storage.Tx) error { return tx.First(&person{}, 999).Error })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("missing: %v", err)
		}
	})
}

// A server that restarts ends all connections and, for a while, takes no new ones.
func TestALostDatabaseComesBack(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres, storagetest.NewClock())
	server, err := sql.Open("pgx", os.Getenv("FANFARE_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var name string
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	run := func(statement string) {
		t.Helper()
		if _, err := server.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	endAll := "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + name + "'"
	write := func(meanwhile string) error {
		return db.Write(t.Context(), func(tx *storage.Tx) error {
			err := tx.Create(&person{Email: "lei@example.com"}).Error
			if meanwhile != "" {
				run(meanwhile)
				err = tx.Create(&person{Email: "lin@example.com"}).Error
			}
			return err
		})
	}
	unavailable := func(when string, err error) {
		t.Helper()
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.RetryAfter == 0 {
			t.Errorf("%s: %v", when, err)
		}
	}
	unavailable("ended in a transaction", write(endAll))
	run("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
	run(endAll)
	for range 3 { // dead connections, then no new one
		unavailable("no connection", write(""))
		unavailable("no connection", db.Ping(t.Context()))
	}
	run("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true")
	if err := write(""); err != nil {
		t.Errorf("back again: %v", err)
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// The job engine's own migrations may make its table anew.
func TestTheIndexOfWaitingJobsComesBack(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		for range 2 {
			if _, err := db.SQL().ExecContext(t.Context(), "DROP INDEX fanfare_job_waiting"); err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The query is River's.
func TestSQLiteFindsDueJobsByTheirTime(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storage.SystemClock{})
	var plan struct{ Detail string }
	err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw(`EXPLAIN QUERY PLAN SELECT id, unique_key FROM river_job WHERE state IN ('retryable', 'scheduled')
			AND scheduled_at <= coalesce(cast(? AS text), datetime('now', 'subsec')) ORDER BY priority, scheduled_at, id LIMIT 10`, nil).Take(&plan).Error
	})
	if err != nil || !strings.Contains(plan.Detail, "fanfare_job_waiting (state=? AND scheduled_at<?)") {
		t.Errorf("%q, %v", plan.Detail, err)
	}
}

func TestOpenRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]fault.Kind{
		"mysql://localhost":                     fault.Invalid,
		"sqlite:/dev/null/no/such.db":           fault.Unavailable,
		"postgres://localhost:1/x?sslmode=off0": fault.Unavailable,
	} {
		if _, err := storage.Open(t.Context(), storage.Config{URL: url}); !fault.Is(err, want) {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}
