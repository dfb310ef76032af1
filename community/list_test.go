package community

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// busy fills a forum with ideas, votes and comments over 90 days, many of them
// alike.
func (f *forum) busy(ideas int) {
	fans := f.crowd(accounts.Fan, 8)
	for i := range ideas {
		author := fans[i%len(fans)]
		idea := f.idea(author, fmt.Sprintf("Idea number %d of many", i), fmt.Sprintf("tag-%d", i%3))
		f.vote(idea.Number, fans[:i*7%5]...)
		for range i * 3 % 4 {
			f.comment(author, idea.Number)
		}
		if i%3 == 0 {
			f.clock.Advance(90 * day / time.Duration(ideas) * 3)
		}
		if i%4 == 0 {
			_, err := f.Unvote(f.t.Context(), author, idea.Number)
			f.ok(err)
		}
	}
	f.ok(f.recountRecentVotes(f.t.Context()))
}

// TestListsAndExportsAgree holds the orders that SQL makes against those that
// Go makes, through pages of every size.
func TestListsAndExportsAgree(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(24)
		for _, sort := range Sorts {
			var rows []exportRow
			f.ok(f.db.Read(t.Context(), func(tx *storage.Tx) (err error) {
				rows, err = exportRows(tx, ExportOptions{Sort: sort, AsOf: tx.Now})
				return err
			}))
			var want []int64
			for _, r := range rows {
				want = append(want, r.Number)
			}
			if len(want) != 24 {
				t.Errorf("%s exports %d ideas", sort, len(want))
			}
			for _, limit := range []int{1, 5, 24, 100} {
				if diff := cmp.Diff(want, f.numbers(nil, Query{Sort: sort, Limit: limit})); diff != "" {
					t.Errorf("%s by %d:\n%s", sort, limit, diff)
				}
			}
		}
	})
}

func TestListsFilter(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(9)
		product := f.person(accounts.Product)
		all := f.numbers(nil, Query{Sort: Recent})
		planned := all[3]
		_, err := f.SetStatus(t.Context(), product, planned, Planned, "")
		f.ok(err)
		tagged := f.numbers(nil, Query{Sort: Rate, Tag: " TAG-1 "})
		if len(tagged) != 3 || slices.ContainsFunc(tagged, func(n int64) bool {
			return !slices.Contains(f.get(nil, n).Tags, "tag-1")
		}) {
			t.Errorf("tagged: %v", tagged)
		}
		for _, sort := range Sorts {
			if diff := cmp.Diff([]int64{planned}, f.numbers(nil, Query{Sort: sort, Status: Planned})); diff != "" {
				t.Errorf("planned by %s:\n%s", sort, diff)
			}
		}
		for _, q := range []Query{{Tag: "no-such"}, {Tag: "'; --"}, {Tag: "\xff"}, {Status: Declined}, {Q: "nothing"}} {
			page, err := f.Ideas(t.Context(), nil, q)
			if err != nil || page.Items == nil || len(page.Items) != 0 || page.NextCursor != "" {
				t.Errorf("%+v: %+v, %v", q, page, err)
			}
		}
		tags, err := f.Tags(t.Context())
		if diff := cmp.Diff([]TagCount{{"tag-0", 3}, {"tag-1", 3}, {"tag-2", 3}}, tags); diff != "" || err != nil {
			t.Errorf("tags: %v\n%s", err, diff)
		}
	})
}

func TestListsTellTheViewersVotes(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		author, fan := f.person(accounts.Fan), f.person(accounts.Fan)
		loved, other := f.idea(author, "A headphone jack").Number, f.idea(author, "A dark mode").Number
		f.vote(loved, fan)
		for _, sort := range Sorts {
			page, err := f.Ideas(t.Context(), &fan, Query{Sort: sort})
			f.ok(err)
			for _, idea := range page.Items {
				if idea.Voted != (idea.Number == loved) || idea.AuthorName != author.Name {
					t.Errorf("%s: %+v, voted for %d, not for %d", sort, idea, loved, other)
				}
			}
		}
	})
}

// TestPagesStandStill reads a list while time goes by and ideas come.
func TestPagesStandStill(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(12)
		late := f.person(accounts.Fan)
		for _, sort := range Sorts {
			want := f.numbers(nil, Query{Sort: sort})
			first, err := f.Ideas(t.Context(), nil, Query{Sort: sort, Limit: 6})
			f.ok(err)
			f.clock.Advance(3 * time.Hour)
			newcomer := f.idea(late, "A latecomer of an idea").Number
			got := f.numbers(nil, Query{Sort: sort, Limit: 6, Cursor: first.NextCursor})
			got = slices.DeleteFunc(got, func(n int64) bool { return n == newcomer })
			if diff := cmp.Diff(want[6:], got); diff != "" {
				t.Errorf("%s:\n%s", sort, diff)
			}
		}
	})
}

func TestListsRefuse(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.busy(3)
		top, err := f.Ideas(t.Context(), nil, Query{Limit: 1})
		f.ok(err)
		for name, c := range map[string]struct {
			q    Query
			want string
		}{
			"sort":            {Query{Sort: "random"}, "sort idea.sort_unknown"},
			"status":          {Query{Status: "deleted"}, "status idea.status_unknown"},
			"limit":           {Query{Limit: 1001}, "limit page.limit"},
			"negative limit":  {Query{Limit: -1}, "limit page.limit"},
			"noise":           {Query{Cursor: "noise!"}, "cursor page.cursor"},
			"another's":       {Query{Sort: Discussed, Cursor: top.NextCursor}, "cursor page.cursor"},
			"another's rate":  {Query{Sort: Rate, Cursor: top.NextCursor}, "cursor page.cursor"},
			"no number":       {Query{Sort: Recent, Cursor: storage.EncodeCursor("recent", "2012-08-16T12:00:00Z", "x")}, "cursor page.cursor"},
			"no time":         {Query{Sort: Recent, Cursor: storage.EncodeCursor("recent", "yesterday", "1")}, "cursor page.cursor"},
			"no float":        {Query{Sort: Trending, Cursor: storage.EncodeCursor("trending", "NaN", "1")}, "cursor page.cursor"},
			"infinite":        {Query{Sort: Fider, Cursor: storage.EncodeCursor("fider", "2012-08-16T12:00:00Z", "+Inf", "1")}, "cursor page.cursor"},
			"no time in rate": {Query{Sort: Rate, Cursor: storage.EncodeCursor("rate", "", "1", "1")}, "cursor page.cursor"},
		} {
			_, err := f.Ideas(t.Context(), nil, c.q)
			if diff := cmp.Diff([]string{c.want}, wrongFields(err)); diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
		fan := f.person(accounts.Fan)
		_, err = f.Ideas(t.Context(), &fan, Query{Hidden: true})
		wants(t, err, fault.Forbidden, "hidden ideas for a fan")
	})
}
