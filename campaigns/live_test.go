package campaigns

import (
	"context"
	"testing"
	"time"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestWithTheRealScheduler publishes by the wall clock, through the job engine.
func TestWithTheRealScheduler(t *testing.T) {
	t.Parallel()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			clock := storage.SystemClock{}
			d := openDesk(t, storagetest.Open(t, dialect, clock))
			must(t, d.Service.jobs.Start(t.Context()))
			t.Cleanup(func() {
				if err := d.Service.jobs.Stop(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
			draft := d.draft()
			draft.DueAt = clock.Now().Add(time.Second)
			draft.Accounts = []int64{d.account, d.other}
			first := d.schedule(t, draft)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for {
				post, err := d.Post(ctx, first.PostID)
				must(t, err)
				if post.Deliveries[0].State == Published && post.Deliveries[1].State == Published {
					if late := *post.Deliveries[0].LatenessMS; late > 5000 {
						t.Errorf("%v ms late", late)
					}
					return
				}
				must(t, clock.WaitUntil(ctx, clock.Now().Add(20*time.Millisecond)))
			}
		})
	}
}
