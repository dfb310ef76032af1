package campaigns

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestPausesTellWhatWaits(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d, ctx := openDesk(t, db), t.Context()
		began := clock.Now()
		soon, later := d.draft(), d.draft()
		soon.Accounts, soon.ExpiresAfter = []int64{d.account, d.other}, 10*time.Minute
		later.DueAt = began.Add(time.Hour)
		first, second := d.schedule(t, soon), d.schedule(t, later)
		must(t, d.PauseScope(ctx, d.actor, OfPost(first.PostID)))
		clock.Advance(2 * time.Minute)
		must(t, d.PauseScope(ctx, d.actor, OfAccount(d.account)))

		want := []Pause{
			{Scope: OfPost(first.PostID), By: d.actor.PersonID, At: began, Overdue: 1}, // the other waits for its account too
			{Scope: OfAccount(d.account), By: d.actor.PersonID, At: clock.Now()},
		}
		wantPauses := func(want []Pause) {
			t.Helper()
			got, err := d.Pauses(ctx)
			must(t, err)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Scope{})); diff != "" {
				t.Error(diff)
			}
		}
		wantPauses(want)
		clock.Advance(10 * time.Minute) // the first has expired
		want[0].Overdue = 0
		wantPauses(want)

		must(t, d.ResumeScope(ctx, d.actor, OfAccount(d.account)))
		posts, err := d.CampaignPosts(ctx, d.campaign.ID)
		must(t, err)
		if !posts[0].Deliveries[0].Paused || !posts[0].Deliveries[1].Paused || posts[1].Deliveries[0].Paused {
			t.Errorf("paused: %+v", posts)
		}
		must(t, d.ResumeScope(ctx, d.actor, OfPost(first.PostID)))
		wantPauses(nil)
		clock.Set(second.DueAt)
		d.run(t)
		post, err := d.Post(ctx, second.PostID)
		must(t, err)
		if got := post.Deliveries[0]; got.State != Published || got.Paused {
			t.Errorf("%+v", got)
		}
	})
}
