package campaigns

import (
	"fmt"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestCountsAreAskedAtTheirMarks(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		var asked []string
		d.net.counts = func(ids []string) (connectors.Counts, error) {
			asked = append(asked, fmt.Sprint(clock.Now().Sub(d.delivery(t, id).DueAt).Round(time.Minute)))
			likes := int64(len(asked))
			return connectors.Counts{Posts: map[string]connectors.PostCounts{ids[0]: {Likes: &likes}}}, nil
		}
		clock.Advance(time.Minute)
		d.run(t)
		row := d.wantState(t, id, Published)
		for step := range 128 { // a day by quarters of an hour, then eight days
			must(t, d.countPosts(t.Context(), countJob{}))
			if clock.Advance(15 * time.Minute); step >= 96 {
				clock.Advance(6*time.Hour - 15*time.Minute)
			}
		}
		if got := fmt.Sprint(asked); got != "[15m0s 1h0m0s 6h0m0s 24h0m0s 72h0m0s 168h0m0s]" {
			t.Errorf("asked at %s", got)
		}
		var counts []postCount
		must(t, d.db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Order("at").Find(&counts).Error }))
		if len(counts) != 6 || counts[5].DeliveryID != row.ID || *counts[5].Likes != 6 || counts[0].Impressions != nil {
			t.Errorf("%+v", counts)
		}
	})
}

// publishMany brings posts of the account on net out.
func (d *desk) publishMany(t *testing.T, clock *storagetest.Clock, count int) {
	t.Helper()
	d.addDue(t, count, clock.Now())
	d.run(t)
}

func TestCountsComeInBatches(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		var sizes []int
		d.net.counts = func(ids []string) (connectors.Counts, error) {
			sizes = append(sizes, len(ids))
			return connectors.Counts{}, nil
		}
		d.publishMany(t, clock, 103)
		clock.Advance(15 * time.Minute)
		must(t, d.countPosts(t.Context(), countJob{}))
		must(t, d.countPosts(t.Context(), countJob{}))
		if fmt.Sprint(sizes) != "[100 3]" {
			t.Errorf("calls for %v posts", sizes)
		}
	})
}

func TestCountsStayWithinTheBudget(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.limits = []connectors.Limit{{Name: "counts", Calls: []connectors.Call{connectors.CallCounts}, Most: 2, Reserve: 1, Span: 2 * time.Hour}}
		calls := 0
		d.net.counts = func([]string) (connectors.Counts, error) {
			calls++
			return connectors.Counts{}, netErr(connectors.KindAttention)
		}
		clock.Advance(time.Minute)
		d.run(t)
		for range 8 { // two hours, and two marks
			clock.Advance(15 * time.Minute)
			must(t, d.countPosts(t.Context(), countJob{}))
		}
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
		clock.Advance(15 * time.Minute)
		must(t, d.countPosts(t.Context(), countJob{}))
		if calls != 2 {
			t.Errorf("%d calls in the new window", calls)
		}
		// The network's word on figures is none on the account.
		if account, _, err := d.accounts.NetworkAccount(t.Context(), d.account); err != nil || account.Problem != "" {
			t.Errorf("the account is stopped: %q, %v", account.Problem, err)
		}
		d.withoutCounts = true
		clock.Advance(24 * time.Hour)
		must(t, d.countPosts(t.Context(), countJob{}))
		if calls != 2 {
			t.Error("asked although it is off")
		}
	})
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.limitTo(3)
		d.weibo.limits = []connectors.Limit{{Name: "calls_hour", Calls: publishOnly, Span: time.Hour}}
		tell := func() (lines []string) {
			budgets, err := d.Budgets(t.Context())
			must(t, err)
			for _, b := range budgets {
				line := fmt.Sprint(b.AccountID == d.account, b.Limit, " ", b.Left(), "/", b.Most)
				if b.ResetsAt != nil {
					line += fmt.Sprint(" for ", b.ResetsAt.Sub(clock.Now()))
				}
				lines = append(lines, line)
			}
			return lines
		}
		if got := fmt.Sprint(tell()); got != "[trueposts 3/3]" {
			t.Errorf("at first: %s", got)
		}
		clock.Advance(time.Minute)
		d.publishMany(t, clock, 2)
		if got := fmt.Sprint(tell()); got != "[trueposts 1/3 for 15m0s]" {
			t.Errorf("after two posts: %s", got)
		}
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return d.heard(tx, limited{d.other, d.weibo.limits}, connectors.CallPublish, []connectors.Standing{{Limit: "calls_hour", ResetsAt: clock.Now().Add(time.Hour)}})
		}))
		clock.Advance(15 * time.Minute)
		if got := fmt.Sprint(tell()); got != "[trueposts 3/3 falsecalls_hour 0/0 for 45m0s]" {
			t.Errorf("in the end: %s", got)
		}
	})
}
