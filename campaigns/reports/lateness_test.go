package reports

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestLatenessOfACampaignAndAPost(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			for i, us := range []int64{20_000, 30_500, 10_000} { // the fourth is not out
				if err := tx.Exec("UPDATE deliveries SET lateness_us = ? WHERE id = ?", us, s.Links[i].DeliveryID).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		campaign, err := s.Campaign(t.Context(), s.CampaignID, Query{})
		if want := (Lateness{20, 30.5, 30.5}); err != nil || campaign.Lateness == nil || *campaign.Lateness != want {
			t.Errorf("%v, %v; want %v", campaign.Lateness, err, want)
		}
		post, err := s.Post(t.Context(), s.Links[2].PostID, Query{})
		if want := (Lateness{10, 10, 10}); err != nil || post.Lateness == nil || *post.Lateness != want {
			t.Errorf("the second post: %v, %v; want %v", post.Lateness, err, want)
		}
	})
}

// The nearest rank is the least value that p percent of all do not exceed.
func TestPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		late := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 300).Draw(t, "late")
		p := rapid.IntRange(1, 100).Draw(t, "p")
		got := percentile(slices.Sorted(slices.Values(late)), p)
		share := func(most int64) (n int) {
			for _, v := range late {
				if v <= most {
					n++
				}
			}
			return n * 100
		}
		us := int64(got*1000 + .5)
		if share(us) < p*len(late) || share(us-1) >= p*len(late) {
			t.Fatalf("percentile %d of %v is %d µs", p, late, us)
		}
	})
}
