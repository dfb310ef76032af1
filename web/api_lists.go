package web

import (
	"slices"
	"strconv"

	"fanfare/storage"
)

// Paging is the query of every list. It is exported, as the others that are
// embedded in inputs, because Huma passes over what is not.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"20"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

// listPage is one page of a list, as the API answers it.
type listPage[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Pass it as cursor to get the next page; null on the last one."`
}

func answerList[T any](page storage.Page[T], err error) (*answer[listPage[T]], error) {
	out := listPage[T]{Items: page.Items}
	if page.NextCursor != "" {
		out.NextCursor = &page.NextCursor
	}
	return answerWith(out, err)
}

// answerPart answers a page of a list that is so short that it is read whole;
// id tells its items apart.
func answerPart[T any](all []T, err error, in Paging, id func(T) string) (*answer[listPage[T]], error) {
	if err != nil {
		return nil, err
	}
	size, err := storage.PageSize(in.Limit)
	if err != nil {
		return nil, err
	}
	last, err := storage.DecodeCursor(in.Cursor, 1)
	if err != nil {
		return nil, err
	}
	if last != nil {
		at := slices.IndexFunc(all, func(item T) bool { return id(item) == last[0] })
		if at < 0 {
			return nil, storage.InvalidCursor() // another list's, or the item is gone since
		}
		all = all[at+1:]
	}
	return answerList(storage.NewPage(all, size, func(item T) string { return storage.EncodeCursor(id(item)) }), nil)
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }
