package community

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// doubleClick is how long the same title by the same author counts as sent
// twice by mistake.
const doubleClick = time.Minute

// SubmitIdea stores an idea; its author's vote stands from the start. It
// returns Invalid naming title, body, tags or locale, Conflict for the same
// title by the same author within a minute, Limited after ten ideas in a day.
func (s *Service) SubmitIdea(ctx context.Context, actor accounts.Actor, draft IdeaDraft) (Idea, error) {
	if err := signedIn(actor); err != nil {
		return Idea{}, err
	}
	draft, err := draft.clean(actor)
	if err != nil {
		return Idea{}, err
	}
	var idea Idea
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockPerson(tx, actor.PersonID); err != nil {
			return err
		}
		if err := refuseDouble(tx, actor, draft.Title); err != nil {
			return err
		}
		if err := limitPerDay(tx, actor, ideasPerDay); err != nil {
			return err
		}
		number, err := storeIdea(tx, actor, draft)
		if err != nil {
			return err
		}
		idea, err = findIdea(tx, &actor, number)
		return err
	})
	return idea, err
}

// refuseDouble returns Conflict when the actor has just sent the same title.
func refuseDouble(tx *storage.Tx, actor accounts.Actor, title string) error {
	var recent []string
	err := tx.Model(&Idea{}).
		Where("author_id = ? AND created_at > ?", actor.PersonID, tx.Now.Add(-doubleClick)).
		Pluck("title", &recent).Error
	for _, other := range recent {
		if fold(other) == fold(title) {
			return fault.New(fault.Conflict, "idea.double", "You sent this idea a moment ago.")
		}
	}
	return err
}

// storeIdea writes a new idea, for which its author's vote stands.
func storeIdea(tx *storage.Tx, actor accounts.Actor, draft IdeaDraft) (int64, error) {
	idea := Idea{
		Title: draft.Title, Body: draft.Body, Locale: draft.Locale,
		AuthorID: actor.PersonID, Status: Open, CreatedAt: tx.Now,
	}
	return insertIdea(tx, idea, draft.Tags, []Vote{{PersonID: actor.PersonID, CastAt: tx.Now}})
}

// insertIdea writes the idea, its tags, its search terms and the votes that
// stand, of distinct people and in order of time; the counters of votes are
// made of them.
func insertIdea(tx *storage.Tx, idea Idea, tags []string, votes []Vote) (int64, error) {
	times := make([]time.Time, len(votes))
	for i, vote := range votes {
		times[i] = vote.CastAt
	}
	idea.Votes, idea.Votes30d, idea.Trend = int64(len(votes)), countAfter(times, tx.Now.Add(-recentVotes)), trendOf(times)
	if err := tx.Create(&idea).Error; err != nil {
		return 0, err
	}
	if err := storeVotes(tx, idea.Number, votes); err != nil {
		return 0, err
	}
	if err := storeTags(tx, idea.Number, tags); err != nil {
		return 0, err
	}
	return idea.Number, indexIdea(tx, idea.Number, IdeaDraft{Title: idea.Title, Body: idea.Body, Tags: tags})
}

// storeVotes keeps the votes of a new idea.
func storeVotes(tx *storage.Tx, number int64, votes []Vote) error {
	if len(votes) == 0 {
		return nil
	}
	rows := slices.Clone(votes) // the caller's may be needed again: a transaction can be run twice
	for i := range rows {
		rows[i].ID, rows[i].Idea = 0, number
	}
	return tx.CreateInBatches(&rows, 500).Error
}

// Idea gives one idea; a hidden one only to its moderators. viewer fills in
// Voted and may be nil.
func (s *Service) Idea(ctx context.Context, viewer *accounts.Actor, number int64) (Idea, error) {
	var idea Idea
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		idea, err = findIdea(tx, viewer, number)
		return err
	})
	return idea, err
}

// findIdea returns NotFound for what the viewer may not see, too.
func findIdea(tx *storage.Tx, viewer *accounts.Actor, number int64) (Idea, error) {
	found, err := loadIdeas(tx, []int64{number})
	if err != nil {
		return Idea{}, err
	}
	if len(found) == 0 || found[0].HiddenAt != nil && !moderates(viewer) {
		return Idea{}, ideaNotFound()
	}
	err = decorate(tx, viewer, found)
	return found[0], err
}

func ideaNotFound() error {
	return fault.New(fault.NotFound, "idea.not_found", "There is no such idea.")
}

// withAuthors has the columns of ideas and AuthorName filled.
func withAuthors(ideas *gorm.DB, columns string) *gorm.DB {
	return ideas.Select("ideas." + columns + ", people.name AS author_name").Joins("JOIN people ON people.id = ideas.author_id")
}

// loadIdeas gives the ideas that exist, in the order of numbers.
func loadIdeas(tx *storage.Tx, numbers []int64) ([]Idea, error) {
	found := []Idea{}
	if len(numbers) == 0 {
		return found, nil
	}
	err := withAuthors(tx.Model(&Idea{}), "*").Where("ideas.number IN ?", numbers).Find(&found).Error
	byNumber := make(map[int64]Idea, len(found))
	for _, idea := range found {
		byNumber[idea.Number] = idea
	}
	found = found[:0]
	for _, number := range numbers {
		if idea, ok := byNumber[number]; ok {
			found = append(found, idea)
		}
	}
	return found, err
}

// decorate fills in Tags, and Voted for the viewer, with one query each.
func decorate(tx *storage.Tx, viewer *accounts.Actor, ideas []Idea) error {
	if len(ideas) == 0 {
		return nil
	}
	numbers := make([]int64, len(ideas))
	for i, idea := range ideas {
		numbers[i] = idea.Number
	}
	tags, err := tagsOf(tx.Where("idea IN ?", numbers))
	if err != nil {
		return err
	}
	voted, err := votedBy(tx, viewer, numbers)
	if err != nil {
		return err
	}
	for i := range ideas {
		ideas[i].Tags = orEmpty(tags[ideas[i].Number])
		ideas[i].Voted = voted[ideas[i].Number]
	}
	return nil
}
