package campaigns

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Scope is what a kill switch stops. The zero Scope is everything.
type Scope struct {
	kind string // "campaign", "account" or "post"
	id   int64
}

// OfCampaign is all deliveries of one campaign.
func OfCampaign(id int64) Scope { return Scope{"campaign", id} }

// OfAccount is all deliveries to one account.
func OfAccount(id int64) Scope { return Scope{"account", id} }

// OfPost is all deliveries of one post.
func OfPost(id int64) Scope { return Scope{"post", id} }

// String names the scope, as the audit trail does.
func (s Scope) String() string {
	if s == (Scope{}) {
		return "deliveries"
	}
	return fmt.Sprintf("%s %d", s.kind, s.id)
}

// switchName is the name of the switch in the database. pausedInSQL makes the
// same names.
func (s Scope) switchName() string {
	if s == (Scope{}) {
		return "paused"
	}
	return "paused " + s.String()
}

// pausedInSQL is the condition that a delivery stands behind a kill switch.
const pausedInSQL = `EXISTS (SELECT 1 FROM switches WHERE name IN ('paused', 'paused campaign ' || campaign_id,
	'paused account ' || account_id, 'paused post ' || post_id))`

// dueInSQL is the condition that a delivery waits though its time has come. Its
// first half is that of the index.
const dueInSQL = "state IN ('scheduled', 'publishing', 'in_doubt') AND state = 'scheduled' AND wake_at <= ?"

// within narrows a condition on deliveries down to the scope.
func (s Scope) within(condition string) string {
	if s == (Scope{}) {
		return condition
	}
	return fmt.Sprintf("%s AND %s_id = %d", condition, s.kind, s.id)
}

// Kind tells what the scope is of: "campaign", "account" or "post"; "" is everything.
func (s Scope) Kind() string { return s.kind }

// ID tells of which campaign, account or post.
func (s Scope) ID() int64 { return s.id }

// exists returns NotFound when there is nothing of that id.
func (s Scope) exists(tx *storage.Tx) error {
	switch s.kind {
	case "campaign":
		return tx.Select("id").First(&Campaign{}, s.id).Error
	case "account":
		return tx.Select("id").First(&accounts.NetworkAccount{}, s.id).Error
	case "post":
		return tx.Select("id").First(&Post{}, s.id).Error
	}
	return nil
}

type switchRow struct {
	Name     string `gorm:"primaryKey"`
	ThrownBy int64
	ThrownAt time.Time
}

// TableName is GORM's hook.
func (switchRow) TableName() string { return "switches" }

// scope is switchName's way back.
func (r switchRow) scope() (s Scope) {
	_, _ = fmt.Sscanf(r.Name, "paused %s %d", &s.kind, &s.id) // stays zero for "paused"
	return s
}

// Pause stops all deliveries until Resume; twice is once. A call to a network
// that is under way is not taken back.
func (s *Service) Pause(ctx context.Context, actor accounts.Actor) error {
	return s.PauseScope(ctx, actor, Scope{})
}

// PauseScope stops the deliveries in a scope until they are resumed with the
// same scope; twice is once. It returns NotFound when there is nothing of that
// id. Once it has returned, no call to a network begins but those that were
// released before: a delivery that is publishing ahead of its instant stays in.
func (s *Service) PauseScope(ctx context.Context, actor accounts.Actor, scope Scope) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		// Without, on PostgreSQL, a claim that began before this is committed
		// would not see it and go out after.
		if err := tx.Lock(ctx, storage.SwitchLock); err != nil {
			return err
		}
		if err := scope.exists(tx); err != nil {
			return err
		}
		thrown := tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&switchRow{Name: scope.switchName(), ThrownBy: actor.PersonID, ThrownAt: tx.Now})
		if thrown.Error != nil || thrown.RowsAffected == 0 {
			return thrown.Error
		}
		return accounts.Record(tx, actor, "pause", scope.String())
	})
}

// Resume lets deliveries go again; those that are due go at once.
func (s *Service) Resume(ctx context.Context, actor accounts.Actor) error {
	return s.ResumeScope(ctx, actor, Scope{})
}

// ResumeScope takes PauseScope back. Deliveries that stand behind another
// switch as well stay.
func (s *Service) ResumeScope(ctx context.Context, actor accounts.Actor, scope Scope) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := scope.exists(tx); err != nil {
			return err
		}
		gone := tx.Where("name = ?", scope.switchName()).Delete(&switchRow{})
		if gone.Error != nil || gone.RowsAffected == 0 {
			return gone.Error
		}
		var waiting []Delivery
		if err := tx.Where(scope.within(dueInSQL+" AND NOT "+pausedInSQL), tx.Now).Order("wake_at").Find(&waiting).Error; err != nil {
			return err
		}
		var jobs []scheduler.Entry
		for _, d := range waiting {
			jobs = append(jobs, s.nextJobs(d, tx.Now)...)
		}
		if err := s.jobs.Enqueue(tx, jobs...); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "resume", scope.String())
	})
}

// Paused tells whether all deliveries are stopped, and since when.
func (s *Service) Paused(ctx context.Context) (since *time.Time, err error) {
	return s.PausedScope(ctx, Scope{})
}

// PausedScope tells whether the switch of just this scope is thrown, and since
// when.
func (s *Service) PausedScope(ctx context.Context, scope Scope) (since *time.Time, err error) {
	var thrown []switchRow
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Where("name = ?", scope.switchName()).Find(&thrown).Error
	})
	if err != nil || len(thrown) == 0 {
		return nil, err
	}
	return &thrown[0].ThrownAt, nil
}
