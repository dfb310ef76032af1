package accounts

import (
	"context"

	"fanfare/storage"
)

// newestFirst reads one page of a table by falling id, of the rows that the
// condition lets through ("" is all).
func newestFirst[T any](ctx context.Context, db *storage.DB, limit int, cursor, condition string, id func(T) int64) (storage.Page[T], error) {
	size, err := storage.PageSize(limit)
	if err != nil {
		return storage.Page[T]{}, err
	}
	before, err := storage.DecodeIDCursor(cursor)
	if err != nil {
		return storage.Page[T]{}, err
	}
	var rows []T
	err = db.Read(ctx, func(tx *storage.Tx) error {
		query := tx.Order("id DESC").Limit(size + 1)
		if condition != "" {
			query = query.Where(condition)
		}
		if before != 0 {
			query = query.Where("id < ?", before)
		}
		return query.Find(&rows).Error
	})
	if err != nil {
		return storage.Page[T]{}, err
	}
	return storage.NewPage(rows, size, func(last T) string { return storage.EncodeIDCursor(id(last)) }), nil
}
