package community

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"fanfare/storage"
)

// TagCount is a tag and how many ideas carry it.
type TagCount struct {
	Tag   string `json:"tag"`
	Ideas int64  `json:"ideas"`
}

// Tags lists the tags in use with the number of ideas, the commonest first.
// Hidden ideas do not count.
func (s *Service) Tags(ctx context.Context) ([]TagCount, error) {
	counts := []TagCount{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Raw(`SELECT idea_tags.tag, COUNT(*) AS ideas FROM idea_tags
			JOIN ideas ON ideas.number = idea_tags.idea AND ideas.hidden_at IS NULL
			GROUP BY idea_tags.tag ORDER BY ideas DESC, idea_tags.tag`).Scan(&counts).Error
	})
	return counts, err
}

// ideaTag is one row of idea_tags.
type ideaTag struct {
	Idea int64
	Tag  string
}

// storeTags keeps the tags of a new idea.
func storeTags(tx *storage.Tx, number int64, tags []string) error {
	if len(tags) == 0 {
		return nil
	}
	rows := make([]ideaTag, len(tags))
	for i, tag := range tags {
		rows[i] = ideaTag{number, tag}
	}
	return tx.Create(&rows).Error
}

// tagsOf gives the tags by idea that a query selects, in alphabetical order.
func tagsOf(query *gorm.DB) (map[int64][]string, error) {
	var rows []ideaTag
	err := query.Find(&rows).Error
	tags := map[int64][]string{}
	for _, r := range rows {
		tags[r.Idea] = append(tags[r.Idea], r.Tag)
	}
	for _, of := range tags {
		slices.Sort(of) // not in SQL: databases disagree about the alphabet
	}
	return tags, err
}

// orEmpty gives a list that is [] in JSON, never null.
func orEmpty(tags []string) []string {
	if tags == nil {
		return []string{}
	}
	return tags
}
