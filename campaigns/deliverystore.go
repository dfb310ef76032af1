package campaigns

import (
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"fanfare/scheduler"
	"fanfare/storage"
)

// step is one step of a delivery's life: what it was and what it becomes.
type step struct{ from, to Delivery }

// lockDelivery reads a delivery that nobody else can change until the
// transaction ends.
func lockDelivery(tx *storage.Tx, id int64) (Delivery, error) {
	var d Delivery
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&d, id).Error
	return d, err
}

// move stores a delivery's next state, as moveAll does: not when somebody else
// was quicker.
func (s *Service) move(tx *storage.Tx, from, to Delivery) error {
	_, err := s.moveAll(tx, []step{{from, to}})
	return err
}

// save stores a delivery's next state, as saveAll does.
func (s *Service) save(tx *storage.Tx, from, to Delivery) (saved bool, err error) {
	all, err := s.saveAll(tx, []step{{from, to}})
	return err == nil && all[0], err
}

// moveAll stores the next states of deliveries, together with the jobs that
// carry them on. A delivery that is to go out once more ends as cancelled when
// its post was cancelled meanwhile, and goes when its post is due by now; so does
// one that would expire. moved is false, and nothing has changed, where a
// delivery is no longer as from describes it.
func (s *Service) moveAll(tx *storage.Tx, steps []step) (moved []bool, err error) {
	if err := heedPosts(tx, steps); err != nil {
		return nil, err
	}
	if moved, err = s.saveAll(tx, steps); err != nil {
		return nil, err
	}
	var jobs []scheduler.Entry
	for i, step := range steps {
		if moved[i] {
			jobs = append(jobs, s.nextJobs(step.to, tx.Now)...)
		}
	}
	return moved, s.jobs.Enqueue(tx, jobs...)
}

// heedPosts gives steps what has become of their posts meanwhile.
func heedPosts(tx *storage.Tx, steps []step) error {
	var posts, deliveries []int64
	for _, step := range steps {
		if step.to.State == Scheduled || step.to.State == Expired {
			posts, deliveries = append(posts, step.to.PostID), append(deliveries, step.to.ID)
		}
	}
	if len(posts) == 0 {
		return nil
	}
	// Whoever moves a post holds the rows of its deliveries until that is committed.
	err := tx.Model(&Delivery{}).Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("?", among(tx, "id", deliveries)).Order("id").Pluck("id", &deliveries).Error
	if err != nil {
		return err
	}
	cancelled, err := cancelledPosts(tx, posts)
	if err != nil {
		return err
	}
	moved, err := movedPosts(tx, deliveries)
	if err != nil {
		return err
	}
	for i, step := range steps {
		if step.to.State != Scheduled && step.to.State != Expired {
			continue
		}
		to, has := moved[step.to.PostID]
		switch {
		case cancelled[step.to.PostID]:
			steps[i].to = step.to.cancelled()
		case has:
			steps[i].to = step.to.appointed(to)
		}
	}
	return nil
}

// movedPosts gives the appointments of posts that were given another one while
// these deliveries of theirs were claimed.
func movedPosts(tx *storage.Tx, deliveries []int64) (map[int64]appointment, error) {
	moved := make(map[int64]appointment)
	var posts []Post
	err := tx.Model(&Post{}).Distinct("posts.id", "posts.due_at", "posts.expires_after").
		Joins("JOIN deliveries d ON d.post_id = posts.id AND d.due_at <> posts.due_at").
		Where("?", among(tx, "d.id", deliveries)).Find(&posts).Error
	for _, p := range posts {
		moved[p.ID] = appointment{p.DueAt, p.ExpiresAfter}
	}
	return moved, err
}

// cancelledPosts tells which of these posts are cancelled.
func cancelledPosts(tx *storage.Tx, ids []int64) (map[int64]bool, error) {
	cancelled := make(map[int64]bool)
	if len(ids) == 0 {
		return cancelled, nil
	}
	var found []int64
	err := tx.Model(&Post{}).Where("cancelled_at IS NOT NULL AND ?", among(tx, "id", ids)).Pluck("id", &found).Error
	for _, id := range found {
		cancelled[id] = true
	}
	return cancelled, err
}

// change is all that a step changes, and what it requires: steps with the same
// change differ in nothing but their delivery.
type change struct {
	fromState    State
	fromAttempts int
	fromWakeAt   sql.NullTime

	state                                    State
	dueAt                                    time.Time
	expiresAt                                sql.NullTime
	attempts                                 int
	wakeAt, calledAt, doubtedAt, publishedAt sql.NullTime
	doubt                                    string
	doubts                                   int
	lateness                                 sql.NullInt64
	remoteID, remoteURL, error, errorKey     string
	heldBy                                   string
	countAt                                  sql.NullTime
}

func (s step) change() change {
	c := change{
		fromState: s.from.State, fromAttempts: s.from.Attempts, fromWakeAt: nullTime(s.from.WakeAt),
		state: s.to.State, dueAt: s.to.DueAt.UTC(), expiresAt: nullTime(s.to.ExpiresAt), attempts: s.to.Attempts, wakeAt: nullTime(s.to.WakeAt),
		calledAt: nullTime(s.to.CalledAt), doubtedAt: nullTime(s.to.DoubtedAt), publishedAt: nullTime(s.to.PublishedAt),
		doubt: s.to.Doubt, doubts: s.to.Doubts,
		remoteID: storable(s.to.RemoteID), remoteURL: storable(s.to.RemoteURL), error: storable(s.to.Error), errorKey: s.to.ErrorKey,
		heldBy: s.to.HeldBy, countAt: nullTime(s.to.CountAt),
	}
	if s.to.LatenessUS != nil {
		c.lateness = sql.NullInt64{Int64: *s.to.LatenessUS, Valid: true}
	}
	return c
}

func nullTime(t *time.Time) sql.NullTime {
	if t == nil {
		return sql.NullTime{}
	}
	return sql.NullTime{Time: t.UTC(), Valid: true}
}

const saveDeliveries = `UPDATE deliveries SET state = ?, due_at = ?, expires_at = ?, attempts = ?, wake_at = ?, called_at = ?, doubted_at = ?,
	published_at = ?, doubt = ?, doubts = ?, lateness_us = ?, remote_id = ?, remote_url = ?, error = ?, error_key = ?, held_by = ?,
	count_at = ?, updated_at = ?
	WHERE state = ? AND attempts = ? AND wake_at IS NOT DISTINCT FROM ? AND ? RETURNING id`

// saveAll compares and sets: state, attempts and wake_at together name one
// step of a delivery's life. Deliveries that are due together take the same
// step, and one statement for all of them is what brings thousands out in
// time. Of two steps of one delivery the first counts; one that changes nothing
// is not saved.
func (s *Service) saveAll(tx *storage.Tx, steps []step) (saved []bool, err error) {
	places := make(map[int64]int, len(steps)) // of the deliveries in steps
	alike := make(map[change][]int64)
	var order []change
	for i, step := range steps {
		if _, twice := places[step.from.ID]; twice || step.from == step.to {
			continue
		}
		places[step.from.ID] = i
		c := step.change()
		if alike[c] == nil {
			order = append(order, c)
		}
		alike[c] = append(alike[c], step.from.ID)
	}
	saved = make([]bool, len(steps))
	for _, c := range order {
		var ids []int64
		err := tx.Raw(saveDeliveries, c.state, c.dueAt, c.expiresAt, c.attempts, c.wakeAt, c.calledAt, c.doubtedAt,
			c.publishedAt, c.doubt, c.doubts, c.lateness, c.remoteID, c.remoteURL, c.error, c.errorKey, c.heldBy,
			c.countAt, tx.Now,
			c.fromState, c.fromAttempts, c.fromWakeAt, among(tx, "id", alike[c])).Scan(&ids).Error
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			saved[places[id]] = true
		}
	}
	if err := s.tellDeliveries(tx, steps, saved); err != nil {
		return nil, err
	}
	tx.AfterCommit(func() {
		for i, step := range steps {
			if saved[i] && step.to.State != step.from.State {
				s.tell(step.to)
			}
		}
	})
	return saved, nil
}

// among is the condition that a column is one of these ids, or names without
// backslashes. They are one argument: both databases are slow with thousands.
func among[T int64 | string](tx *storage.Tx, column string, ids []T) any {
	list, _ := json.Marshal(ids) // numbers and texts can always be encoded
	if tx.Dialect() == storage.Postgres {
		array, kind := "{"+strings.Trim(string(list), "[]")+"}", "BIGINT"
		if _, names := any(ids).([]string); names {
			kind = "TEXT"
		}
		return gorm.Expr(column+" = ANY(CAST(? AS "+kind+"[]))", array)
	}
	return gorm.Expr(column+" IN (SELECT value FROM json_each(?))", string(list))
}

// storable gives what a network told as both databases take it: PostgreSQL
// refuses NUL and broken UTF-8, and a receipt must not be lost to that.
func storable(told string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(told, "\uFFFD"), "\x00", "")
}

// tell counts and logs what became of a delivery, once that is durable.
func (s *Service) tell(d Delivery) {
	s.metrics.delivery(d)
	if d.State != Published && d.State != Failed {
		return
	}
	attributes := []any{"delivery", d.ID, "network", d.Network, "attempts", d.Attempts}
	if d.LatenessUS != nil {
		attributes = append(attributes, "lateness", time.Duration(*d.LatenessUS)*time.Microsecond)
	}
	s.log.Info("delivery "+string(d.State), attributes...)
}
