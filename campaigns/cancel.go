package campaigns

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// CancelPost stops every delivery of the post that has not begun, and keeps
// those under way from going out once more; twice is once. It returns Conflict
// when all deliveries have come to an end.
func (s *Service) CancelPost(ctx context.Context, actor accounts.Actor, id int64) (Post, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Post{}, err
	}
	var post Post
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		before, err := s.loadPost(tx, id)
		if err != nil {
			return err
		}
		if before.CancelledAt == nil {
			if err := s.cancel(tx, actor, before); err != nil {
				return err
			}
		}
		post, err = s.loadPost(tx, id)
		return err
	})
	if err != nil {
		return Post{}, err
	}
	return post, nil
}

func (s *Service) cancel(tx *storage.Tx, actor accounts.Actor, post Post) error {
	err := tx.Model(&Post{}).Where("id = ?", post.ID).Update("cancelled_at", tx.Now).Error
	if err != nil {
		return err
	}
	// What a job has claimed meanwhile is scheduled no more and stays as it is.
	var stopped []Delivery
	stopping := tx.Model(&stopped).Clauses(clause.Returning{}).Where("post_id = ? AND state = ?", post.ID, Scheduled).
		Updates(map[string]any{"state": Cancelled, "wake_at": nil, "updated_at": tx.Now})
	if stopping.Error != nil {
		return stopping.Error
	}
	tx.AfterCommit(func() {
		for _, d := range stopped {
			s.tell(d)
		}
	})
	if len(stopped) == 0 && !underWay(post.Deliveries) {
		return fault.New(fault.Conflict, "post.all_out", "Nothing of this post is left to cancel.")
	}
	return accounts.Record(tx, actor, "post.cancel", fmt.Sprintf("post %d", post.ID))
}

func underWay(deliveries []Delivery) bool {
	for _, d := range deliveries {
		if d.State == Publishing || d.State == InDoubt {
			return true
		}
	}
	return false
}
