package campaigns

import (
	"errors"
	"fmt"
	"time"

	"fanfare/connectors"
)

// A delivery's life. Each arrow is one transaction, and one function below:
//
//	                  claimed                answered
//	  ┌─▶ scheduled ──────────▶ publishing ──────────────▶ published, failed
//	  │    │  │  ▲                │  │
//	  │    │  │  └────────────────┘  │ unknown or duplicate, or the worker is lost
//	  │    │  │   held back, or      ▼
//	  │    │  │   surely not out   in_doubt ──▶ published   looked, or settled by a person
//	  │    │  ▼                      │  ▲ │
//	  │    │ expired                 │  └─┘ look again
//	  │    ▼                         │
//	  │   cancelled                  │ surely absent
//	  └──────────────────────────────┴──▶ failed   in doubt too often
//
// A claim is committed a little before the instant; at the instant it is
// released for the call, or held back: so what is paused, cancelled or moved between
// the two stays in, and committing thousands of claims makes none of them late.
//
// What goes back to scheduled ends as expired or cancelled if its time is over
// or its post was cancelled meanwhile, and waits for another instant if its post
// was moved. So does a claim whose worker died between the move and the old
// instant, once it is looked up: publishing is committed before the last look and
// the call, and the move may be committed between these two, so the row cannot
// tell that there was no call.
//
// WakeAt is the plan, kept in the row: when to go out (scheduled), when to
// give the worker up (publishing), when to look again (in_doubt). Jobs only
// wake a delivery up; a job too many finds nothing to do, and one that got
// lost is replaced by the sweep.

// maxDoubts is how many calls may come into doubt before an absent post has
// failed. With three, a network that fails every second call cost two posts in a
// hundred (make soak).
const maxDoubts = 5

// maxImageTries is how many calls may fail for images that the network took
// and then did not know.
const maxImageTries = 3

// gate is what may keep a delivery from going out, besides its own state.
type gate struct {
	paused    bool
	cancelled bool
	moved     *appointment // its post has another one by now
	problem   reason       // of its account
}

// appointment is when a post is due, and for how long after it may go out.
type appointment struct {
	dueAt        time.Time
	expiresAfter time.Duration // 0 is for ever
}

// appointed: it is not out, and its post was moved while it was claimed. It waits
// for the new appointment, or longer where it was put off for longer.
func (d Delivery) appointed(a appointment) Delivery {
	d.DueAt, d.ExpiresAt = a.dueAt, nil
	if a.expiresAfter > 0 {
		d.ExpiresAt = at(a.dueAt.Add(a.expiresAfter))
	}
	if d.State == Scheduled && d.WakeAt.After(a.dueAt) {
		return d.again(*d.WakeAt, d.why())
	}
	d.HeldBy = ""
	return d.again(a.dueAt, reason{})
}

// outcome is what a call to publish came to.
type outcome struct {
	started time.Time
	receipt connectors.Receipt
	err     error
}

// look is what one look at the account's timeline came to.
type look struct {
	at      time.Time
	receipt connectors.Receipt
	found   bool
	err     error
}

// due: its instant is about to come. It is claimed if it may still go.
// Otherwise it has ended, or it stays as it is: the sweep will wake it.
func (d Delivery) due(g gate, now time.Time, t Timing) Delivery {
	switch {
	case d.State != Scheduled || d.WakeAt.After(now.Add(t.Arm)):
	case g.cancelled:
		return d.cancelled()
	case d.expiredAt(now):
		return d.expired(d.why())
	case g.paused:
	case g.problem.message != "":
		return d.because(g.problem)
	default:
		return d.claimed(now, t)
	}
	return d
}

// claimed: a worker will call the network at the instant, or now that it has
// come. Nobody else may until the lease ends.
func (d Delivery) claimed(now time.Time, t Timing) Delivery {
	call := d.callAt(now)
	d = d.because(reason{})
	d.State, d.HeldBy = Publishing, ""
	d.Attempts++
	d.WakeAt = at(call.Add(t.Lease))
	if d.Doubts == 0 {
		d.CalledAt = at(call)
	}
	return d
}

// ahead tells whether it is claimed for an instant that is still to come: no
// call has been made, and none is under way.
func (d Delivery) ahead(now time.Time) bool {
	return d.State == Publishing && d.Doubts == 0 && d.CalledAt != nil && d.CalledAt.After(now)
}

// callAt is when the network would be called: at the instant, or now that it
// has come.
func (d Delivery) callAt(now time.Time) time.Time {
	if d.WakeAt != nil && d.WakeAt.After(now) {
		return *d.WakeAt
	}
	return now
}

// released: the instant has come. It stays publishing if it may still go; else
// there is no call, and the claim is given back.
func (d Delivery) released(g gate, now time.Time, t Timing) Delivery {
	switch {
	case g.cancelled:
		d = d.cancelled()
	case g.moved != nil:
		d = d.appointed(*g.moved)
	case d.expiredAt(now):
		d = d.expired(reason{})
	case g.paused || g.problem.message != "":
		d = d.because(g.problem)
		d.State, d.WakeAt = Scheduled, at(d.WakeAt.Add(-t.Lease))
	default:
		return d
	}
	d.Attempts--
	return d
}

// answered: the call came back, somehow.
func (d Delivery) answered(o outcome, now time.Time, t Timing) Delivery {
	if o.err == nil {
		return d.published(o.started, o.receipt)
	}
	e := networkError(o.err)
	switch e.Kind {
	case connectors.KindDelayed:
		return d.published(o.started, connectors.Receipt{})
	case connectors.KindRefused:
		return d.failed(toldBy(e))
	case connectors.KindAttention:
		return d.again(now, toldBy(e)) // waits for the account
	case connectors.KindRetry:
		if e.Field == connectors.FieldImages && d.Attempts >= maxImageTries {
			return d.failed(toldBy(e))
		}
		d.HeldBy = spentLimit(e)
		return d.again(retryAt(e, now, d.Attempts, t), toldBy(e))
	}
	return d.doubtful(now, e.Kind, toldBy(e), t)
}

// published: it is out. published_at is the instant our call began, in our
// clock: networks tell whole seconds, and how long they take to answer is not
// lateness of ours.
func (d Delivery) published(when time.Time, receipt connectors.Receipt) Delivery {
	if when.Before(d.DueAt) {
		when = d.DueAt // a network's clock that is behind ours
	}
	late := when.Sub(d.DueAt).Microseconds()
	d = d.because(reason{})
	d.State, d.WakeAt = Published, nil
	d.PublishedAt, d.LatenessUS = at(when), &late
	d.RemoteID, d.RemoteURL = receipt.RemoteID, receipt.URL
	d.CountAt = nextCount(when, when)
	return d
}

// delayed tells whether the network has accepted the post and is yet to show it:
// it is out, and where is not known.
func (d Delivery) delayed() bool {
	return d.State == Published && d.RemoteID == "" && d.RemoteURL == ""
}

// shown: a post that was delayed is there to see.
func (d Delivery) shown(receipt connectors.Receipt) Delivery {
	d.RemoteID, d.RemoteURL = receipt.RemoteID, receipt.URL
	return d
}

// doubtful: the post may be out.
func (d Delivery) doubtful(now time.Time, kind connectors.ErrorKind, why reason, t Timing) Delivery {
	d = d.because(why)
	d.State, d.Doubt = InDoubt, string(kind)
	d.Doubts++
	d.DoubtedAt, d.WakeAt = at(now), at(now.Add(t.Looks[0]))
	return d
}

// looking: a worker is about to look, and others wait until it must be done.
func (d Delivery) looking(now time.Time, t Timing) Delivery {
	d.WakeAt = at(now.Add(t.LookLease))
	return d
}

// looked: the look came back, somehow.
func (d Delivery) looked(l look, now time.Time, t Timing) Delivery {
	waited := l.at.Sub(*d.DoubtedAt)
	switch {
	case l.err != nil:
		return d.lookFailed(networkError(l.err), waited, now, t)
	case l.found:
		return d.published(d.foundAt(l.receipt), l.receipt)
	}
	for _, next := range t.Looks {
		if waited < next {
			d.WakeAt = at(d.DoubtedAt.Add(next))
			return d
		}
	}
	switch { // surely absent
	case d.Doubt == string(connectors.KindDuplicate):
		return d.leftToPerson(reason{"delivery.elsewhere", "The network has a post like this one already, but it is not on the account's timeline. Please look there and decide."})
	case d.Doubts >= maxDoubts:
		return d.failed(reason{"delivery.not_out", fmt.Sprintf("The post is not out after %d attempts.", d.Attempts)})
	}
	return d.again(now, reason{"delivery.not_yet_out", "The post was not out after the last attempt."})
}

// lookFailed: nothing was learnt. The pauses grow with the time that has gone
// by, until a person is asked.
func (d Delivery) lookFailed(e *connectors.Error, waited time.Duration, now time.Time, t Timing) Delivery {
	if waited >= t.LookPatience {
		// The page that asks the person needs nothing but the network's own reason.
		return d.leftToPerson(reason{e.Key, "Whether the post is out cannot be told: " + e.Message + " Please look at the account's timeline and decide."})
	}
	next := now.Add(min(max(2*waited, t.MinLookPause), t.MaxLookPause))
	if e.Kind == connectors.KindRetry && e.RetryAt.After(next) {
		next = e.RetryAt
	}
	d.WakeAt = at(next)
	return d
}

// lookPutOff: a limit of the network leaves no call for a look before why.until.
func (d Delivery) lookPutOff(why hold, now time.Time, t Timing) Delivery {
	return d.lookFailed(&connectors.Error{
		Kind: connectors.KindRetry, RetryAt: why.until,
		Message: "The network's limit is reached until " + why.until.Format(time.RFC3339) + ".", Key: "delivery.limit",
	}, now.Sub(*d.DoubtedAt), now, t)
}

// foundAt is when a post that was found went out: when our call began, unless
// the network's own time shows that a later call of ours did it.
func (d Delivery) foundAt(receipt connectors.Receipt) time.Time {
	const fuzz = 2 * time.Second // the network's whole seconds and a clock beside ours
	if receipt.CreatedAt.After(d.CalledAt.Add(fuzz)) {
		return receipt.CreatedAt
	}
	return *d.CalledAt
}

// seen: a person has told where it is.
func (d Delivery) seen(receipt connectors.Receipt) Delivery {
	if d.delayed() {
		return d.shown(receipt)
	}
	return d.published(d.foundAt(receipt), receipt)
}

// leftToPerson: nothing more is done until somebody settles it.
func (d Delivery) leftToPerson(why reason) Delivery {
	d.WakeAt = nil
	return d.because(why)
}

// again: it is surely not out and may go at when, unless its time is over by then.
func (d Delivery) again(when time.Time, why reason) Delivery {
	if d.expiredAt(when) {
		return d.expired(why)
	}
	d.State, d.WakeAt = Scheduled, at(when)
	return d.because(why)
}

// held: a limit of the network leaves it no call before why.until. It wakes so
// much later that its claim, which comes ahead, finds the new window.
func (d Delivery) held(why hold, t Timing) Delivery {
	d.HeldBy = why.limit
	until, wake := why.until.Format(time.RFC3339), why.until.Add(t.Arm)
	if d.expiredAt(wake) {
		return d.expired(reason{"delivery.limit_expired", "The network's limit is reached until " + until + ", and by then it has expired."})
	}
	return d.again(wake, reason{"delivery.limit", "The network's limit is reached until " + until + "."})
}

// spentLimit names the limit that a refusal tells of; "" when it tells none.
func spentLimit(e *connectors.Error) string {
	for _, s := range e.Limits {
		if s.Left == 0 {
			return s.Limit
		}
	}
	return ""
}

func (d Delivery) failed(why reason) Delivery {
	d.State, d.WakeAt = Failed, nil
	return d.because(why)
}

func (d Delivery) expired(why reason) Delivery {
	d.State, d.WakeAt = Expired, nil
	return d.because(why)
}

func (d Delivery) expiredAt(when time.Time) bool {
	return d.ExpiresAt != nil && when.After(*d.ExpiresAt)
}

func (d Delivery) cancelled() Delivery {
	d.State, d.WakeAt = Cancelled, nil
	return d
}

// retryAt is when to call again after the network surely did not take the
// post: when it said so, or else after a pause that doubles with each attempt.
func retryAt(e *connectors.Error, now time.Time, attempts int, t Timing) time.Time {
	if e.RetryAt.After(now) {
		return e.RetryAt
	}
	return now.Add(min(t.MinRetry<<min(max(attempts, 1)-1, 10), t.MaxRetry))
}

// networkError gives what a connector said; whatever else went wrong leaves
// the outcome unknown.
func networkError(err error) *connectors.Error {
	var e *connectors.Error
	if errors.As(err, &e) {
		return e
	}
	return &connectors.Error{Kind: connectors.KindUnknown, Message: "The network did not answer.", Key: "delivery.no_answer", Err: err}
}

// at gives a time to point to, as both databases keep it.
func at(t time.Time) *time.Time {
	t = stored(t)
	return &t
}
