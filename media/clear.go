package media

import (
	"context"
	"errors"
	"time"

	"fanfare/storage"
)

// Patience is how long an image may wait for its post.
const Patience = 24 * time.Hour

// clearUnused deletes what no post has. post_media refers to media, so a post
// that takes an image at this moment keeps it, or is refused.
const clearUnused = `DELETE FROM media WHERE created_at < ? AND NOT EXISTS
	(SELECT 1 FROM post_media WHERE post_media.hash = media.hash) RETURNING hash`

// ClearUnused forgets images that were uploaded more than Patience ago and
// belong to no post, and tells how many.
func (s *Service) ClearUnused(ctx context.Context) (cleared int, err error) {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	var hashes []string
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		return tx.Raw(clearUnused, tx.Now.Add(-Patience)).Scan(&hashes).Error
	})
	if err != nil {
		return 0, err
	}
	var failed error
	for _, hash := range hashes {
		failed = errors.Join(failed, s.store.Delete(ctx, hash))
	}
	return len(hashes), failed
}
