package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// handleWithin is how long a job may take whose handler says nothing else.
const handleWithin = 5 * time.Minute

// rescueGrace is how long after its time a job is left to return, before it is
// taken for one of a process that was killed, and done again.
const rescueGrace = 5 * time.Second

// rescueSoonest is the age below which River does not look at running jobs: in
// a drop thousands are awake for the ten seconds before their instant.
const rescueSoonest = 30 * time.Second

// Handle registers the function that does jobs of T's kind, each within five
// minutes. An error has the job tried again, later and later; Again and Never
// say otherwise. The context ends when the scheduler stops: return soon then,
// the job will be done after the next start.
func Handle[T Job](s *Scheduler, do func(ctx context.Context, job T) error) {
	HandleWithin(s, handleWithin, do)
}

// HandleWithin is Handle with another time, after which the context ends. It is
// also the time after which a job whose process was killed is done again, which
// nobody can tell from one that is slow: the shorter, the sooner.
func HandleWithin[T Job](s *Scheduler, within time.Duration, do func(ctx context.Context, job T) error) {
	river.AddWorker(s.workers, handler[T]{do: do, within: within})
}

// handler is how River knows the function of a kind.
type handler[T Job] struct {
	river.WorkerDefaults[T]
	do     func(ctx context.Context, job T) error
	within time.Duration
}

// Work is called by River.
func (h handler[T]) Work(stopped context.Context, job *river.Job[T]) error {
	ctx, cancel := context.WithTimeout(stopped, h.within)
	defer cancel()
	err := h.do(ctx, job.Args)
	var never *river.JobCancelError
	if err != nil && stopped.Err() != nil && !errors.As(err, &never) {
		return river.JobSnooze(0) // stopped in the middle: no failure of the job's
	}
	return err
}

// Timeout tells River after how long nobody can be at a job any more. Of a kind
// without an end it would never take one up again.
func (h handler[T]) Timeout(*river.Job[T]) time.Duration { return h.within + rescueGrace }
