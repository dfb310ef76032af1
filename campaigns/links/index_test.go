package links

import (
	"testing"

	"fanfare/campaigns/shoptest"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestLinkOfAnotherProcessIsFound(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		later := shoptest.AddPost(t, db, s.CampaignID)[0] // behind the running service's back
		for range 2 {
			target, err := s.Follow(t.Context(), s.tokens.Token(later.ID), Visit{Method: "GET", UserAgent: "x"})
			if err != nil || target != later.TargetURL {
				t.Fatalf("%q, %v; want %q", target, err, later.TargetURL)
			}
			// The second time it must come out of memory.
			must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
				return tx.Exec("UPDATE links SET target_url = 'changed' WHERE id = ?", later.ID).Error
			}))
		}
	})
}
