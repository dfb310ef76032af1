package campaigns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/shoptest"
	"fanfare/connectors"
	"fanfare/media"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// upload keeps a small image; each number is another one.
func (d *desk) uploadImage(t testing.TB, number int) PostMedia {
	t.Helper()
	var content bytes.Buffer
	must(t, png.Encode(&content, image.NewPaletted(image.Rect(0, 0, number+1, 1), color.Palette{color.Black})))
	kept, err := d.media.Upload(t.Context(), d.actor, &content)
	must(t, err)
	return PostMedia{Hash: kept.Hash, AltText: fmt.Sprint("Picture ", number)}
}

func TestSchedulePostWithImages(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		for i := range 4 {
			draft.Media = append(draft.Media, d.uploadImage(t, 3-i))
		}
		draft.Media[2].AltText = strings.Repeat("图", 1000)
		draft.DueAt = clock.Now().Add(time.Hour)
		post, err := d.SchedulePost(t.Context(), d.actor, draft)
		must(t, err)
		read, err := d.Post(t.Context(), post.ID)
		must(t, err)
		if diff := cmp.Diff(post, read); diff != "" {
			t.Errorf("answered (-) and stored (+) differ: %s", diff)
		}
		var got []PostMedia
		for _, m := range read.Media {
			got = append(got, PostMedia{Hash: m.Hash, AltText: m.AltText})
		}
		if diff := cmp.Diff(draft.Media, got); diff != "" {
			t.Errorf("images: %s", diff)
		}
		if jobs := d.jobs(t); len(jobs) != 2 { // one to publish, one to upload
			t.Errorf("%d jobs", len(jobs))
		}
	})
}

func TestSchedulePostRefusesImages(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		d := openDesk(t, db)
		images := make([]PostMedia, 5)
		for i := range images {
			images[i] = d.uploadImage(t, i)
		}
		described := func(text string) []PostMedia { return []PostMedia{images[0], {Hash: images[1].Hash, AltText: text}} }
		for name, test := range map[string]struct {
			media    []PostMedia
			accounts []int64
			want     []string
		}{
			"five":               {images, nil, []string{"media"}},
			"one that is gone":   {[]PostMedia{{Hash: strings.Repeat("a", 64)}}, nil, []string{"media"}},
			"no hash":            {[]PostMedia{{Hash: "../../x"}}, nil, []string{"media"}},
			"twice":              {[]PostMedia{images[0], images[1], images[0]}, nil, []string{"media"}},
			"too long a text":    {described(strings.Repeat("图", 1001)), nil, []string{"media.1.alt_text"}},
			"a control in it":    {described("a\x00b"), nil, []string{"media.1.alt_text"}},
			"two on Weibo":       {images[:2], []int64{d.other}, []string{"media"}},
			"two, also on Weibo": {images[:2], []int64{d.account, d.other}, []string{"media"}},
		} {
			before := d.rows(t)
			draft := d.draft()
			draft.Media = test.media
			if test.accounts != nil {
				draft.Accounts = test.accounts
			}
			_, err := d.SchedulePost(t.Context(), d.actor, draft)
			if diff := cmp.Diff(test.want, shoptest.InvalidFields(t, err)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if strings.Contains(name, "Weibo") && !strings.Contains(err.Error(), "xiaomi: One image at the most.") {
				t.Errorf("%s: the account is not named: %v", name, err)
			}
			if diff := cmp.Diff(before, d.rows(t)); diff != "" {
				t.Errorf("%s left something behind: %s", name, diff)
			}
		}
	})
}

// pictured runs a test on a post with two images to the account on net, and
// with one to that on weibo, due in a minute.
func pictured(t *testing.T, run func(t *testing.T, d *desk, clock *storagetest.Clock, id int64)) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.Media = []PostMedia{d.uploadImage(t, 1), d.uploadImage(t, 2)}
		run(t, d, clock, d.schedule(t, draft).ID)
	})
}

// sentImages tells what the network was given with the last post.
func (n *fakeNetwork) sentImages() (list []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, image := range n.posts[len(n.posts)-1].Images {
		list = append(list, fmt.Sprintf("%s %q %s %v", image.Type, image.AltText, image.RemoteID, image.Content != nil))
	}
	return list
}

func TestImagesGoAhead(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.run(t) // a minute before: the upload's job
		if d.net.uploads != 2 || d.net.calls != 0 {
			t.Fatalf("%d uploads, %d calls ahead", d.net.uploads, d.net.calls)
		}
		clock.Advance(time.Minute)
		d.run(t)
		row := d.wantState(t, id, Published)
		if d.net.uploads != 2 || *row.LatenessUS != 0 {
			t.Errorf("%d uploads in all, %d µs late", d.net.uploads, *row.LatenessUS)
		}
		sent := d.net.sentImages()
		if len(sent) != 2 || !strings.HasPrefix(sent[0], `image/png "Picture 1" m1-`) || !strings.HasPrefix(sent[1], `image/png "Picture 2" m2-`) {
			t.Errorf("sent with %q", sent)
		}
	})
}

// TestImagesAreTriedAgainInTheLead: what fails some seconds before is done by
// the due instant, and the post is in time.
func TestImagesAreTriedAgainInTheLead(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.uploadErrs = []error{netErr(connectors.KindRetry)}
		clock.Advance(55 * time.Second)
		ended := make(chan error, 1)
		go func() { ended <- d.publish(context.Background(), publishJob{d.delivery(t, id).ID}) }()
		for range 5 {
			for tried := false; !tried; time.Sleep(time.Millisecond) {
				d.net.mu.Lock()
				tried = d.net.uploads > 0
				d.net.mu.Unlock()
			}
			clock.Advance(time.Second)
		}
		must(t, <-ended)
		if row := d.wantState(t, id, Published); *row.LatenessUS != 0 || row.Attempts != 1 || d.net.uploads != 3 {
			t.Errorf("%d µs late, %d attempts, %d uploads", *row.LatenessUS, row.Attempts, d.net.uploads)
		}
	})
}

func TestImagesTravelWithThePost(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.Accounts, draft.Media = []int64{d.other}, []PostMedia{d.uploadImage(t, 1)}
		id := d.schedule(t, draft).ID
		clock.Advance(time.Minute)
		d.run(t)
		d.wantState(t, id, Published)
		if diff := cmp.Diff([]string{`image/png "Picture 1"  true`}, d.weibo.sentImages()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestImagesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	retry := func(int) error { return netErr(connectors.KindRetry) }
	for name, test := range map[string]struct {
		fails func(int) error // of each upload, for a while
		state State
	}{
		"put off":      {retry, Scheduled},
		"unknown":      {func(int) error { return netErr(connectors.KindUnknown) }, Scheduled},
		"an odd error": {func(int) error { return errors.New("odd") }, Scheduled},
		"attention":    {func(int) error { return netErr(connectors.KindAttention) }, Scheduled},
		"refused":      {func(int) error { return netErr(connectors.KindRefused) }, Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				clock.Advance(time.Minute)
				for range 3 {
					d.net.uploadErrs = append(d.net.uploadErrs, test.fails(0))
				}
				d.run(t)
				row := d.wantState(t, id, test.state)
				if d.net.calls != 0 || row.Error == "" {
					t.Fatalf("%d calls without the images, error %q", d.net.calls, row.Error)
				}
				if test.state == Failed {
					return
				}
				d.net.uploadErrs = nil
				must(t, d.accounts.SetProblem(t.Context(), d.account, "", ""))
				for range 3 {
					clock.Advance(time.Minute)
					must(t, d.sweep(t.Context(), sweepJob{}))
					d.run(t)
				}
				d.wantState(t, id, Published)
				if len(d.net.sentImages()) != 2 {
					t.Errorf("sent with %q", d.net.sentImages())
				}
			})
		})
	}
}

func TestImagesThatAreNeverTakenExpire(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.Media, draft.ExpiresAfter = []PostMedia{d.uploadImage(t, 1)}, time.Minute
		id := d.schedule(t, draft).ID
		for range 100 {
			d.net.uploadErrs = append(d.net.uploadErrs, netErr(connectors.KindRetry))
		}
		clock.Advance(time.Minute)
		for range 10 {
			d.run(t)
			clock.Advance(15 * time.Second)
		}
		if row := d.wantState(t, id, Expired); d.net.calls != 0 || row.Error == "" {
			t.Errorf("%d calls, error %q", d.net.calls, row.Error)
		}
	})
}

func TestARetryUploadsNothingTwice(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.uploadErrs = []error{nil, netErr(connectors.KindRetry)} // the first is taken
		d.net.script(reply{err: netErr(connectors.KindRetry)})
		clock.Advance(time.Minute)
		d.run(t)
		for range 4 {
			clock.Advance(time.Minute)
			d.run(t)
		}
		d.wantState(t, id, Published)
		if d.net.uploads != 3 || d.net.calls != 2 {
			t.Errorf("%d uploads, %d calls", d.net.uploads, d.net.calls)
		}
	})
}

func TestForgottenImagesAreUploadedAnew(t *testing.T) {
	t.Parallel()
	forgotten := func() *connectors.Error {
		e := netErr(connectors.KindRetry)
		e.Field = connectors.FieldImages
		return e
	}
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: forgotten()})
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(time.Minute)
		d.run(t)
		d.wantState(t, id, Published)
		if d.net.uploads != 4 {
			t.Errorf("%d uploads", d.net.uploads)
		}
	})
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		for range 10 {
			d.net.script(reply{err: forgotten()})
		}
		for range 10 {
			clock.Advance(5 * time.Minute)
			d.run(t)
		}
		if d.wantState(t, id, Failed); d.net.calls != maxImageTries {
			t.Errorf("%d calls", d.net.calls)
		}
	})
}

func TestOldUploadsAreNotUsed(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.run(t)
		must(t, d.Pause(t.Context(), d.actor))
		clock.Advance(24 * time.Hour)
		must(t, d.Resume(t.Context(), d.actor))
		d.run(t)
		d.wantState(t, id, Published)
		if sent := d.net.sentImages(); d.net.uploads != 4 || !strings.Contains(sent[0], "m3-") {
			t.Errorf("%d uploads, sent with %q", d.net.uploads, sent)
		}
	})
}

func TestLostContentHoldsThePostBack(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		dir := t.TempDir()
		store, err := media.OpenStore("", dir)
		must(t, err)
		d.media = media.New(db, store)
		draft := d.draft()
		draft.Media = []PostMedia{d.uploadImage(t, 1)}
		id := d.schedule(t, draft).ID
		must(t, os.RemoveAll(filepath.Join(dir, "media")))
		clock.Advance(time.Minute)
		d.run(t)
		if row := d.wantState(t, id, Scheduled); d.net.calls != 0 || row.Error == "" {
			t.Errorf("%d calls, error %q", d.net.calls, row.Error)
		}
	})
}

func TestClearMediaLeavesWhatPostsHave(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, _ int64) {
		unused := d.uploadImage(t, 9)
		clock.Advance(25 * time.Hour)
		must(t, d.clearMedia(context.Background(), clearMediaJob{}))
		posts, err := d.CampaignPosts(t.Context(), d.campaign.ID)
		must(t, err)
		for _, m := range posts[0].Media {
			if _, err := d.media.Content(t.Context(), m.Hash); err != nil {
				t.Error(err)
			}
		}
		if _, _, err := d.media.Open(t.Context(), unused.Hash); err == nil {
			t.Error("the unused one is still there")
		}
	})
}
