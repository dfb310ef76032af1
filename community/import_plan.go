package community

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"fanfare/accounts"
	"fanfare/fault"
)

// importPlan is what of an ImportSet can be imported: checked and cleaned as
// what people write here, but not yet tied to people of ours.
type importPlan struct {
	set    ImportSet
	ideas  []ImportIdea
	now    time.Time
	report ImportReport
}

func planImport(set ImportSet, known map[string]bool, now time.Time) *importPlan {
	p := &importPlan{set: set, now: now, report: ImportReport{
		Source: set.Source, Duplicates: set.Duplicates, Deleted: set.Deleted,
		VotesLeftOut: set.VotesLeftOut, CommentsLeftOut: set.CommentsLeftOut,
		Rejected: append([]Rejection{}, set.Rejected...),
	}}
	planned := map[string]string{} // where, by number there
	for _, idea := range set.Ideas {
		if known[idea.RemoteID] {
			p.report.AlreadyHere++
			continue
		}
		if first, twice := planned[idea.RemoteID]; twice {
			p.refuse(idea, "This is the same idea as "+first+".")
			continue
		}
		if p.take(idea) {
			planned[idea.RemoteID] = idea.Where
		}
	}
	p.report.Ideas = int64(len(p.ideas))
	return p
}

func (p *importPlan) reject(where, reason string) {
	p.report.Rejected = append(p.report.Rejected, Rejection{where, reason})
}

// refuse leaves an idea out, with all that belongs to it.
func (p *importPlan) refuse(idea ImportIdea, reason string) {
	p.reject(idea.Where, reason)
	p.report.VotesLeftOut += int64(len(idea.Votes)) + idea.VotesOnly
	p.report.CommentsLeftOut += int64(len(idea.Comments)) + idea.CommentsOnly
}

// take plans an idea unless something is wrong with it.
func (p *importPlan) take(idea ImportIdea) bool {
	if idea.Draft.Locale == "" {
		idea.Draft.Locale = p.set.Locale
	}
	if idea.Status == "" {
		idea.Status = Open
	}
	if idea.CreatedAt.IsZero() {
		idea.CreatedAt = p.now
	}
	tags, unusable := importTags(idea.Draft.Tags)
	idea.Draft.Tags = tags
	var wrong fault.Fields
	draft, unclean := idea.Draft.clean(accounts.Actor{})
	checkStatus(&wrong, idea.Status)
	idea.Response = cleanText(&wrong, "response", idea.Response, 0, maxResponse)
	p.checkTime(&wrong, "created_at", &idea.CreatedAt)
	if idea.RespondedAt != nil {
		at := *idea.RespondedAt // the reader's own stays as it is
		idea.RespondedAt = &at
		p.checkTime(&wrong, "responded_at", idea.RespondedAt)
	}
	if _, ok := p.set.People[idea.Author]; !ok {
		wrong.Add("author", "", "Its author is not in the file.", nil, nil)
	}
	if reason := reasons(unclean, wrong.Err()); reason != "" {
		p.refuse(idea, reason)
		return false
	}
	idea.Draft = draft
	for _, tag := range unusable {
		p.reject(idea.Where, fmt.Sprintf("The tag %q was left out: an idea has at most %d tags, of at most %d letters, digits or hyphens.", tag, maxTags, maxTag))
	}
	p.takeVotes(&idea)
	p.takeComments(&idea)
	p.ideas = append(p.ideas, idea)
	return true
}

// takeVotes keeps the votes of known people at plausible times.
func (p *importPlan) takeVotes(idea *ImportIdea) {
	votes := make([]ImportVote, 0, len(idea.Votes))
	for _, vote := range idea.Votes {
		var wrong fault.Fields
		p.checkTime(&wrong, "vote", &vote.CastAt)
		if _, ok := p.set.People[vote.Person]; !ok {
			wrong.Add("vote", "", "Its voter is not in the file.", nil, nil)
		}
		if err := wrong.Err(); err != nil {
			p.reject(idea.Where, reasons(err))
			p.report.VotesLeftOut++
			continue
		}
		votes = append(votes, vote)
	}
	idea.Votes = votes
	p.report.VotesLeftOut += idea.VotesOnly
	p.report.CommentsLeftOut += idea.CommentsOnly
}

func (p *importPlan) takeComments(idea *ImportIdea) {
	comments := make([]ImportComment, 0, len(idea.Comments))
	for _, c := range idea.Comments {
		var wrong fault.Fields
		c.Body = cleanText(&wrong, "comment", c.Body, 1, maxComment)
		p.checkTime(&wrong, "comment", &c.CreatedAt)
		if _, ok := p.set.People[c.Author]; !ok {
			wrong.Add("comment", "", "Its author is not in the file.", nil, nil)
		}
		if err := wrong.Err(); err != nil {
			p.reject(c.Where, reasons(err))
			p.report.CommentsLeftOut++
			continue
		}
		comments = append(comments, c)
	}
	slices.SortStableFunc(comments, func(a, b ImportComment) int { return a.CreatedAt.Compare(b.CreatedAt) })
	idea.Comments = comments
}

// firstYear is the earliest that is taken for a date of a forum and not for a
// mistake.
const firstYear = 1990

// checkTime brings a time into the form that both databases keep. A vote of
// tomorrow would outweigh all others in the trend.
func (p *importPlan) checkTime(wrong *fault.Fields, location string, at *time.Time) {
	*at = at.UTC().Truncate(time.Microsecond)
	switch {
	case at.After(p.now):
		wrong.Add(location, "", "Its date lies in the future.", nil, nil)
	case at.Year() < firstYear:
		wrong.Add(location, "", "Its date is missing or too far back.", nil, nil)
	}
}

// reasons gives all that is wrong as one text.
func reasons(errs ...error) string {
	var sentences []string
	for _, err := range errs {
		var f *fault.Error
		if errors.As(err, &f) {
			for _, field := range f.Fields {
				sentences = append(sentences, field.Location+": "+field.Message)
			}
		}
	}
	slices.Sort(sentences)
	return strings.Join(slices.Compact(sentences), " ")
}

// importTags writes tags as they are written here, "UI / Design" as
// "ui-design", and tells which cannot be.
func importTags(raw []string) (tags, unusable []string) {
	for _, r := range raw {
		words := strings.FieldsFunc(r, func(c rune) bool {
			return !unicode.IsLetter(c) && !unicode.IsNumber(c) && !unicode.IsMark(c)
		})
		tag, ok := cleanTag(strings.Join(words, "-"))
		switch {
		case strings.TrimSpace(r) == "" || slices.Contains(tags, tag):
		case !ok || len(tags) == maxTags:
			unusable = append(unusable, r)
		default:
			tags = append(tags, tag)
		}
	}
	return tags, unusable
}

// preview fills the report with what a dry run can tell.
func (p *importPlan) preview() {
	for i, idea := range p.ideas {
		voters := map[string]bool{}
		for _, vote := range idea.Votes {
			voters[vote.Person] = true
		}
		p.report.Votes += int64(len(voters))
		p.report.Comments += int64(len(idea.Comments))
		if i < previewed {
			p.report.Preview = append(p.report.Preview, ImportPreview{
				Where: idea.Where, Title: idea.Draft.Title, Status: idea.Status, Tags: orEmpty(idea.Draft.Tags),
				Author: p.personDraft(idea.Author).Name, CreatedAt: idea.CreatedAt,
				Votes: int64(len(voters)), Comments: int64(len(idea.Comments)),
			})
		}
	}
}

// findPeople gives the people of ours by what the file knows them by, of all
// who have a part in a planned idea.
func (p *importPlan) findPeople(ctx context.Context, find FindPeople) (map[string]accounts.Person, error) {
	var keys []string
	needed := map[string]bool{}
	need := func(key string) {
		if _, ok := p.set.People[key]; ok && !needed[key] {
			needed[key] = true
			keys = append(keys, key)
		}
	}
	for _, idea := range p.ideas {
		need(idea.Author)
		need(idea.RespondedBy)
		for _, vote := range idea.Votes {
			need(vote.Person)
		}
		for _, comment := range idea.Comments {
			need(comment.Author)
		}
	}
	found := make(map[string]accounts.Person, len(keys))
	for some := range slices.Chunk(keys, importWeight) {
		drafts := make([]accounts.PersonDraft, len(some))
		for i, key := range some {
			drafts[i] = p.personDraft(key)
		}
		people, created, err := find(ctx, drafts)
		if err != nil {
			return nil, err
		}
		p.report.PeopleCreated += int64(created)
		for i, key := range some {
			found[key] = people[i]
		}
	}
	return found, nil
}

// personDraft gives a draft that a person can be made of. Who has no email, or
// none that can be, gets one under .invalid (RFC 6761, section 6.4), which is
// the same in every run.
func (p *importPlan) personDraft(key string) accounts.PersonDraft {
	person := p.set.People[key]
	draft := accounts.PersonDraft{Email: person.Email, Name: person.Name, Role: accounts.Fan, Locale: cmp.Or(p.set.Locale, accounts.Locales[0])}
	var wrong *fault.Error
	if errors.As(draft.Check(), &wrong) {
		for _, field := range wrong.Fields {
			switch field.Location {
			case "email":
				sum := sha256.Sum256([]byte(p.set.Source + "\x00" + key))
				draft.Email = hex.EncodeToString(sum[:8]) + "@imported.invalid"
			case "name":
				draft.Name = "Imported fan"
			}
		}
	}
	return draft
}
