package campaigns

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/scheduler"
	"fanfare/storage"
)

// pauseSwitch is the kill switch: while its row is there, nothing goes out.
const pauseSwitch = "paused"

type switchRow struct {
	Name     string `gorm:"primaryKey"`
	ThrownBy int64
	ThrownAt time.Time
}

// TableName is GORM's hook.
func (switchRow) TableName() string { return "switches" }

// Pause stops all deliveries until Resume; twice is once. A call to a network
// that is under way is not taken back.
func (s *Service) Pause(ctx context.Context, actor accounts.Actor) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		thrown := tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&switchRow{Name: pauseSwitch, ThrownBy: actor.PersonID, ThrownAt: tx.Now})
		if thrown.Error != nil || thrown.RowsAffected == 0 {
			return thrown.Error
		}
		return accounts.Record(tx, actor, "pause", "deliveries")
	})
}

// Resume lets deliveries go again; those that are due go at once.
func (s *Service) Resume(ctx context.Context, actor accounts.Actor) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		gone := tx.Where("name = ?", pauseSwitch).Delete(&switchRow{})
		if gone.Error != nil || gone.RowsAffected == 0 {
			return gone.Error
		}
		var due []Delivery
		err := tx.Where("state IN ('scheduled', 'publishing', 'in_doubt') AND state = 'scheduled' AND wake_at <= ?", tx.Now).
			Order("wake_at").Find(&due).Error
		if err != nil {
			return err
		}
		var jobs []scheduler.Entry
		for _, d := range due {
			jobs = append(jobs, nextJobs(d, tx.Now)...)
		}
		if err := s.jobs.Enqueue(tx, jobs...); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "resume", "deliveries")
	})
}

// Paused tells whether all deliveries are stopped, and since when.
func (s *Service) Paused(ctx context.Context) (since *time.Time, err error) {
	var thrown []switchRow
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Where("name = ?", pauseSwitch).Find(&thrown).Error
	})
	if err != nil || len(thrown) == 0 {
		return nil, err
	}
	return &thrown[0].ThrownAt, nil
}
