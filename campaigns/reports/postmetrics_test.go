package reports

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestPostMetrics(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		begin := clock.Now()
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			for likes, after := range []time.Duration{2 * time.Hour, time.Hour} { // not in their order
				err := tx.Exec("INSERT INTO post_counts (delivery_id, at, likes) VALUES (?, ?, ?)", s.Links[1].DeliveryID, begin.Add(after), likes).Error
				if err != nil {
					return err
				}
			}
			return nil
		}))
		figures := func(likes int64) connectors.PostCounts { return connectors.PostCounts{Likes: &likes} }
		got, err := s.PostMetrics(t.Context(), s.Links[1].PostID)
		want := []DeliveryCounts{{DeliveryID: s.Links[1].DeliveryID, AccountID: 2, Network: "weibo", Series: []CountAt{
			{begin.Add(time.Hour), figures(1)}, {begin.Add(2 * time.Hour), figures(0)},
		}}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
		if got, err := s.PostMetrics(t.Context(), s.Links[2].PostID); err != nil || len(got) != 0 {
			t.Errorf("a post that was never asked for: %+v, %v", got, err)
		}
		if _, err := s.PostMetrics(t.Context(), 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("no post: %v", err)
		}
	})
}
