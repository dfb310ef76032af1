package community

import (
	"context"
	"fmt"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// HideIdea hides an idea, or shows it again; twice is once. It returns
// Forbidden unless the actor is a moderator or an admin.
func (s *Service) HideIdea(ctx context.Context, actor accounts.Actor, number int64, hidden bool) error {
	if err := allowed(actor, accounts.Moderator, accounts.Admin); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := visible(tx, &actor, number); err != nil {
			return err
		}
		changed, err := setHidden(tx, "ideas", "number", number, hidden)
		if err != nil || !changed {
			return err
		}
		return accounts.Record(tx, actor, act("idea", hidden), fmt.Sprintf("idea %d", number))
	})
}

// HideComment hides a comment, or shows it again; twice is once. It returns
// Forbidden unless the actor is a moderator or an admin.
func (s *Service) HideComment(ctx context.Context, actor accounts.Actor, id int64, hidden bool) error {
	if err := allowed(actor, accounts.Moderator, accounts.Admin); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		var comment Comment
		err := tx.Select("id, idea").Take(&comment, "id = ?", id).Error
		if storage.IsMissing(err) {
			return fault.New(fault.NotFound, "comment.not_found", "There is no such comment.")
		}
		if err != nil {
			return err
		}
		changed, err := setHidden(tx, "comments", "id", id, hidden)
		if err != nil || !changed {
			return err
		}
		by := 1
		if hidden {
			by = -1
		}
		if err := countComment(tx, comment.Idea, by); err != nil {
			return err
		}
		return accounts.Record(tx, actor, act("comment", hidden), fmt.Sprintf("comment %d", id))
	})
}

// setHidden tells whether the row was not as asked for already.
func setHidden(tx *storage.Tx, table, key string, id int64, hidden bool) (changed bool, err error) {
	at, was := (*time.Time)(nil), "NOT NULL"
	if hidden {
		at, was = &tx.Now, "NULL"
	}
	done := tx.Exec(fmt.Sprintf("UPDATE %s SET hidden_at = ? WHERE %s = ? AND hidden_at IS %s", table, key, was), at, id)
	return done.RowsAffected == 1, done.Error
}

// act names a moderator's act for the audit trail.
func act(subject string, hidden bool) string {
	if hidden {
		return subject + ".hide"
	}
	return subject + ".show"
}
