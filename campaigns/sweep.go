package campaigns

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
)

const sweepSize = 1000 // rows at once: the next sweep takes the rest

// overdue finds the deliveries that somebody should have acted on. The states
// are written out as in the index deliveries_open, or it would not be used.
// Those that wait for a kill switch or for their account are left alone,
// unless their time is over.
const overdue = `state IN ('scheduled', 'publishing', 'in_doubt') AND wake_at < ?
	AND (state <> 'scheduled' OR expires_at < ? OR (NOT ` + pausedInSQL + `
		AND account_id NOT IN (SELECT id FROM network_accounts WHERE problem <> '')))`

// sweep replaces what got lost: jobs that nobody ran, and workers that died in
// the middle of a call.
func (s *Service) sweep(ctx context.Context, _ sweepJob) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		var lost []Delivery
		err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
			Where(overdue, tx.Now.Add(-s.timing.SweepGrace), tx.Now).
			Order("wake_at").Limit(sweepSize).Find(&lost).Error
		if err != nil {
			return err
		}
		var jobs []scheduler.Entry
		var steps []step
		for _, d := range lost {
			switch {
			case d.State == Scheduled && d.expiredAt(tx.Now):
				steps = append(steps, step{d, d.expired(d.why())})
			case d.State == Publishing:
				steps = append(steps, step{d, s.abandoned(d, tx)})
			default:
				jobs = append(jobs, s.nextJobs(d, tx.Now)...)
			}
		}
		if _, err := s.moveAll(tx, steps); err != nil {
			return err
		}
		return s.jobs.Enqueue(tx, jobs...)
	})
}

// abandoned: its worker is lost.
func (s *Service) abandoned(d Delivery, tx *storage.Tx) Delivery {
	return d.doubtful(tx.Now, connectors.KindUnknown,
		reason{"delivery.stopped_in_call", "The service stopped in the middle of the call."}, s.timing)
}

// doubtAbandoned brings into doubt, before any job runs, what a killed process
// was calling. A SQLite file belongs to one serving process, so whoever claimed
// a delivery before our start is dead, and nobody need wait for the lease to end.
func (s *Service) doubtAbandoned(ctx context.Context) error {
	if s.db.Dialect() != storage.SQLite {
		return nil
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		var lost []Delivery
		// The states of the index deliveries_open and a bound to it, or every
		// delivery to come would be read; no lease is nearly as long.
		err := tx.Where("state IN ('scheduled', 'publishing', 'in_doubt') AND state = ? AND wake_at < ?", Publishing, tx.Now.Add(24*time.Hour)).
			Find(&lost).Error
		if err != nil {
			return err
		}
		steps := make([]step, len(lost))
		for i, d := range lost {
			steps[i] = step{d, s.abandoned(d, tx)}
		}
		_, err = s.moveAll(tx, steps)
		return err
	})
}
