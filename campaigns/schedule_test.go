package campaigns

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/links"
	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestSchedulePost(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		draft := d.draft()
		draft.Text = "Mi 2 is here: {link}!"
		draft.Accounts = []int64{d.other, d.account}
		draft.Variants = map[int64]string{d.other: "小米手机2开售{link}抢购"}
		draft.ExpiresAfter = 10 * time.Minute
		post, err := d.SchedulePost(t.Context(), d.actor, draft)
		must(t, err)
		read, err := d.Post(t.Context(), post.ID)
		must(t, err)
		if diff := cmp.Diff(post, read); diff != "" {
			t.Errorf("answered (-) and stored (+) differ: %s", diff)
		}
		texts := map[int64]string{d.account: "Mi 2 is here: %s !", d.other: "小米手机2开售%s 抢购"}
		bases := map[int64]string{d.account: "https://fan.example", d.other: "https://go.example.cn"}
		for _, got := range post.Deliveries {
			url := bases[got.AccountID] + "/r/" + got.Token
			if got.URL != url || got.Text != fmt.Sprintf(texts[got.AccountID], url) || len(got.Token) != 12 {
				t.Errorf("%+v", got)
			}
			if got.State != Scheduled || !got.DueAt.Equal(draft.DueAt) || !got.ExpiresAt.Equal(draft.DueAt.Add(10*time.Minute)) {
				t.Errorf("%+v", got)
			}
			target, err := d.links.Follow(t.Context(), got.Token, links.Visit{Method: "GET"})
			if err != nil || !strings.HasPrefix(target, "https://shop.example/mi2?c=red&ref="+got.Token) {
				t.Errorf("the link leads to %q, %v", target, err)
			}
		}
		if jobs := d.jobs(t); len(jobs) != 2 {
			t.Errorf("%d jobs", len(jobs))
		}
		listed, err := d.CampaignPosts(t.Context(), d.campaign.ID)
		if diff := cmp.Diff([]Post{post}, listed); diff != "" || err != nil {
			t.Errorf("%v: %s", err, diff)
		}
		for until, want := range map[time.Duration]int{time.Minute: 0, time.Minute + time.Microsecond: 1} {
			listed, err = d.PostsBetween(t.Context(), draft.DueAt.Add(-time.Minute), clock.Now().Add(until))
			if err != nil || len(listed) != want {
				t.Errorf("%d posts, %v; want %d", len(listed), err, want)
			}
		}
	})
}

func TestSchedulePostRefuses(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		now := clock.Now()
		variant := fmt.Sprintf("variants.%d", d.account)
		cases := map[string]struct {
			change func(*PostDraft)
			want   []string // nil: it is taken
		}{
			"a minute past":   {func(p *PostDraft) { p.DueAt = now.Add(-time.Minute) }, nil},
			"too late":        {func(p *PostDraft) { p.DueAt = now.Add(-time.Minute - time.Second) }, []string{"due_at"}},
			"no time":         {func(p *PostDraft) { p.DueAt = time.Time{} }, []string{"due_at"}},
			"two years":       {func(p *PostDraft) { p.DueAt = now.AddDate(2, 0, 0) }, nil},
			"too far":         {func(p *PostDraft) { p.DueAt = now.AddDate(2, 0, 1) }, []string{"due_at"}},
			"expires before":  {func(p *PostDraft) { p.ExpiresAfter = -1 }, []string{"expires_after"}},
			"no link":         {func(p *PostDraft) { p.Text = "Mi 2" }, []string{"text"}},
			"two links":       {func(p *PostDraft) { p.Text += " {link}" }, []string{"text"}},
			"control":         {func(p *PostDraft) { p.Text += "\x00" }, []string{"text"}},
			"lines":           {func(p *PostDraft) { p.Text += "\nToday!" }, nil},
			"too long":        {func(p *PostDraft) { p.Text += strings.Repeat("!", 280) }, []string{"text"}},
			"no account":      {func(p *PostDraft) { p.Accounts = nil }, []string{"accounts"}},
			"account twice":   {func(p *PostDraft) { p.Accounts = []int64{d.account, d.account} }, []string{"accounts"}},
			"unknown account": {func(p *PostDraft) { p.Accounts = []int64{d.account, 999} }, []string{"accounts"}},
			"not chosen":      {func(p *PostDraft) { p.Variants = map[int64]string{d.other: "{link}"} }, []string{fmt.Sprintf("variants.%d", d.other)}},
			"bare variant":    {func(p *PostDraft) { p.Variants = map[int64]string{d.account: "x"} }, []string{variant}},
			"long variant": {func(p *PostDraft) {
				p.Variants = map[int64]string{d.account: "{link}" + strings.Repeat("!", 280)}
			}, []string{variant}},
			"long for both": {func(p *PostDraft) {
				p.Text += strings.Repeat("!", 280)
				p.Accounts = []int64{d.account, d.other}
			}, []string{"text"}},
			"everything": {func(p *PostDraft) {
				*p = PostDraft{CampaignID: p.CampaignID, Variants: map[int64]string{d.other: ""}, ExpiresAfter: -1}
			}, []string{"text", fmt.Sprintf("variants.%d", d.other), fmt.Sprintf("variants.%d", d.other), "accounts", "due_at", "expires_after"}},
		}
		for name, c := range cases {
			before := d.rows(t)
			draft := d.draft()
			c.change(&draft)
			_, err := d.SchedulePost(t.Context(), d.actor, draft)
			if c.want == nil {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if diff := cmp.Diff(c.want, shoptest.InvalidFields(t, err)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if diff := cmp.Diff(before, d.rows(t)); diff != "" {
				t.Errorf("%s left something behind: %s", name, diff)
			}
		}
		draft := d.draft()
		draft.CampaignID = 999
		if _, err := d.SchedulePost(t.Context(), d.actor, draft); !fault.Is(err, fault.NotFound) {
			t.Errorf("no campaign: %v", err)
		}
	})
}

// rows counts what a scheduled post leaves in the database.
func (d *desk) rows(t testing.TB) map[string]int64 {
	t.Helper()
	counts := make(map[string]int64)
	must(t, d.db.Read(t.Context(), func(tx *storage.Tx) error {
		for _, table := range []string{"posts", "deliveries", "links", "river_job", "audit_events"} {
			var count int64
			if err := tx.Table(table).Count(&count).Error; err != nil {
				return err
			}
			counts[table] = count
		}
		return nil
	}))
	return counts
}

func TestTwins(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		schedule := func(text string, account int64) error {
			draft := d.draft()
			draft.Text, draft.Accounts = text, []int64{account}
			_, err := d.SchedulePost(t.Context(), d.actor, draft)
			return err
		}
		const text, twin = "Mi 2  is here {link}", "Mi 2 is here\n{link} https://mi.example/"
		must(t, schedule(text, d.account))
		must(t, schedule(twin, d.other)) // another account's
		if got := shoptest.InvalidFields(t, schedule(twin, d.account)); got[0] != "text" {
			t.Errorf("while scheduled: %v", got)
		}
		clock.Advance(time.Minute)
		d.run(t)
		clock.Advance(twinWindow - time.Second)
		if got := shoptest.InvalidFields(t, schedule(twin, d.account)); got[0] != "text" {
			t.Errorf("within a day: %v", got)
		}
		clock.Advance(time.Second)
		must(t, schedule(twin, d.account))
		posts, err := d.CampaignPosts(t.Context(), d.campaign.ID)
		must(t, err)
		_, err = d.CancelPost(t.Context(), d.actor, posts[len(posts)-1].ID)
		must(t, err)
		must(t, schedule(text, d.account)) // a cancelled twin is none
	})
}
