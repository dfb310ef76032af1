package campaigns

import (
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/scheduler"
	"fanfare/storage"
)

// The jobs that wake deliveries up. Their kinds and fields are stored: never
// change them.

type publishJob struct {
	DeliveryID int64 `json:"delivery_id"`
}

// Kind names the job to the scheduler.
func (publishJob) Kind() string { return "campaigns.publish" }

type reconcileJob struct {
	DeliveryID int64 `json:"delivery_id"`
}

// Kind names the job to the scheduler.
func (reconcileJob) Kind() string { return "campaigns.reconcile" }

type receiptJob struct {
	DeliveryID int64 `json:"delivery_id"`
}

// Kind names the job to the scheduler.
func (receiptJob) Kind() string { return "campaigns.receipt" }

type sweepJob struct{}

// Kind names the job to the scheduler.
func (sweepJob) Kind() string { return "campaigns.sweep" }

func (s *Service) registerJobs() error {
	scheduler.Handle(s.jobs, s.publish)
	scheduler.Handle(s.jobs, s.reconcile)
	scheduler.Handle(s.jobs, s.fetchReceipt)
	scheduler.Handle(s.jobs, s.sweep)
	return s.jobs.Every("@every 10s", sweepJob{})
}

// nextJobs gives the job that carries a delivery on from its state, if any.
func nextJobs(d Delivery, now time.Time) []scheduler.Entry {
	var job scheduler.Job
	when := now
	switch {
	case d.State == Scheduled:
		job, when = publishJob{d.ID}, d.WakeAt.Add(-scheduler.Lead)
	case d.State == InDoubt && d.WakeAt != nil:
		job, when = reconcileJob{d.ID}, d.WakeAt.Add(-scheduler.Lead)
	case d.State == Published && d.RemoteID == "" && d.RemoteURL == "":
		job, when = receiptJob{d.ID}, now.Add(receiptPause)
	default:
		return nil
	}
	return []scheduler.Entry{{Job: job, At: when, Queue: scheduler.QueueDeliveries}}
}

// lockDelivery reads a delivery that nobody else can change until the
// transaction ends.
func lockDelivery(tx *storage.Tx, id int64) (Delivery, error) {
	var d Delivery
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&d, id).Error
	return d, err
}

// move stores a delivery's next state, together with the job that carries it
// on. A delivery that is to go out once more ends as cancelled when its post
// was cancelled meanwhile. moved is false, and nothing has changed, when the
// delivery is no longer as from describes it.
func (s *Service) move(tx *storage.Tx, from, to Delivery) (moved bool, err error) {
	if to.State == Scheduled {
		var post Post
		if err := tx.Select("cancelled_at").First(&post, to.PostID).Error; err != nil {
			return false, err
		}
		if post.CancelledAt != nil {
			to = to.cancelled()
		}
	}
	if moved, err = save(tx, from, to); err != nil || !moved {
		return false, err
	}
	if to.State == Published || to.State == Failed {
		tx.AfterCommit(func() { s.logDelivery(to) })
	}
	return true, s.jobs.Enqueue(tx, nextJobs(to, tx.Now)...)
}

// save compares and sets: state and attempts together name one step of a
// delivery's life.
func save(tx *storage.Tx, from, to Delivery) (saved bool, err error) {
	to.UpdatedAt = tx.Now
	for _, told := range []*string{&to.Error, &to.RemoteID, &to.RemoteURL} {
		*told = storable(*told)
	}
	result := tx.Model(&Delivery{}).
		Where("id = ? AND state = ? AND attempts = ?", from.ID, from.State, from.Attempts).
		Select("state", "attempts", "wake_at", "called_at", "doubted_at", "doubt", "doubts",
			"published_at", "lateness_us", "remote_id", "remote_url", "error", "updated_at").
		Updates(&to)
	return result.RowsAffected == 1, result.Error
}

// storable gives what a network told as both databases take it: PostgreSQL
// refuses NUL and broken UTF-8, and a receipt must not be lost to that.
func storable(told string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(told, "\uFFFD"), "\x00", "")
}

func (s *Service) logDelivery(d Delivery) {
	attributes := []any{"delivery", d.ID, "network", d.Network, "attempts", d.Attempts}
	if d.LatenessUS != nil {
		attributes = append(attributes, "lateness", time.Duration(*d.LatenessUS)*time.Microsecond)
	}
	s.log.Info("delivery "+string(d.State), attributes...)
}
