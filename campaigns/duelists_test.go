package campaigns

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestListsByDueTime reads them page by page: everything comes once, in order,
// and whole.
func TestListsByDueTime(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		begin := clock.Now().Add(time.Hour)
		for i := range 9 { // three at an instant, the later ones first
			draft := d.draft()
			draft.Text, draft.DueAt = fmt.Sprintf("Post %d {link}", i), begin.Add(-time.Duration(i/3)*time.Microsecond+time.Second)
			_, err := d.SchedulePost(t.Context(), d.actor, draft)
			must(t, err)
		}
		want, err := d.CampaignPosts(t.Context(), d.campaign.ID)
		must(t, err)
		var posts []Post
		var deliveries, wantDeliveries []Delivery
		for _, post := range want {
			wantDeliveries = append(wantDeliveries, post.Deliveries...)
		}
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := d.PostsWithin(t.Context(), begin, begin.Add(time.Hour), 2, cursor)
			must(t, err)
			posts, cursor = append(posts, page.Items...), page.NextCursor
		}
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := d.Deliveries(t.Context(), d.campaign.ID, 2, cursor)
			must(t, err)
			deliveries, cursor = append(deliveries, page.Items...), page.NextCursor
		}
		if diff := cmp.Diff(want, posts); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(wantDeliveries, deliveries); diff != "" {
			t.Error(diff)
		}
		times, err := d.PostTimes(t.Context(), begin, want[3].DueAt)
		if err != nil || len(times) != 3 || times[0].ID != want[0].ID {
			t.Errorf("%+v, %v", times, err)
		}
		for _, cursor := range []string{"x", storage.EncodeCursor("noon", "1"), storage.EncodeCursor("2012-08-16T12:00:00Z", "0")} {
			if _, err := d.Deliveries(t.Context(), d.campaign.ID, 2, cursor); err == nil {
				t.Errorf("the cursor %q is taken", cursor)
			}
		}
	})
}

func TestStanding(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		var posts []Post
		for i := range 3 {
			draft := d.draft()
			draft.DueAt = clock.Now().Add(time.Duration(i+1) * time.Hour)
			post, err := d.SchedulePost(t.Context(), d.actor, draft)
			must(t, err)
			posts = append(posts, post)
		}
		_, err := d.CancelPost(t.Context(), d.actor, posts[2].ID)
		must(t, err)
		must(t, d.PauseScope(t.Context(), d.actor, OfPost(posts[0].ID)))
		got, err := d.Standing(t.Context(), d.campaign.ID)
		must(t, err)
		if diff := cmp.Diff(map[State]int64{Scheduled: 2, Cancelled: 1}, got.States); diff != "" {
			t.Error(diff)
		}
		if got.Next == nil || !got.Next.Equal(posts[1].DueAt) || !slices.Equal(got.Accounts, []int64{d.account}) {
			t.Errorf("%+v, want the next at %v to account %d", got, posts[1].DueAt, d.account)
		}
		must(t, d.Pause(t.Context(), d.actor))
		if got, err = d.Standing(t.Context(), d.campaign.ID); err != nil || got.Next != nil {
			t.Errorf("while all is paused: %+v, %v", got, err)
		}
	})
}
