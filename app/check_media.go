package app

import (
	"context"
	"time"

	"fanfare/media"
)

// checkMedia tells whether images could be kept and read.
func (c *checkup) checkMedia(ctx context.Context) {
	store, err := media.OpenStore(c.MediaURL, c.Data)
	if err != nil {
		return // checkConfiguration has said so
	}
	asking, cancel := context.WithTimeout(ctx, mediaWithin)
	defer cancel()
	if err := store.Check(asking); err != nil {
		c.fail("images", "%s", explained(err))
		return
	}
	c.ok("images", "kept in %s", store)
}

// mediaWithin is how long a bucket may take to answer.
const mediaWithin = 20 * time.Second
