package campaigns

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Rescheduling is what a post gets anew.
type Rescheduling struct {
	DueAt        time.Time
	ExpiresAfter *time.Duration // 0 is never; nil leaves it
}

// Reschedule gives a post another due instant, as long as nothing of it has
// begun: it returns Conflict when a delivery is not scheduled any more, and
// Invalid naming due_at and expires_after as SchedulePost does. It wins against jobs that are
// awake already: what they have prepared wakes at another time than the row, and
// what they have claimed ahead they give back at the old instant, when they see
// that its post was moved.
func (s *Service) Reschedule(ctx context.Context, actor accounts.Actor, postID int64, change Rescheduling) (Post, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Post{}, err
	}
	change.DueAt = stored(change.DueAt)
	var post Post
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		before, err := s.loadPost(tx, postID)
		if err != nil {
			return err
		}
		expiresAfter := before.ExpiresAfter
		if change.ExpiresAfter != nil {
			expiresAfter = *change.ExpiresAfter
		}
		var wrong fault.Fields
		checkTimes(&wrong, change.DueAt, expiresAfter, tx.Now)
		if err := wrong.Err(); err != nil {
			return err
		}
		if err := s.reschedule(tx, before, change.DueAt, expiresAfter); err != nil {
			return err
		}
		if post, err = s.loadPost(tx, postID); err != nil {
			return err
		}
		return accounts.Record(tx, actor, "post.reschedule", fmt.Sprintf("post %d", postID))
	})
	if err != nil {
		return Post{}, err
	}
	return post, nil
}

func (s *Service) reschedule(tx *storage.Tx, post Post, dueAt time.Time, expiresAfter time.Duration) error {
	var deliveries []Delivery
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("post_id = ?", post.ID).Order("id").Find(&deliveries).Error
	if err != nil {
		return err
	}
	changed := map[string]any{"due_at": dueAt, "wake_at": dueAt, "expires_at": nil, "held_by": "", "error": "", "updated_at": tx.Now}
	if expiresAfter > 0 {
		changed["expires_at"] = dueAt.Add(expiresAfter)
	}
	var jobs []scheduler.Entry
	for _, d := range deliveries {
		if d.ahead(tx.Now) {
			continue // its worker gives it back
		}
		if d.State != Scheduled {
			return fault.New(fault.Conflict, "post.begun", "This post cannot be moved any more: some of it has begun or come to an end.")
		}
		d.WakeAt = &dueAt
		jobs = append(jobs, s.nextJobs(d, tx.Now)...)
	}
	if err := tx.Model(&Delivery{}).Where("post_id = ? AND state = ?", post.ID, Scheduled).Updates(changed).Error; err != nil {
		return err
	}
	moved := map[string]any{"due_at": dueAt, "expires_after": expiresAfter}
	if err := tx.Model(&Post{}).Where("id = ?", post.ID).Updates(moved).Error; err != nil {
		return err
	}
	return s.jobs.Enqueue(tx, jobs...)
}
