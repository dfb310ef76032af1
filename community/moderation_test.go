package community

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// audited gives what the audit trail holds.
func (f *forum) audited() []string {
	acts := []string{}
	f.ok(f.db.Read(f.t.Context(), func(tx *storage.Tx) error {
		var events []accounts.AuditEvent
		err := tx.Order("id").Find(&events).Error
		for _, e := range events {
			acts = append(acts, e.Action)
		}
		return err
	}))
	return acts
}

func TestComments(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, product := f.person(accounts.Fan), f.person(accounts.Product)
		number := f.idea(fan, "A headphone jack").Number
		first, err := f.AddComment(t.Context(), fan, number, "  Yes!\r\nPlease. ")
		f.ok(err)
		second := f.comment(product, number)
		want := []Comment{
			{ID: first.ID, Idea: number, AuthorID: fan.PersonID, AuthorName: fan.Name, Body: "Yes!\nPlease.", CreatedAt: f.clock.Now()},
			{ID: second.ID, Idea: number, AuthorID: product.PersonID, AuthorName: product.Name, Staff: true, Body: "Yes, please.", CreatedAt: f.clock.Now()},
		}
		got, err := f.Comments(t.Context(), nil, number)
		f.ok(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, []Comment{first, second}); diff != "" {
			t.Errorf("as answered:\n%s", diff)
		}
		for _, body := range []string{" \n ", strings.Repeat("x", 4001), "\x00", "\xff"} {
			_, err := f.AddComment(t.Context(), fan, number, body)
			if fields := wrongFields(err); len(fields) != 1 || !strings.HasPrefix(fields[0], "body ") {
				t.Errorf("%.10q: %v", body, err)
			}
		}
		_, err = f.AddComment(t.Context(), fan, number+1, "Hello?")
		wants(t, err, fault.NotFound, "a comment on nothing")
		_, err = f.Comments(t.Context(), nil, number+1)
		wants(t, err, fault.NotFound, "the comments of nothing")
		if n := f.get(nil, number).Comments; n != 2 {
			t.Errorf("counted %d comments", n)
		}
	})
}

func TestHidingComments(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, moderator := f.person(accounts.Fan), f.person(accounts.Moderator)
		number := f.idea(fan, "A headphone jack").Number
		comment := f.comment(fan, number)
		f.comment(fan, number)
		check := func(counted int64, seen, seenByModerator int) {
			t.Helper()
			for viewer, want := range map[*accounts.Actor]int{nil: seen, &fan: seen, &moderator: seenByModerator} {
				got, err := f.Comments(t.Context(), viewer, number)
				if err != nil || len(got) != want {
					t.Errorf("%v sees %d comments, want %d: %v", viewer, len(got), want, err)
				}
			}
			if n := f.get(nil, number).Comments; n != counted {
				t.Errorf("counted %d, want %d", n, counted)
			}
		}
		for range 2 { // twice is once
			f.ok(f.HideComment(t.Context(), moderator, comment.ID, true))
			check(1, 1, 2)
		}
		for range 2 {
			f.ok(f.HideComment(t.Context(), moderator, comment.ID, false))
			check(2, 2, 2)
		}
		wants(t, f.HideComment(t.Context(), moderator, comment.ID+9, true), fault.NotFound, "no such comment")
		for _, role := range []accounts.Role{accounts.Fan, accounts.Product, accounts.Marketing} {
			wants(t, f.HideComment(t.Context(), f.person(role), comment.ID, true), fault.Forbidden, "hiding by "+string(role))
		}
		if diff := cmp.Diff([]string{"comment.hide", "comment.show"}, f.audited()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHidingIdeas(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, product := f.person(accounts.Fan), f.person(accounts.Product)
		moderator, admin := f.person(accounts.Moderator), f.person(accounts.Admin)
		number := f.idea(fan, "Buy cheap watches", "spam").Number
		other := f.idea(fan, "A headphone jack", "audio").Number
		for range 2 {
			f.ok(f.HideIdea(t.Context(), moderator, number, true))
		}
		for _, viewer := range []*accounts.Actor{nil, &fan, &product} {
			_, err := f.Service.Idea(t.Context(), viewer, number)
			wants(t, err, fault.NotFound, "reading a hidden idea")
			_, err = f.Comments(t.Context(), viewer, number)
			wants(t, err, fault.NotFound, "reading its comments")
			_, err = f.Ideas(t.Context(), viewer, Query{Hidden: true})
			wants(t, err, fault.Forbidden, "listing hidden ideas")
		}
		_, err := f.AddComment(t.Context(), fan, number, "Buy more!")
		wants(t, err, fault.NotFound, "commenting on a hidden idea")
		_, err = f.SetStatus(t.Context(), product, number, Planned, "")
		wants(t, err, fault.NotFound, "answering a hidden idea")
		for _, sort := range Sorts {
			if diff := cmp.Diff([]int64{other}, f.numbers(&admin, Query{Sort: sort})); diff != "" {
				t.Errorf("listed by %s:\n%s", sort, diff)
			}
			if diff := cmp.Diff([]int64{number}, f.numbers(&admin, Query{Sort: sort, Hidden: true})); diff != "" {
				t.Errorf("hidden by %s:\n%s", sort, diff)
			}
		}
		if diff := cmp.Diff([]int64{}, f.numbers(nil, Query{Q: "watches"})); diff != "" {
			t.Errorf("found:\n%s", diff)
		}
		tags, err := f.Tags(t.Context())
		if diff := cmp.Diff([]TagCount{{"audio", 1}}, tags); diff != "" || err != nil {
			t.Errorf("tags: %v\n%s", err, diff)
		}
		if f.get(&admin, number).HiddenAt == nil {
			t.Error("a moderator is not told")
		}
		f.ok(f.HideIdea(t.Context(), admin, number, false))
		f.get(nil, number)
		wants(t, f.HideIdea(t.Context(), moderator, number+9, true), fault.NotFound, "no such idea")
		wants(t, f.HideIdea(t.Context(), product, number, true), fault.Forbidden, "hiding by product")
		if diff := cmp.Diff([]string{"idea.hide", "idea.show"}, f.audited()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStatus(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, product := f.person(accounts.Fan), f.person(accounts.Product)
		number := f.idea(fan, "A headphone jack").Number
		now := f.clock.Now()
		got, err := f.SetStatus(t.Context(), product, number, Planned, " Next year. ")
		f.ok(err)
		answered := cmpopts.IgnoreFields(Idea{}, "Trend", "Voted")
		want := f.get(nil, number)
		if diff := cmp.Diff(want, got, answered); diff != "" {
			t.Error(diff)
		}
		if got.Status != Planned || got.Response != "Next year." || *got.RespondedBy != product.PersonID || !got.RespondedAt.Equal(now) {
			t.Errorf("%+v", got)
		}
		got, err = f.SetStatus(t.Context(), product, number, Open, "")
		if err != nil || got.Status != Open || got.RespondedBy != nil || got.RespondedAt != nil {
			t.Errorf("taken back: %+v, %v", got, err)
		}
		_, err = f.SetStatus(t.Context(), product, number, "done", strings.Repeat("x", 4001))
		if diff := cmp.Diff([]string{"status idea.status_unknown", "response text.long"}, wrongFields(err)); diff != "" {
			t.Error(diff)
		}
		for _, role := range []accounts.Role{accounts.Fan, accounts.Moderator, accounts.Marketing} {
			_, err := f.SetStatus(t.Context(), f.person(role), number, Planned, "")
			wants(t, err, fault.Forbidden, "a status by "+string(role))
		}
		if diff := cmp.Diff([]string{"idea.status", "idea.status"}, f.audited()); diff != "" {
			t.Error(diff)
		}
	})
}
