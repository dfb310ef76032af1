package community

import (
	"cmp"
	"slices"

	"fanfare/accounts"
)

// readyIdea is an imported idea in the shape of our tables.
type readyIdea struct {
	remoteID string
	idea     Idea
	tags     []string
	votes    []Vote
	comments []Comment
}

// settle ties a planned idea to people of ours and counts it into the report.
func (in ImportIdea) settle(people map[string]accounts.Person, report *ImportReport) readyIdea {
	ready := readyIdea{
		remoteID: in.RemoteID, tags: in.Draft.Tags, votes: in.settleVotes(people, report),
		idea: Idea{
			Title: in.Draft.Title, Body: in.Draft.Body, Locale: in.Draft.Locale, AuthorID: people[in.Author].ID,
			Status: in.Status, CreatedAt: in.CreatedAt, Comments: int64(len(in.Comments)),
		},
	}
	if in.Response != "" || in.Status != Open {
		ready.idea.Response, ready.idea.RespondedAt = in.Response, in.RespondedAt
		if answerer, ok := people[in.RespondedBy]; ok {
			ready.idea.RespondedBy = &answerer.ID
		}
	}
	for _, c := range in.Comments {
		ready.comments = append(ready.comments, Comment{AuthorID: people[c.Author].ID, Body: c.Body, CreatedAt: c.CreatedAt})
	}
	report.Votes += int64(len(ready.votes))
	report.Comments += int64(len(ready.comments))
	return ready
}

// settleVotes gives one vote of each person, the earliest, in order of time.
// Votes of people who are blocked here are left out. Two people of the file
// can be one of ours, and after a merge one can have voted twice.
func (in ImportIdea) settleVotes(people map[string]accounts.Person, report *ImportReport) []Vote {
	votes := make([]Vote, 0, len(in.Votes))
	for _, vote := range in.Votes {
		if person := people[vote.Person]; person.BlockedAt == nil {
			votes = append(votes, Vote{PersonID: person.ID, CastAt: vote.CastAt})
		}
	}
	slices.SortFunc(votes, func(a, b Vote) int {
		return cmp.Or(a.CastAt.Compare(b.CastAt), cmp.Compare(a.PersonID, b.PersonID))
	})
	voted := map[int64]bool{}
	votes = slices.DeleteFunc(votes, func(v Vote) bool {
		again := voted[v.PersonID]
		voted[v.PersonID] = true
		return again
	})
	report.VotesLeftOut += int64(len(in.Votes) - len(votes))
	return votes
}
