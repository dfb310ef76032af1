package community

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestFilesThatAreNoExport reads zips with one thing wrong.
func TestFilesThatAreNoExport(t *testing.T) {
	t.Parallel()
	whole := fiderZip(t, miuiForum())
	with := func(name string, content []byte) []byte { return fiderZip(t, map[string]any{name: content}) }
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"nothing":          {nil, "no zip"},
		"no zip":           {[]byte("number,title\n"), "no zip"},
		"half a zip":       {whole[:len(whole)/2], "no zip"},
		"another zip":      {otherZip(t, "readme.txt"), "posts.json"},
		"a table twice":    {otherZip(t, fiderPosts, fiderPosts), "twice"},
		"an object":        {with(fiderPosts, []byte(`{"id":1}`)), "no list"},
		"half a list":      {with(fiderPosts, []byte(`[{"id":1},{"id"`)), "no list"},
		"a list left open": {with(fiderVotes, []byte(`[`)), "no list"},
		"great depth":      {with(fiderUsers, []byte("["+strings.Repeat(`{"a":`, 100_000))), "no list"},
		"a bomb":           {with(fiderComments, append([]byte("["), bytes.Repeat([]byte(" "), 16<<20)...)), "larger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readFider(bytes.NewReader(c.content), int64(len(c.content)), 8<<20)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func otherZip(t *testing.T, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const fiderCSV = "number,title,description,created_at,created_by,votes_count,comments_count,status,responded_by,responded_at,response,original_number,original_title,tags\n" +
	"1,A second SIM slot please,\"For\ntravel, too\",2012-07-01T08:00:00Z,Anna,12,3,planned,Lei Jun,2012-07-05T08:00:00+08:00,Next year.,,,\"UI, 硬件\"\n" +
	"2,Two SIM cards at once,,2012-07-02T08:00:00Z,Bert,4,1,duplicate,Lei Jun,2012-07-05T08:00:00Z,,1,A second SIM slot please,\n" +
	"3,An idea that was deleted,,2012-07-02T08:00:00Z,Bert,2,0,deleted,,,,,,\n" +
	"4,4G,,2012-07-02T08:00:00Z,Bert,7,0,open,,,,,,\n" +
	"5,An idea with too few columns,\n" +
	"6,An idea of no known status,,2012-07-02T08:00:00Z,Bert,0,0,maybe,,,,,,\n" +
	"7,An idea without a sane date,,7/2/2012,Bert,many,0,open,,,,,,\n" +
	"8,\"An idea \" badly quoted,,2012-07-02T08:00:00Z,Bert,0,0,open,,,,,,\n" +
	"1,The number of another idea,,2012-07-02T08:00:00Z,Bert,1,0,open,,,,,,\n" +
	"9,=双卡双待功能,,,Anna,,,,,,,,,\n"

func readCSV(t *testing.T, content string, mapping map[string]string) ImportSet {
	t.Helper()
	set, err := ReadCSV(strings.NewReader(content), "ideas.csv", mapping)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestIdeasOfATableComeAlong(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		report := f.bring(readCSV(t, "\ufeff"+fiderCSV, nil))
		if report.Ideas != 2 || report.Votes != 0 || report.PeopleCreated != 2 || report.Duplicates != 1 || report.Deleted != 1 ||
			report.VotesLeftOut != 12+4+2+7+1 || report.CommentsLeftOut != 4 {
			t.Errorf("%+v", report)
		}
		for where, says := range map[string]string{
			"line 6": "at least 3", "line 7": "number of fields", "line 8": "status", "line 9": "many", "line 10": "quote", "line 11": "line 2",
		} {
			if !slices.ContainsFunc(report.Rejected, func(r Rejection) bool { return r.Where == where && strings.Contains(r.Reason, says) }) {
				t.Errorf("%s that says %q is missing among %+v", where, says, report.Rejected)
			}
		}
		idea := f.get(nil, 1)
		if idea.Body != "For\ntravel, too" || idea.Status != Planned || idea.AuthorName != "Anna" || idea.Votes != 0 || idea.Comments != 0 ||
			idea.RespondedAt == nil || !idea.RespondedAt.Equal(time.Date(2012, 7, 5, 0, 0, 0, 0, time.UTC)) || !slices.Equal(idea.Tags, []string{"ui", "硬件"}) {
			t.Errorf("%+v", idea)
		}
		if idea := f.get(nil, 2); !idea.CreatedAt.Equal(f.clock.Now()) || idea.Status != Open || idea.RespondedAt != nil {
			t.Errorf("without a date or a status: %+v", idea)
		}
		again := f.bring(readCSV(t, fiderCSV, nil))
		if again.Ideas != 0 || again.AlreadyHere != 3 || again.PeopleCreated != 0 { // line 11 has a number that is here
			t.Errorf("the second time %+v", again)
		}
	})
}

func TestOtherColumnsAreMapped(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		lei := f.person(accounts.Product)
		table := "Name;Mail;number;Idea\nLei;lei@example.com;12;Dark mode everywhere\nLei;LEI@example.com;12;Louder speakers please\nLei;lei@example.com;12;Dark mode everywhere\n"
		set := readCSV(t, table, map[string]string{"Name": "created_by", "Mail": "created_by_email", "Idea": "title", "number": "votes_count"})
		set.Locale = "zh-Hans"
		report := f.bring(set)
		if report.Ideas != 2 || report.PeopleCreated != 1 || report.VotesLeftOut != 36 || len(report.Rejected) != 1 || report.Rejected[0].Where != "line 4" {
			t.Errorf("%+v", report)
		}
		if idea := f.get(&lei, 1); idea.Title != "Dark mode everywhere" || idea.AuthorName != "Lei" || idea.Locale != "zh-Hans" {
			t.Errorf("%+v", idea)
		}
		if again := f.bring(set); again.AlreadyHere != 3 || again.Ideas != 0 {
			t.Errorf("without numbers, the second time %+v", again)
		}
	})
}

func TestTablesThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		mapping map[string]string
		says    string
	}{
		"nothing":               {"", nil, "header"},
		"no title":              {"name,votes\n", nil, "--map"},
		"a title mapped away":   {"title\n", map[string]string{"title": "tags"}, "--map"},
		"a column not there":    {"title\n", map[string]string{"Idea": "title"}, `"Idea"`},
		"an unknown field":      {"title,x\n", map[string]string{"x": "colour"}, `"colour"`},
		"two columns, one use":  {"a,b\n", map[string]string{"a": "title", "b": "title"}, "Both"},
		"a UTF-16 file":         {"\xff\xfet\x00i\x00", nil, "title"},
		"a header badly quoted": {"\"title\n", nil, "header"},
	} {
		if _, err := ReadCSV(strings.NewReader(c.content), "x", c.mapping); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestImportedTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw, tags, unusable []string
	}{
		{nil, nil, nil},
		{[]string{"", " "}, nil, nil},
		{[]string{" UI / Design ", "ui-design", "硬件", "C++"}, []string{"ui-design", "硬件", "c"}, nil},
		{[]string{"!!", strings.Repeat("x", 31)}, nil, []string{"!!", strings.Repeat("x", 31)}},
		{[]string{"a", "b", "c", "d", "e", "f", "a"}, []string{"a", "b", "c", "d", "e"}, []string{"f"}},
	} {
		if tags, unusable := importTags(c.raw); !slices.Equal(tags, c.tags) || !slices.Equal(unusable, c.unusable) {
			t.Errorf("%q became %q, without %q", c.raw, tags, unusable)
		}
	}
}

// checkPlan holds what every plan must keep, whatever the file says.
func checkPlan(t *testing.T, set ImportSet) {
	t.Helper()
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	plan := planImport(set, nil, now)
	plan.preview()
	seen := map[string]bool{}
	for _, idea := range plan.ideas {
		_, author := set.People[idea.Author]
		if idea.RemoteID == "" || seen[idea.RemoteID] || !author || idea.CreatedAt.After(now) || !slices.Contains(Statuses, idea.Status) {
			t.Fatalf("planned %+v", idea)
		}
		seen[idea.RemoteID] = true
		if _, err := idea.Draft.clean(accounts.Actor{}); err != nil {
			t.Fatal(err)
		}
		if err := plan.personDraft(idea.Author).Check(); err != nil {
			t.Fatal(err)
		}
		for _, vote := range idea.Votes {
			if vote.CastAt.After(now) || vote.CastAt.Year() < firstYear {
				t.Fatalf("a vote of %v", vote.CastAt)
			}
		}
	}
	for _, r := range plan.report.Rejected {
		if r.Where == "" || r.Reason == "" {
			t.Fatalf("rejected without a place or a reason: %+v", r)
		}
	}
}

func FuzzReadFider(f *testing.F) {
	whole := fiderZip(f, miuiForum())
	f.Add(whole, []byte(nil), []byte(nil))
	f.Add([]byte(nil), []byte(`[{"id":1,"number":1,"title":"A second SIM slot","user_id":1,"created_at":"2012-07-01T08:00:00Z","status":5,"original_id":1}]`),
		[]byte(`[{"post_id":1,"user_id":1,"created_at":"2012-07-01T08:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, raw, posts, votes []byte) {
		content := raw
		if len(raw) == 0 {
			content = fiderZip(t, map[string]any{fiderPosts: posts, fiderVotes: votes, fiderUsers: []byte(`[{"id":1,"name":"Anna"}]`)})
		}
		if set, err := ReadFider(bytes.NewReader(content), int64(len(content))); err == nil {
			checkPlan(t, set)
		} else if !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add(fiderCSV, "", "")
	f.Add("\ufeffa;b\n1;Dark mode everywhere\n", "b", "title")
	f.Add("a\tb\n\"1\tx\n", "a", "title")
	f.Fuzz(func(t *testing.T, content, column, field string) {
		mapping := map[string]string{}
		if column != "" {
			mapping[column] = field
		}
		set, err := ReadCSV(strings.NewReader(content), "x", mapping)
		if err == nil {
			checkPlan(t, set)
		} else if !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

// BenchmarkImport imports ideas with ten votes each, and the people they need.
func BenchmarkImport(b *testing.B) {
	clock := storagetest.NewClock()
	f := newForum(b, storagetest.Open(b, storage.SQLite, clock), clock)
	for n := 0; b.Loop(); n++ {
		set := ImportSet{Source: fmt.Sprint("run ", n), People: map[string]ImportPerson{}}
		at := f.clock.Now().Add(-1000 * time.Hour)
		for i := range 1000 {
			idea := ImportIdea{Where: "x", RemoteID: fmt.Sprint(i), Author: fmt.Sprint(i), CreatedAt: at, Draft: IdeaDraft{Title: fmt.Sprint("A headphone jack ", i)}}
			for v := range 10 {
				key := fmt.Sprint((i + v*31) % 1000)
				set.People[key] = ImportPerson{Name: key, Email: fmt.Sprintf("fan%s.%d@example.com", key, n)}
				idea.Votes = append(idea.Votes, ImportVote{Person: key, CastAt: at.Add(time.Duration(v) * time.Hour)})
			}
			set.Ideas = append(set.Ideas, idea)
		}
		if report := f.bring(set); report.Ideas != 1000 || report.Votes != 10_000 {
			b.Fatal(report)
		}
	}
}
