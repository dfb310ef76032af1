package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fanfare/accounts"
	"fanfare/community"
)

// ImportCommands is `fanfare import`.
type ImportCommands struct {
	Fider ImportFiderCommand `cmd:"" help:"Import the zip that Fider exports: ideas, votes, comments, tags and answers."`
	Ideas ImportIdeasCommand `cmd:"" help:"Import ideas from a CSV file with Fider's columns, or others with --map."`
}

// ImportFlags are what both imports share.
type ImportFlags struct {
	Source string `help:"Name of the forum the file comes from: the same idea of the same source is imported once. fider, or the name of the CSV file, when empty." placeholder:"NAME"`
	Locale string `help:"Language of ideas that do not say theirs: en, zh-Hans, zh-Hant or de." default:"en"`
	DryRun bool   `help:"Show what would be imported, and change nothing."`
	JSON   bool   `help:"Print the summary as JSON."`
}

// ImportFiderCommand is `fanfare import fider FILE.zip`.
type ImportFiderCommand struct {
	ImportFlags
	File string `arg:"" help:"The zip, as Fider made it." type:"path"`
}

// Run implements the command.
func (i *ImportFiderCommand) Run(ctx context.Context, config *Config) error {
	file, size, err := openImport(i.File)
	if err != nil {
		return err
	}
	defer file.Close()
	set, err := community.ReadFider(file, size)
	if err != nil {
		return err
	}
	return i.bring(ctx, config, set)
}

// ImportIdeasCommand is `fanfare import ideas FILE.csv`.
type ImportIdeasCommand struct {
	ImportFlags
	File string            `arg:"" help:"The table, with a header." type:"path"`
	Map  map[string]string `help:"What a column means, as in \"Idea name=title\". Fields: number, title, description, created_at, created_by, created_by_email, status, response, responded_by, responded_at, tags, locale, votes_count, comments_count." placeholder:"COLUMN=FIELD" mapsep:"none"`
}

// Run implements the command.
func (i *ImportIdeasCommand) Run(ctx context.Context, config *Config) error {
	file, _, err := openImport(i.File)
	if err != nil {
		return err
	}
	defer file.Close()
	set, err := community.ReadCSV(file, filepath.Base(i.File), i.Map)
	if err != nil {
		return err
	}
	return i.bring(ctx, config, set)
}

func openImport(path string) (file *os.File, size int64, err error) {
	if file, err = os.Open(path); err != nil {
		return nil, 0, unusable(path, err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, 0, unusable(path, err)
	}
	return file, info.Size(), nil
}

// bring imports what was read and prints what came of it.
func (f *ImportFlags) bring(ctx context.Context, config *Config, set community.ImportSet) error {
	set.Source, set.Locale = cmp.Or(f.Source, set.Source), f.Locale
	return with(ctx, config, func(a *App) error {
		report, err := a.Community.Import(ctx, accounts.System(), set, a.findPeople, f.DryRun)
		if err != nil {
			return err
		}
		if f.JSON {
			return json.NewEncoder(os.Stdout).Encode(report)
		}
		return printImport(os.Stdout, report)
	})
}

func (a *App) findPeople(ctx context.Context, drafts []accounts.PersonDraft) ([]accounts.Person, int, error) {
	return a.Accounts.ImportPeople(ctx, accounts.System(), drafts)
}

func printImport(out io.Writer, r community.ImportReport) error {
	var b strings.Builder
	for _, idea := range r.Preview {
		fmt.Fprintf(&b, "%s  %s\n    by %s, %s, %s, %d votes, %d comments%s\n", idea.Where, idea.Title, idea.Author,
			idea.CreatedAt.Format("2006-01-02 15:04:05 MST"), idea.Status, idea.Votes, idea.Comments, tagList(idea.Tags))
	}
	for _, rejected := range r.Rejected {
		fmt.Fprintf(&b, "not imported: %s: %s\n", rejected.Where, rejected.Reason)
	}
	did := "Imported from"
	if r.DryRun {
		did = "Nothing was changed. Would import from"
	}
	fmt.Fprintf(&b, "%s %s: %d ideas, %d votes, %d comments; %d people made.\n", did, r.Source, r.Ideas, r.Votes, r.Comments, r.PeopleCreated)
	fmt.Fprintf(&b, "Here already: %d ideas. Merged into others: %d. Deleted there: %d.\n", r.AlreadyHere, r.Duplicates, r.Deleted)
	if r.VotesLeftOut > 0 || r.CommentsLeftOut > 0 {
		fmt.Fprintf(&b, "Left out: %d votes and %d comments: of ideas that did not come along, said twice, or not known whose they are.\n", r.VotesLeftOut, r.CommentsLeftOut)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func tagList(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return ", " + strings.Join(tags, " ")
}
