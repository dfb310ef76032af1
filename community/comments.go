package community

import (
	"context"

	"gorm.io/gorm"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// AddComment adds to the discussion, which stays open when voting is closed.
// It returns Invalid naming body, NotFound for an idea that the actor cannot
// see, Limited after sixty comments in a day.
func (s *Service) AddComment(ctx context.Context, actor accounts.Actor, number int64, body string) (Comment, error) {
	if err := signedIn(actor); err != nil {
		return Comment{}, err
	}
	var wrong fault.Fields
	body = cleanText(&wrong, "body", body, 1, maxComment)
	if err := wrong.Err(); err != nil {
		return Comment{}, err
	}
	comment := Comment{Idea: number, AuthorID: actor.PersonID, Body: body}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := visible(tx, &actor, number); err != nil {
			return err
		}
		if err := lockPerson(tx, actor.PersonID); err != nil {
			return err
		}
		if err := limitPerDay(tx, actor, commentsPerDay); err != nil {
			return err
		}
		comment.CreatedAt = tx.Now
		if err := tx.Create(&comment).Error; err != nil {
			return err
		}
		if err := countComment(tx, number, 1); err != nil {
			return err
		}
		return withCommentAuthors(tx.Model(&Comment{})).Take(&comment, "comments.id = ?", comment.ID).Error
	})
	if err != nil {
		return Comment{}, err
	}
	return comment, nil
}

// Comments lists an idea's comments, oldest first; moderators see hidden ones.
func (s *Service) Comments(ctx context.Context, viewer *accounts.Actor, number int64) ([]Comment, error) {
	comments := []Comment{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := visible(tx, viewer, number); err != nil {
			return err
		}
		list := withCommentAuthors(tx.Model(&Comment{})).Where("comments.idea = ?", number)
		if !moderates(viewer) {
			list = list.Where("comments.hidden_at IS NULL")
		}
		return list.Order("comments.id").Find(&comments).Error
	})
	return comments, err
}

// visible returns NotFound unless the viewer can see the idea.
func visible(tx *storage.Tx, viewer *accounts.Actor, number int64) error {
	var idea Idea
	err := tx.Select("number, hidden_at").Take(&idea, "number = ?", number).Error
	if storage.IsMissing(err) || err == nil && idea.HiddenAt != nil && !moderates(viewer) {
		return ideaNotFound()
	}
	return err
}

// withCommentAuthors has AuthorName and Staff filled.
func withCommentAuthors(comments *gorm.DB) *gorm.DB {
	return comments.Select("comments.*, people.name AS author_name, people.role <> ? AS staff", accounts.Fan).
		Joins("JOIN people ON people.id = comments.author_id")
}

// countComment moves the idea's counter of visible comments.
func countComment(tx *storage.Tx, number int64, by int) error {
	return tx.Exec("UPDATE ideas SET comments = comments + ? WHERE number = ?", by, number).Error
}
