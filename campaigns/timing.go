package campaigns

import "time"

// Timing is how long the steps of a delivery's life may take, and how long is
// waited between them. The relations matter: a call ends well within its lease,
// and so does a look.
type Timing struct {
	// Arm is how long before its instant a delivery is claimed: thousands of
	// claims take their time to commit, and the instant is not theirs.
	Arm  time.Duration
	Call time.Duration // for one call to publish
	// Lease is how long a worker has from the instant to the receipt: after it
	// the delivery is in doubt.
	Lease time.Duration

	UploadPause time.Duration // before an image that was not taken is sent again, while there is time

	Find      time.Duration // for one look at a timeline
	LookLease time.Duration // for one look with all around it
	// Looks are when to look for a post after its outcome came into doubt:
	// timelines lag behind, and reads are scarce (Weibo: 100 calls a day).
	Looks        []time.Duration
	MinLookPause time.Duration // between two looks that failed
	MaxLookPause time.Duration
	LookPatience time.Duration // of failed looks before a person is asked

	MinRetry time.Duration // before a call that the network put off without saying until when
	MaxRetry time.Duration

	ReceiptPause    time.Duration // between looks for a post that was accepted with delay
	ReceiptPatience time.Duration // after which it stays without an id

	Sweep      time.Duration // from one sweep to the next, in whole seconds
	SweepGrace time.Duration // more than a job in order is ever late
}

// DefaultTiming is what production runs on.
func DefaultTiming() Timing {
	return Timing{
		Arm:   time.Second,
		Call:  30 * time.Second,
		Lease: 90 * time.Second,

		UploadPause: time.Second,

		Find:         20 * time.Second,
		LookLease:    60 * time.Second,
		Looks:        []time.Duration{2 * time.Second, 10 * time.Second, 30 * time.Second},
		MinLookPause: 5 * time.Second,
		MaxLookPause: 4 * time.Minute,
		LookPatience: 10 * time.Minute,

		MinRetry: 10 * time.Second,
		MaxRetry: 2 * time.Minute,

		ReceiptPause:    2 * time.Minute,
		ReceiptPatience: 15 * time.Minute,

		Sweep:      10 * time.Second,
		SweepGrace: 15 * time.Second,
	}
}

// Faster gives the same relations in a fraction of the time, for rehearsals in
// which processes die: 10 is ten times as fast.
func (t Timing) Faster(times int64) Timing {
	for _, d := range []*time.Duration{
		&t.Arm, &t.Call, &t.Lease, &t.Find, &t.LookLease, &t.MinLookPause, &t.MaxLookPause, &t.LookPatience,
		&t.MinRetry, &t.MaxRetry, &t.UploadPause, &t.ReceiptPause, &t.ReceiptPatience, &t.SweepGrace,
	} {
		*d /= time.Duration(times)
	}
	t.Sweep = max(t.Sweep/time.Duration(times), time.Second)
	looks := make([]time.Duration, len(t.Looks))
	for i, look := range t.Looks {
		looks[i] = look / time.Duration(times)
	}
	t.Looks = looks
	return t
}
