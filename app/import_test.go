package app

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"fanfare/community"
	"fanfare/fault"
	"fanfare/storage"
)

func TestTheCommandsThatTakeFiles(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"backup a.tar.gz", "restore a.tar.gz --replace", "check --json", "import fider a.zip --source forum --dry-run", "reconcile --source s a.csv --map No=order_id --json", "apikey create --name n --role marketing --scope orders --scope reports --store s --rate 5"} {
		var cli CLI
		if _, err := kong.Must(&cli).Parse(strings.Fields(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	var cli CLI
	_, err := kong.Must(&cli).Parse([]string{"import", "ideas", "a.csv", "--map", "Idea; name=title", "--map", "Votes=votes_count"})
	want := map[string]string{"Idea; name": "title", "Votes": "votes_count"}
	if diff := cmp.Diff(want, cli.Import.Ideas.Map); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// ideas gives the titles in the database.
func ideas(t *testing.T, config Config) (titles []string) {
	t.Helper()
	err := with(t.Context(), &config, func(a *App) error {
		page, err := a.Community.Ideas(t.Context(), nil, community.Query{Sort: community.Recent})
		for _, idea := range page.Items {
			titles = append(titles, idea.Title+" by "+idea.AuthorName)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return titles
}

func TestImportFromATable(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, config Config) {
		file := filepath.Join(t.TempDir(), "ideas.csv")
		if err := os.WriteFile(file, []byte("Idea,created_by\nA second SIM slot,Anna\n4G,Anna\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := ImportIdeasCommand{File: file, Map: map[string]string{"Idea": "title"}}
		command.Locale, command.JSON, command.DryRun = "en", true, true
		if err := command.Run(t.Context(), &config); err != nil || len(ideas(t, config)) != 0 {
			t.Errorf("a dry run: %v, %v", err, ideas(t, config))
		}
		command.DryRun = false
		for range 2 {
			if err := command.Run(t.Context(), &config); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"A second SIM slot by Anna"}, ideas(t, config)); diff != "" {
				t.Error(diff)
			}
		}
		command.File += ".none"
		if err := command.Run(t.Context(), &config); !fault.Is(err, fault.Unavailable) {
			t.Error(err)
		}
	})
}

func TestImportFromFider(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	path := filepath.Join(t.TempDir(), "backup.zip")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for name, content := range map[string]string{
		"posts.json": `[{"id":7,"number":1,"title":"A second SIM slot","description":"","user_id":1,"created_at":"2012-07-01T08:00:00.123456789Z","status":1}]`,
		"users.json": `[{"id":1,"name":"Anna","email":"anna@example.com"}]`, "post_votes.json": `[{"post_id":7,"user_id":1,"created_at":"2012-07-01T08:00:00Z"}]`,
		"comments.json": "[]", "tags.json": "[]", "post_tags.json": "[]", "../evil.json": "[]",
	} {
		entry, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := firstOf(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	command := ImportFiderCommand{File: path}
	command.Locale, command.JSON = "en", true
	if err := command.Run(t.Context(), &config); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A second SIM slot by Anna"}, ideas(t, config)); diff != "" {
		t.Error(diff)
	}
	if got := people(t, config); got != "anna@example.com " {
		t.Errorf("people %q", got)
	}
}

func TestTheSummaryOfAnImport(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := printImport(&out, community.ImportReport{
		Source: "fider", DryRun: true, Ideas: 1, Votes: 2, VotesLeftOut: 3,
		Rejected: []community.Rejection{{Where: "post #9", Reason: "There is no status 9."}},
		Preview: []community.ImportPreview{{
			Where: "post #1", Title: "A second SIM slot", Author: "Anna", Status: community.Open, Votes: 2, Tags: []string{"ui", "sim"},
			CreatedAt: time.Date(2012, 7, 1, 8, 0, 0, 0, time.UTC),
		}},
	})
	want := `post #1  A second SIM slot
    by Anna, 2012-07-01 08:00:00 UTC, open, 2 votes, 0 comments, ui sim
not imported: post #9: There is no status 9.
Nothing was changed. Would import from fider: 1 ideas, 2 votes, 0 comments; 0 people made.
Here already: 0 ideas. Merged into others: 0. Deleted there: 0.
Left out: 3 votes and 0 comments: of ideas that did not come along, said twice, or not known whose they are.
`
	if diff := cmp.Diff(want, out.String()); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
