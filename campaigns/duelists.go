package campaigns

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"

	"fanfare/storage"
)

// PostTime is when a post, or a delivery, is due.
type PostTime struct {
	ID    int64
	DueAt time.Time
}

// PostTimes lists when the posts are due in [from, to), by due time: of many,
// that alone is read from an index.
func (s *Service) PostTimes(ctx context.Context, from, to time.Time) (times []PostTime, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return dueWithin(tx, from, to).Order("due_at, id").Scan(&times).Error
	})
	return times, err
}

// PostsWithin is PostsBetween page by page. It returns Invalid for a limit or a
// cursor that makes no sense.
func (s *Service) PostsWithin(ctx context.Context, from, to time.Time, limit int, cursor string) (storage.Page[Post], error) {
	times, err := duePage(ctx, s.db, limit, cursor, func(tx *storage.Tx) *gorm.DB { return dueWithin(tx, from, to) })
	if err != nil {
		return storage.Page[Post]{}, err
	}
	posts, err := s.Posts(ctx, idsOf(times.Items))
	return storage.Page[Post]{Items: posts, NextCursor: times.NextCursor}, err
}

// Posts gives those of the ids that are there, by due time.
func (s *Service) Posts(ctx context.Context, ids []int64) (posts []Post, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		posts, err = s.loadPosts(tx, "?", among(tx, "id", ids))
		return err
	})
	return posts, err
}

// Deliveries lists those of a campaign page by page, by due time. It returns
// Invalid for a limit or a cursor that makes no sense.
func (s *Service) Deliveries(ctx context.Context, campaignID int64, limit int, cursor string) (storage.Page[Delivery], error) {
	times, err := duePage(ctx, s.db, limit, cursor, func(tx *storage.Tx) *gorm.DB {
		return tx.Model(&Delivery{}).Select("id, due_at").Where("campaign_id = ?", campaignID)
	})
	if err != nil {
		return storage.Page[Delivery]{}, err
	}
	deliveries := []Delivery{}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		ids := idsOf(times.Items)
		if err := tx.Where("?", among(tx, "id", ids)).Order("due_at, id").Find(&deliveries).Error; err != nil {
			return err
		}
		return s.completeAll(tx, deliveries, "?", among(tx, "delivery_id", ids))
	})
	return storage.Page[Delivery]{Items: deliveries, NextCursor: times.NextCursor}, err
}

func dueWithin(tx *storage.Tx, from, to time.Time) *gorm.DB {
	return tx.Model(&Post{}).Select("id, due_at").Where("due_at >= ? AND due_at < ?", stored(from), stored(to))
}

// duePage gives a page of what a query chooses, by due time.
func duePage(ctx context.Context, db *storage.DB, limit int, cursor string, chosen func(*storage.Tx) *gorm.DB) (storage.Page[PostTime], error) {
	size, err := storage.PageSize(limit)
	if err != nil {
		return storage.Page[PostTime]{}, err
	}
	last, err := readDueCursor(cursor)
	if err != nil {
		return storage.Page[PostTime]{}, err
	}
	var times []PostTime
	err = db.Read(ctx, func(tx *storage.Tx) error {
		query := chosen(tx)
		if last.ID > 0 {
			query = query.Where("(due_at, id) > (?, ?)", last.DueAt, last.ID)
		}
		return query.Order("due_at, id").Limit(size + 1).Scan(&times).Error
	})
	if err != nil {
		return storage.Page[PostTime]{}, err
	}
	return storage.NewPage(times, size, func(last PostTime) string {
		return storage.EncodeCursor(last.DueAt.Format(time.RFC3339Nano), strconv.FormatInt(last.ID, 10))
	}), nil
}

// readDueCursor gives the last of the page before; zero for no cursor.
func readDueCursor(cursor string) (PostTime, error) {
	parts, err := storage.DecodeCursor(cursor, 2)
	if parts == nil {
		return PostTime{}, err
	}
	due, timeErr := time.Parse(time.RFC3339Nano, parts[0])
	id, idErr := strconv.ParseInt(parts[1], 10, 64)
	if timeErr != nil || idErr != nil || id < 1 {
		return PostTime{}, storage.InvalidCursor()
	}
	return PostTime{id, stored(due)}, nil
}

func idsOf(times []PostTime) []int64 {
	ids := make([]int64, len(times))
	for i, t := range times {
		ids[i] = t.ID
	}
	return ids
}
