// Package scheduler runs durable jobs, once or on a schedule. River is the
// engine: it keeps the jobs in our database, so a job and the rows it is about
// are committed together, and on PostgreSQL several machines share the work.
// robfig/cron reads every schedule. This package knows no domain: others hand
// it jobs and the functions that do them.
package scheduler

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
	"github.com/robfig/cron/v3"

	"fanfare/fault"
	"fanfare/storage"
)

// Job is the work to do: a small struct that JSON can carry, with a kind that
// never changes once a release has stored it.
type Job = river.JobArgs

// The queues. Deliveries wait awake for their second, thousands at once, and
// must not stand behind housekeeping.
const (
	QueueDeliveries   = "deliveries"
	QueueUploads      = "uploads"  // of images, minutes ahead: few at a time, each moves megabytes
	QueueWebhooks     = "webhooks" // a slow endpoint holds a worker for seconds
	QueueLetters      = "letters"  // so does a mail server
	QueueHousekeeping = river.QueueDefault
)

// WebhookWorkers is how many jobs of QueueWebhooks a process does at once.
const WebhookWorkers = 100

// Lead is how long before its due instant a timed job should be enqueued for.
// River moves due jobs to its workers every 5 s, and may find a leader to do
// so only after a few seconds more; a job that is awake early waits by itself.
const Lead = 10 * time.Second

// Again is what a handler returns to be called again after d, or at once when
// that is over. It does not count as a failure.
func Again(d time.Duration) error { return river.JobSnooze(max(d, 0)) }

// Never is what a handler returns when trying again cannot help.
func Never(err error) error { return river.JobCancel(err) }

// unfinished are the states in which a recurring job still stands for its
// period; River asks for all of these.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}

// Scheduler enqueues jobs and, once started, does them.
type Scheduler struct {
	db       *storage.DB
	log      *slog.Logger
	inserter *river.Client[*sql.Tx]
	workers  *river.Workers
	periodic []*river.PeriodicJob
	running  worker
}

// worker is the part of River's client that does not depend on its driver.
type worker interface {
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// New makes a scheduler that can enqueue at once. Register handlers with
// Handle and Every, then Start it where jobs shall run.
func New(db *storage.DB, log *slog.Logger) (*Scheduler, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Scheduler{db: db, log: log, workers: river.NewWorkers()}
	// Enqueuing needs no workers: the process that does the job may be another.
	config := &river.Config{Logger: s.riverLog(), SkipUnknownJobCheck: true}
	var err error
	if db.Dialect() == storage.Postgres {
		s.inserter, err = river.NewClient(riverdatabasesql.New(db.SQL()), config)
	} else {
		s.inserter, err = river.NewClient(riversqlite.New(db.SQL()), config)
	}
	return s, fault.Wrap(err, "job engine")
}

// Every enqueues job on a schedule in cron's five fields or as "@every 1m",
// read by robfig/cron; a "CRON_TZ=Asia/Hong_Kong " before it sets the zone.
// It returns an Invalid error when the schedule cannot be read.
func (s *Scheduler) Every(schedule string, job Job) error {
	when, err := ParseSchedule(schedule)
	if err != nil {
		return err
	}
	s.periodic = append(s.periodic, river.NewPeriodicJob(when, func() (river.JobArgs, *river.InsertOpts) {
		// One run stands for a period, also when another process takes the lead
		// in it. The next period has its own: it must not wait for a run whose
		// process was killed, which River notices after minutes.
		return job, &river.InsertOpts{UniqueOpts: river.UniqueOpts{
			ByArgs: true, ByState: unfinished, ByPeriod: period(when, s.db.Clock().Now()),
		}}
	}, &river.PeriodicJobOpts{RunOnStart: true, ID: job.Kind()}))
	return nil
}

// period is the time from the next run of a schedule to the one after it.
func period(when cron.Schedule, now time.Time) time.Duration {
	next := when.Next(now)
	return when.Next(next).Sub(next)
}

var errZoneAlone = errors.New("a time zone and no schedule")

// ParseSchedule reads a recurrence, as Every takes it.
func ParseSchedule(schedule string) (cron.Schedule, error) {
	var when cron.Schedule
	err := errZoneAlone // cron panics on a zone with nothing after it
	if schedule = strings.TrimSpace(schedule); !strings.Contains(schedule, "TZ=") || strings.Contains(schedule, " ") {
		when, err = cron.ParseStandard(schedule)
	}
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Key: "schedule.unreadable",
			Message: "This recurrence cannot be read: it needs five fields, as in \"30 9 * * FRI\".", Err: err,
		}
	}
	return when, nil
}

// Entry is a job with its time and queue.
type Entry struct {
	Job   Job
	At    time.Time // when to start it; in the past means now
	Queue string    // QueueHousekeeping when empty
}

// Enqueue adds jobs inside the caller's transaction: they exist when it
// commits, and only then.
func (s *Scheduler) Enqueue(tx *storage.Tx, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(entries))
	for i, e := range entries {
		options := &river.InsertOpts{Queue: e.Queue}
		if e.At.After(tx.Now) {
			options.ScheduledAt = e.At // any time set here, past ones too, waits for River's next round
		}
		params[i] = river.InsertManyParams{Args: e.Job, InsertOpts: options}
	}
	_, err := s.inserter.InsertManyFastTx(tx.Statement.Context, tx.SQL(), params)
	return fault.Wrap(err, "enqueue")
}

// Start begins to do jobs, until Stop.
func (s *Scheduler) Start(ctx context.Context) error {
	config := &river.Config{
		Logger:       s.riverLog(),
		Workers:      s.workers,
		PeriodicJobs: s.periodic,
		Queues: map[string]river.QueueConfig{
			QueueDeliveries:   {MaxWorkers: river.QueueNumWorkersMax, FetchPollInterval: 500 * time.Millisecond},
			QueueUploads:      {MaxWorkers: 8},
			QueueWebhooks:     {MaxWorkers: WebhookWorkers},
			QueueLetters:      {MaxWorkers: 4},
			QueueHousekeeping: {MaxWorkers: 10},
		},
		JobTimeout:           -1, // each kind has its own: handler.Timeout
		RescueStuckJobsAfter: rescueSoonest,
	}
	var err error
	if s.db.Dialect() == storage.Postgres {
		var client *river.Client[pgx.Tx]
		client, err = river.NewClient(riverpgxv5.New(s.db.Pool()), config)
		s.running = client
	} else {
		if err := s.forgetDeadProcess(ctx); err != nil {
			return err
		}
		var client *river.Client[*sql.Tx]
		client, err = river.NewClient(riversqlite.New(s.db.SQL()), config)
		s.running = client
	}
	if err != nil {
		return fault.Wrap(err, "job engine")
	}
	return fault.Wrap(s.running.Start(context.WithoutCancel(ctx)), "start the job engine")
}

// forgetDeadProcess takes back what a killed process held. A SQLite file
// belongs to one serving process, so whoever leads or works in it at our start
// is dead; River alone would wait 15 s for its leader and minutes for its jobs.
func (s *Scheduler) forgetDeadProcess(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Exec("DELETE FROM river_leader").Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'").Error
	})
}

// Stop ends the context of all running jobs, waits for them to return, and
// leaves the rest for the next start.
func (s *Scheduler) Stop(ctx context.Context) error {
	if s.running == nil {
		return nil
	}
	err := s.running.StopAndCancel(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, "scheduler.stop", "Some jobs did not end in time; they go on after the next start.")
	}
	return fault.Wrap(err, "stop the job engine")
}

// riverLog lets through what an operator should know; River reports each
// snooze and poll at lower levels.
func (s *Scheduler) riverLog() *slog.Logger {
	return slog.New(atLeast{slog.LevelWarn, s.log.Handler()})
}

// atLeast drops records under a level.
type atLeast struct {
	level slog.Level
	slog.Handler
}

func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.level, h.Handler.WithAttrs(attrs)}
}

func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.level, h.Handler.WithGroup(name)}
}
