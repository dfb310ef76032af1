package community

import (
	"context"
	"slices"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// closedStatuses are those in which nobody votes any more, as in Fider: the
// decision is taken.
var closedStatuses = []Status{Completed, Declined}

// Vote has the actor's vote stand; twice is once. It returns NotFound for an
// idea that the actor cannot see, Conflict for one that is hidden or closed.
func (s *Service) Vote(ctx context.Context, actor accounts.Actor, number int64) (votes int64, err error) {
	return s.changeVote(ctx, actor, number, func(tx *storage.Tx, idea Idea) (int64, error) {
		added, err := castVote(tx, number, actor.PersonID)
		if err != nil || !added {
			return idea.Votes, err
		}
		err = tx.Exec("UPDATE ideas SET votes = votes + 1, votes_30d = votes_30d + 1, trend = ? WHERE number = ?",
			addToTrend(idea.Trend, tx.Now), number).Error
		return idea.Votes + 1, err
	})
}

// Unvote takes the actor's vote back; twice is once. Its errors are Vote's.
func (s *Service) Unvote(ctx context.Context, actor accounts.Actor, number int64) (votes int64, err error) {
	return s.changeVote(ctx, actor, number, func(tx *storage.Tx, idea Idea) (int64, error) {
		taken := tx.Exec("UPDATE votes SET removed_at = ? WHERE idea = ? AND person_id = ? AND removed_at IS NULL",
			tx.Now, number, actor.PersonID)
		if taken.Error != nil || taken.RowsAffected == 0 {
			return idea.Votes, taken.Error
		}
		// A sum of powers cannot be taken from without losing its small parts:
		// what is left is summed anew.
		var times []time.Time
		err := tx.Model(&Vote{}).Where("idea = ? AND removed_at IS NULL", number).
			Order("cast_at, id").Pluck("cast_at", &times).Error
		if err != nil {
			return 0, err
		}
		err = tx.Exec("UPDATE ideas SET votes = votes - 1, votes_30d = ?, trend = ? WHERE number = ?",
			countAfter(times, tx.Now.Add(-recentVotes)), trendOf(times), number).Error
		return idea.Votes - 1, err
	})
}

// changeVote runs change on an idea that is open to the actor's vote, while
// nobody else changes its counters.
func (s *Service) changeVote(ctx context.Context, actor accounts.Actor, number int64, change func(*storage.Tx, Idea) (int64, error)) (votes int64, err error) {
	if err := signedIn(actor); err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		var idea Idea
		err := tx.Clauses(rowLock).Take(&idea, "number = ?", number).Error
		if storage.IsMissing(err) || err == nil && idea.HiddenAt != nil && !moderates(&actor) {
			return ideaNotFound()
		}
		if err != nil {
			return err
		}
		if idea.HiddenAt != nil || slices.Contains(closedStatuses, idea.Status) {
			return fault.New(fault.Conflict, "idea.voting_closed", "Voting on this idea is closed.")
		}
		votes, err = change(tx, idea)
		return err
	})
	if err != nil {
		return 0, err
	}
	return votes, nil
}

// castVote adds a vote that stands unless there is one; the unique index on
// standing votes decides.
func castVote(tx *storage.Tx, number, personID int64) (added bool, err error) {
	done := tx.Exec(`INSERT INTO votes (idea, person_id, cast_at) VALUES (?, ?, ?)
		ON CONFLICT (idea, person_id) WHERE removed_at IS NULL DO NOTHING`, number, personID, tx.Now)
	return done.RowsAffected == 1, done.Error
}

// votedBy tells on which of the ideas the viewer's vote stands.
func votedBy(tx *storage.Tx, viewer *accounts.Actor, numbers []int64) (map[int64]bool, error) {
	voted := map[int64]bool{}
	if viewer == nil {
		return voted, nil
	}
	var standing []int64
	err := tx.Model(&Vote{}).Where("person_id = ? AND removed_at IS NULL AND idea IN ?", viewer.PersonID, numbers).
		Pluck("idea", &standing).Error
	for _, number := range standing {
		voted[number] = true
	}
	return voted, err
}

// recount is the job that lets votes grow old.
type recount struct{}

// Kind implements scheduler.Job.
func (recount) Kind() string { return "community.recount_recent_votes" }

// countRecent counts an idea's standing votes cast after an instant.
const countRecent = `(SELECT COUNT(*) FROM votes
	WHERE votes.idea = ideas.number AND votes.removed_at IS NULL AND votes.cast_at > ?)`

// recountRecentVotes brings votes_30d of all ideas up to date. Without new
// votes it can only fall, so an idea that has none needs no look. The counting
// is done in a read, and the writing in small pieces: on SQLite posts and
// orders wait behind every write.
func (s *Service) recountRecentVotes(ctx context.Context) error {
	var stale []int64
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Model(&Idea{}).Where("votes_30d > 0 AND votes_30d <> "+countRecent, tx.Now.Add(-recentVotes)).
			Order("number").Pluck("number", &stale).Error
	})
	if err != nil {
		return err
	}
	for numbers := range slices.Chunk(stale, 200) {
		if err := s.recountIdeas(ctx, numbers); err != nil {
			return err
		}
	}
	s.log.DebugContext(ctx, "recent votes counted", "ideas", len(stale))
	return nil
}

func (s *Service) recountIdeas(ctx context.Context, numbers []int64) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		// PostgreSQL would count with what it saw before waiting for a vote
		// that is being cast: the rows are locked first, in one order.
		var locked []int64
		err := tx.Model(&Idea{}).Clauses(rowLock).Where("number IN ?", numbers).Order("number").Pluck("number", &locked).Error
		if err != nil {
			return err
		}
		return tx.Exec("UPDATE ideas SET votes_30d = "+countRecent+" WHERE number IN ?", tx.Now.Add(-recentVotes), numbers).Error
	})
}
