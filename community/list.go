package community

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// Ideas lists ideas; viewer fills in Voted and may be nil. It returns Invalid
// naming sort, status, limit or cursor, Forbidden when hidden ones are asked
// for by somebody who is no moderator.
func (s *Service) Ideas(ctx context.Context, viewer *accounts.Actor, q Query) (storage.Page[Idea], error) {
	if q.Hidden && !moderates(viewer) {
		return storage.Page[Idea]{}, forbidden()
	}
	q, err := q.clean()
	if err != nil {
		return storage.Page[Idea]{}, err
	}
	var page storage.Page[Idea]
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var err error
		if q.Sort == Rate || q.Sort == Fider {
			page, err = clockedPage(tx, q)
		} else {
			page, err = storedPage(tx, q)
		}
		if err != nil {
			return err
		}
		return decorate(tx, viewer, page.Items)
	})
	return page, err
}

// clean checks the query and fills in what is left to us.
func (q Query) clean() (Query, error) {
	var wrong fault.Fields
	q.Sort = cleanSort(&wrong, q.Sort)
	if q.Status != "" {
		checkStatus(&wrong, q.Status)
	}
	if err := wrong.Err(); err != nil {
		return q, err
	}
	var err error
	q.Limit, err = storage.PageSize(q.Limit)
	return q, err
}

// cleanSort gives the default for "".
func cleanSort(wrong *fault.Fields, sort Sort) Sort {
	if sort == "" {
		return Sorts[0]
	}
	if !slices.Contains(Sorts, sort) {
		wrong.Add("sort", "idea.sort_unknown", "The sort must be top, trending, rate, recent, discussed or fider.", string(sort), nil)
	}
	return sort
}

// filter keeps the ideas that the query selects.
func (q Query) filter(tx *storage.Tx) *gorm.DB {
	ideas := tx.Model(&Idea{})
	if q.Hidden {
		ideas = ideas.Where("ideas.hidden_at IS NOT NULL")
	} else {
		ideas = ideas.Where("ideas.hidden_at IS NULL")
	}
	if q.Status != "" {
		ideas = ideas.Where("ideas.status = ?", q.Status)
	}
	if q.Tag != "" {
		tag, ok := cleanTag(q.Tag)
		if !ok {
			return ideas.Where("1 = 0") // no idea has a tag that cannot be
		}
		ideas = ideas.Where("ideas.number IN (SELECT idea FROM idea_tags WHERE tag = ?)", tag)
	}
	if strings.TrimSpace(q.Q) != "" {
		ideas = matching(tx, ideas, q.Q)
	}
	return ideas
}
