package campaigns

import (
	"errors"
	"time"

	"fanfare/scheduler"
)

// commitTimeout is how long those who wait for one transaction wait together.
const commitTimeout = 30 * time.Second

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
	scheduler.Handle(s.jobs, s.upload)
	scheduler.Handle(s.jobs, s.reconcile)
	scheduler.Handle(s.jobs, s.fetchReceipt)
	scheduler.Handle(s.jobs, s.sweep)
	scheduler.HandleWithin(s.jobs, clearMediaWithin, s.clearMedia)
	scheduler.Handle(s.jobs, s.renewDue)
	scheduler.Handle(s.jobs, s.countPosts) // also where it is off: a job may be left
	scheduler.Handle(s.jobs, s.tellSoldOut)
	return errors.Join(
		s.jobs.Every("@every "+s.timing.Sweep.String(), sweepJob{}),
		s.jobs.Every("@every 1m", renewJob{}),
		s.jobs.Every("@every 5s", soldOutJob{}),
		s.jobs.Every("@every 1h", clearMediaJob{}),
		s.jobs.Every("@every 5m", countJob{}),
	)
}

// nextJobs gives the jobs that carry a delivery on from its state, if any.
func (s *Service) nextJobs(d Delivery, now time.Time) []scheduler.Entry {
	var job scheduler.Job
	var when time.Time
	switch {
	case d.State == Scheduled:
		job, when = publishJob{d.ID}, d.WakeAt.Add(-scheduler.Lead)
	case d.State == InDoubt && d.WakeAt != nil:
		job, when = reconcileJob{d.ID}, d.WakeAt.Add(-scheduler.Lead)
	case d.delayed():
		job, when = receiptJob{d.ID}, now.Add(s.timing.ReceiptPause)
	default:
		return nil
	}
	next := []scheduler.Entry{{Job: job, At: when, Queue: scheduler.QueueDeliveries}}
	if d.State == Scheduled && d.Images > 0 && when.After(now) {
		next = append(next, scheduler.Entry{Job: uploadJob{d.ID}, At: d.WakeAt.Add(-uploadLead), Queue: scheduler.QueueUploads})
	}
	return next
}
