package community

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

type (
	row  = map[string]any
	rows = []row
)

// fiderZip packs tables as Fider does; those not given are empty.
func fiderZip(t testing.TB, tables map[string]any) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range []string{"blobs/logos/x.png", fiderPosts, fiderVotes, fiderComments, fiderUsers, fiderTags, fiderPostTags} {
		content, ok := tables[name].([]byte)
		if !ok {
			var err error
			if content, err = json.Marshal(tables[name]); err != nil {
				t.Fatal(err)
			}
			if tables[name] == nil {
				content = []byte("[]")
			}
		}
		file, err := w.CreateHeader(&zip.FileHeader{Name: name}) // not compressed: the fuzzer sees through it
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func julyDay(n int) string { return time.Date(2012, 7, n, 8, 0, 0, 0, time.UTC).Format(time.RFC3339) }

// miuiForum is a small forum with everything in it that Fider knows.
func miuiForum() map[string]any {
	return map[string]any{
		fiderUsers: rows{
			{"id": 1, "name": "Lei Jun", "email": "lei@example.com", "role": 3},
			{"id": 2, "name": "Anna", "email": "anna@example.com"},
			{"id": 3, "name": "Anna again", "email": "ANNA@example.com"},
			{"id": 4, "name": "Bert", "email": ""},
			{"id": 5, "name": "\u202etreB", "email": "not an email"},
		},
		fiderPosts: rows{
			{"id": 10, "number": 1, "title": "A second SIM slot please", "description": "For *travel*.", "user_id": 2, "created_at": julyDay(1), "status": 4, "response": "Next year.", "response_user_id": 1, "response_date": julyDay(5), "original_id": nil, "is_approved": true},
			{"id": 11, "number": 2, "title": "Two SIM cards at once", "user_id": 4, "created_at": julyDay(2), "status": 5, "original_id": 12},
			{"id": 12, "number": 3, "title": "Dual SIM for the next one", "user_id": 5, "created_at": julyDay(3), "status": 5, "original_id": 10},
			{"id": 13, "number": 4, "title": "An idea that was deleted", "user_id": 2, "created_at": julyDay(3), "status": 6},
			{"id": 14, "number": 5, "title": "An idea nobody approved", "user_id": 2, "created_at": julyDay(3), "status": 0, "is_approved": false},
			{"id": 15, "number": 6, "title": "双卡双待功能", "user_id": 4, "created_at": julyDay(4), "status": 0},
			{"id": 16, "number": 7, "title": "4G", "user_id": 4, "created_at": julyDay(4), "status": 0},
			{"id": 17, "number": 8, "title": "An idea from the future", "user_id": 4, "created_at": "2031-01-01T00:00:00Z", "status": 1},
			{"id": 18, "number": 9, "title": "Duplicate of a duplicate", "user_id": 4, "created_at": julyDay(4), "status": 5, "original_id": 18},
			{"id": 19, "number": 10, "title": "An idea with a status of its own", "user_id": 4, "created_at": julyDay(4), "status": 9},
			{"id": 20, "number": 11, "title": "An idea by a stranger", "user_id": 99, "created_at": julyDay(4), "status": 0},
			{"id": "21", "number": 12},
		},
		fiderVotes: rows{
			{"post_id": 10, "user_id": 2, "created_at": julyDay(9)},
			{"post_id": 12, "user_id": 3, "created_at": julyDay(4)}, // Anna's, earlier, on a duplicate
			{"post_id": 11, "user_id": 4, "created_at": julyDay(2)}, // two steps away
			{"post_id": 10, "user_id": 5, "created_at": julyDay(6)},
			{"post_id": 10, "user_id": 98, "created_at": julyDay(6)},
			{"post_id": 10, "user_id": 1, "created_at": "2031-01-01T00:00:00Z"},
			{"post_id": 13, "user_id": 2, "created_at": julyDay(4)},
			{"post_id": 18, "user_id": 2, "created_at": julyDay(4)},
			{"post_id": 77, "user_id": 2, "created_at": julyDay(4)},
			{"post_id": 16, "user_id": 4, "created_at": julyDay(4)},
		},
		fiderComments: rows{
			{"id": 1, "post_id": 10, "user_id": 4, "content": "The later one.", "created_at": julyDay(8)},
			{"id": 2, "post_id": 10, "user_id": 2, "content": "The first one.", "created_at": julyDay(7)},
			{"id": 3, "post_id": 10, "user_id": 2, "content": "Gone.", "created_at": julyDay(7), "deleted_at": julyDay(8)},
			{"id": 4, "post_id": 12, "user_id": 2, "content": "Under a duplicate.", "created_at": julyDay(7)},
			{"id": 5, "post_id": 10, "user_id": 2, "content": "Not approved.", "created_at": julyDay(7), "is_approved": false},
			{"id": 6, "post_id": 10, "user_id": 2, "content": " ", "created_at": julyDay(7)},
		},
		fiderTags: rows{
			{"id": 1, "name": "UI / Design", "is_public": true},
			{"id": 2, "name": "VIP customer", "is_public": false},
			{"id": 3, "name": "硬件"},
			{"id": 4, "name": "!!"},
		},
		fiderPostTags: rows{{"tag_id": 1, "post_id": 10}, {"tag_id": 2, "post_id": 10}, {"tag_id": 3, "post_id": 10}, {"tag_id": 4, "post_id": 10}},
	}
}

// finder resolves people against the forum's database.
func (f *forum) finder() FindPeople {
	s := accounts.New(f.db, bytes.Repeat([]byte{7}, 32))
	return func(ctx context.Context, drafts []accounts.PersonDraft) ([]accounts.Person, int, error) {
		return s.ImportPeople(ctx, accounts.System(), drafts)
	}
}

func (f *forum) bring(set ImportSet) ImportReport {
	f.t.Helper()
	report, err := f.Import(f.t.Context(), accounts.System(), set, f.finder(), false)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

func fiderSet(t testing.TB, tables map[string]any) ImportSet {
	t.Helper()
	content := fiderZip(t, tables)
	set, err := ReadFider(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAFiderForumComesAlong(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		report := f.bring(fiderSet(t, miuiForum()))
		want := ImportReport{
			Source: "fider", Ideas: 2, Votes: 3, Comments: 2, PeopleCreated: 4,
			Duplicates: 3, Deleted: 2, VotesLeftOut: 7, CommentsLeftOut: 3,
			Rejected: []Rejection{
				{"posts.json, element 12", ""}, {"post #10", "status 9"}, {`tag "VIP customer"`, "Private"},
				{"post #1", "!!"}, {"post #1", "not in the file"}, {"post #1", "future"}, {"comment 6 of post #1", "at least 1"},
				{"post #7", "at least 3"}, {"post #8", "future"}, {"post #11", "not in the file"},
			},
		}
		byWhere := func(a, b Rejection) int { return strings.Compare(a.Where+a.Reason, b.Where+b.Reason) }
		if diff := cmp.Diff(want, report, cmpopts.IgnoreFields(ImportReport{}, "Rejected")); diff != "" {
			t.Error(diff)
		}
		if len(report.Rejected) != len(want.Rejected) {
			t.Errorf("rejected %+v", report.Rejected)
		}
		for _, w := range want.Rejected {
			if !slices.ContainsFunc(report.Rejected, func(r Rejection) bool { return r.Where == w.Where && strings.Contains(r.Reason, w.Reason) }) {
				t.Errorf("%+v is missing among %+v", w, slices.SortedFunc(slices.Values(report.Rejected), byWhere))
			}
		}

		idea := f.get(nil, 1)
		july := func(d int) time.Time { return time.Date(2012, 7, d, 8, 0, 0, 0, time.UTC) }
		if idea.Title != "A second SIM slot please" || idea.Status != Planned || idea.Response != "Next year." || idea.AuthorName != "Anna" ||
			!idea.CreatedAt.Equal(july(1)) || idea.RespondedAt == nil || !idea.RespondedAt.Equal(july(5)) || idea.RespondedBy == nil ||
			idea.Votes != 3 || idea.Comments != 2 || !slices.Equal(idea.Tags, []string{"ui-design", "硬件"}) {
			t.Errorf("imported %+v", idea)
		}
		times := f.standing(1)
		if len(times) != 3 || !times[0].Equal(july(2)) || !times[1].Equal(july(4)) || !times[2].Equal(july(6)) {
			t.Errorf("the votes are of %v", times)
		}
		if math.Abs(idea.Trend-trendOf(times)) > 1e-9 {
			t.Errorf("trend %v, want %v", idea.Trend, trendOf(times))
		}
		comments, err := f.Comments(t.Context(), nil, 1)
		f.ok(err)
		if len(comments) != 2 || comments[0].Body != "The first one." || !comments[1].CreatedAt.Equal(july(8)) || comments[0].AuthorName != "Anna" {
			t.Errorf("comments %+v", comments)
		}
		for _, q := range []string{"travel", "双卡", "ui-design"} {
			if len(f.numbers(nil, Query{Q: q})) != 1 {
				t.Errorf("%q is not found", q)
			}
		}
	})
}

func TestASecondImportChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.bring(fiderSet(t, miuiForum()))
		before := f.dump()
		f.clock.Advance(time.Hour)
		report := f.bring(fiderSet(t, miuiForum()))
		if report.Ideas != 0 || report.Votes != 0 || report.PeopleCreated != 0 || report.AlreadyHere != 2 {
			t.Errorf("the second time %+v", report)
		}
		if diff := cmp.Diff(before, f.dump()); diff != "" {
			t.Error(diff)
		}
		other := fiderSet(t, miuiForum())
		other.Source = "another forum"
		if report := f.bring(other); report.Ideas != 2 || report.PeopleCreated != 2 { // those without an email could be others there
			t.Errorf("the same from elsewhere %+v", report)
		}
	})
}

func TestADryRunChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		before := f.dump()
		report, err := f.Import(t.Context(), accounts.System(), fiderSet(t, miuiForum()), nil, true)
		f.ok(err)
		if diff := cmp.Diff(before, f.dump()); diff != "" {
			t.Error(diff)
		}
		if !report.DryRun || report.Ideas != 2 || len(report.Preview) != 2 || report.Preview[0].Title != "A second SIM slot please" ||
			report.Preview[0].Author != "Anna" || report.Preview[0].Status != Planned || report.Preview[0].Comments != 2 || report.Preview[1].Votes != 0 {
			t.Errorf("%+v", report)
		}
	})
}

// dump gives all rows that an import could touch.
func (f *forum) dump() map[string][]map[string]any {
	f.t.Helper()
	tables := map[string][]map[string]any{}
	err := f.db.Read(f.t.Context(), func(tx *storage.Tx) error {
		for _, table := range []string{"people", "ideas", "votes", "comments", "idea_tags", "idea_origins", "audit_events"} {
			var found []map[string]any
			if err := tx.Table(table).Order("1, 2").Find(&found).Error; err != nil {
				return err
			}
			tables[table] = found
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return tables
}

func TestWhoMayImport(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		_, err := f.Import(t.Context(), f.person(accounts.Product), ImportSet{Source: "x"}, f.finder(), false)
		wants(t, err, fault.Forbidden, "an import by the product team")
		_, err = f.Import(t.Context(), accounts.System(), ImportSet{}, f.finder(), false)
		wants(t, err, fault.Invalid, "an import from nowhere")
		_, err = f.Import(t.Context(), accounts.System(), ImportSet{Source: "x", Locale: "tlh"}, f.finder(), false)
		wants(t, err, fault.Invalid, "an import in Klingon")
	})
}

func TestVotesOfBlockedPeopleStayBehind(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		f.ok(f.db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Create(&accounts.Person{Email: "anna@example.com", Name: "Anna", Role: accounts.Fan, Locale: "en", TimeZone: "UTC", CreatedAt: tx.Now, BlockedAt: &tx.Now}).Error
		}))
		if report := f.bring(fiderSet(t, miuiForum())); report.Votes != 2 || report.VotesLeftOut != 8 {
			t.Errorf("%+v", report)
		}
	})
}

// TestImportingIsLikeSubmitting makes the same forum in two ways: by hand, and
// by importing it. The ideas must be equal in all that ranks them.
func TestImportingIsLikeSubmitting(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		byHand := newForum(t, db, clock)
		fans := byHand.crowd(accounts.Fan, 5)
		rapid.Check(t, func(r *rapid.T) {
			clock.Advance(time.Hour) // no double clicks
			set := ImportSet{Source: fmt.Sprint("run of ", clock.Now()), People: map[string]ImportPerson{}}
			for i := range fans {
				set.People[fmt.Sprint(i)] = ImportPerson{Name: fmt.Sprint("Twin ", i), Email: fmt.Sprintf("twin%d@example.com", i)}
			}
			title := "A headphone jack " + rapid.StringMatching(`[a-z]{3,9}( [a-z]{1,9})?`).Draw(r, "title")
			tags := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,9}`), 0, 5, rapid.ID).Draw(r, "tags")
			idea, err := byHand.SubmitIdea(t.Context(), fans[0], IdeaDraft{Title: title, Tags: tags, Locale: "de"})
			if err != nil {
				r.Fatal(err)
			}
			twin := ImportIdea{
				Where: "there", RemoteID: "1", Author: "0", CreatedAt: clock.Now(), Draft: IdeaDraft{Title: title, Tags: tags, Locale: "de"},
				Votes: []ImportVote{{Person: "0", CastAt: clock.Now()}},
			}
			for range rapid.IntRange(0, 8).Draw(r, "acts") {
				clock.Advance(time.Duration(rapid.Int64Range(0, int64(20*24*time.Hour)).Draw(r, "later")))
				fan := rapid.IntRange(0, 4).Draw(r, "fan")
				if rapid.Bool().Draw(r, "comments") {
					byHand.comment(fans[fan], idea.Number)
					twin.Comments = append(twin.Comments, ImportComment{Author: fmt.Sprint(fan), Body: "Yes, please.", CreatedAt: clock.Now()})
					continue
				}
				byHand.vote(idea.Number, fans[fan])
				twin.Votes = append(twin.Votes, ImportVote{Person: fmt.Sprint(fan), CastAt: clock.Now()})
			}
			if err := byHand.recountRecentVotes(t.Context()); err != nil {
				r.Fatal(err)
			}
			set.Ideas = []ImportIdea{twin}
			report, err := byHand.Import(t.Context(), accounts.System(), set, byHand.finder(), false)
			if err != nil || report.Ideas != 1 {
				r.Fatal(report, err)
			}
			var number int64
			err = db.Read(t.Context(), func(tx *storage.Tx) error {
				return tx.Model(&ideaOrigin{}).Where("source = ?", set.Source).Pluck("number", &number).Error
			})
			if err != nil {
				r.Fatal(err)
			}
			want, got := byHand.get(nil, idea.Number), byHand.get(nil, number)
			same := cmp.Options{cmpopts.IgnoreFields(Idea{}, "Number", "AuthorID", "AuthorName"), cmpopts.EquateApprox(0, 1e-9)}
			if diff := cmp.Diff(want, got, same); diff != "" {
				r.Fatal(diff)
			}
			if found := byHand.numbers(nil, Query{Q: title, Limit: 100}); slices.Contains(found, idea.Number) != slices.Contains(found, number) {
				r.Fatalf("%q finds %v, of %d and %d", title, found, idea.Number, number)
			}
		})
	})
}
