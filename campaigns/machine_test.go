package campaigns

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestAnyLife drives deliveries through random answers of the network,
// crashes, lost jobs, spent limits, pauses, moves and cancellations. Whatever happens: no
// post is out twice or before it is due, what was cancelled stays away, and in the
// end every delivery has come to an end or waits for a person.
func TestAnyLife(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		second := d.connect(t, connectors.Twitter, "mi-hk")
		d.net.limits = []connectors.Limit{
			{Name: "posts", Calls: publishOnly, Most: 4, Span: 3 * time.Minute},
			{Name: "posts_app", Calls: publishOnly, Most: 5, Span: 4 * time.Minute, App: "a1"},
			{Name: "reads", Calls: []connectors.Call{connectors.CallFind}, Most: 6, Span: time.Minute},
		}
		rapid.Check(t, func(rt *rapid.T) {
			d.forget(t, d.jobs(t)...)
			m := &life{desk: d, t: t, clock: clock, second: second}
			rt.Repeat(map[string]func(*rapid.T){
				"":              m.check,
				"schedule":      m.scheduleOne,
				"answer":        m.scriptAnswer,
				"look":          m.scriptLook,
				"advance":       m.advance,
				"run":           func(*rapid.T) { d.run(t) },
				"sweep":         func(*rapid.T) { must(t, d.sweep(t.Context(), sweepJob{})) },
				"lose jobs":     func(*rapid.T) { d.forget(t, d.jobs(t)...) },
				"die in claim":  m.dieAfterClaim,
				"die in call":   m.dieAfterCall,
				"die in a look": m.dieInLook,
				"arm":           m.heldBack,
				"pause":         func(*rapid.T) { must(t, d.Pause(t.Context(), d.actor)) },
				"resume":        func(*rapid.T) { must(t, d.Resume(t.Context(), d.actor)) },
				"pause some":    m.pauseSome,
				"resume some":   m.resumeSome,
				"reschedule":    m.rescheduleOne,
				"reconnect":     func(*rapid.T) { m.reconnect() },
				"cancel":        m.cancelOne,
				"settle":        m.settleOne,
			})
			m.finish(rt)
		})
	})
}

type life struct {
	*desk
	t      *testing.T
	clock  *storagetest.Clock
	second int64
	ids    []int64
	urls   map[int64]string
	due    map[int64]time.Time // what was agreed last, while it was not out
	paused []Scope
}

func (m *life) scheduleOne(rt *rapid.T) {
	if len(m.ids) >= 6 {
		rt.Skip("enough")
	}
	draft := m.draft()
	draft.Accounts = rapid.SampledFrom([][]int64{{m.account}, {m.account, m.second}}).Draw(rt, "accounts")
	draft.DueAt = m.clock.Now().Add(time.Duration(rapid.IntRange(0, 60).Draw(rt, "due")) * time.Second)
	draft.ExpiresAfter = rapid.SampledFrom([]time.Duration{0, 0, time.Second, time.Minute}).Draw(rt, "expires")
	draft.Priority = rapid.IntRange(-1, 1).Draw(rt, "priority")
	post, err := m.SchedulePost(m.t.Context(), m.actor, draft)
	must(m.t, err)
	if m.urls == nil {
		m.urls, m.due = make(map[int64]string), make(map[int64]time.Time)
	}
	for _, delivery := range post.Deliveries {
		m.ids = append(m.ids, delivery.ID)
		m.urls[delivery.ID], m.due[delivery.ID] = delivery.URL, delivery.DueAt
	}
}

func (m *life) scriptAnswer(rt *rapid.T) {
	m.net.script(rapid.SampledFrom([]reply{
		{},
		{err: netErr(connectors.KindUnknown), posted: true},
		{err: netErr(connectors.KindUnknown)},
		{err: netErr(connectors.KindRetry)},
		{err: netErr(connectors.KindDuplicate), posted: true},
		{err: netErr(connectors.KindDuplicate)},
		{err: netErr(connectors.KindDelayed), posted: true},
		{err: netErr(connectors.KindRefused)},
		{err: netErr(connectors.KindAttention)},
	}).Draw(rt, "answer"))
}

func (m *life) scriptLook(rt *rapid.T) {
	kind := rapid.SampledFrom([]connectors.ErrorKind{"", connectors.KindUnknown, connectors.KindRetry, connectors.KindAttention}).Draw(rt, "look")
	var err error
	if kind != "" {
		err = netErr(kind)
	}
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.net.findErrs = append(m.net.findErrs, err)
	m.net.lag = rapid.SampledFrom([]time.Duration{0, 5 * time.Second, 25 * time.Second}).Draw(rt, "lag")
}

func (m *life) advance(rt *rapid.T) {
	m.clock.Advance(rapid.SampledFrom([]time.Duration{
		usual.Arm, time.Second, 8 * time.Second, 20 * time.Second, time.Minute, 2 * time.Minute, 20 * time.Minute,
	}).Draw(rt, "advance"))
}

// pick draws one of the deliveries.
func (m *life) pick(rt *rapid.T) int64 {
	if len(m.ids) == 0 {
		rt.Skip("none yet")
	}
	return rapid.SampledFrom(m.ids).Draw(rt, "delivery")
}

// outAt tells since when a link is out.
func (n *fakeNetwork) outAt(link string) (at time.Time, out bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.posts {
		if p.Link == link {
			return p.at, true
		}
	}
	return time.Time{}, false
}

// dieAfterClaim has a worker claim and die, before or after the post is moved.
func (m *life) dieAfterClaim(rt *rapid.T) {
	out, ok := m.claimNow(m.t, m.pick(rt))
	if ok && rapid.Bool().Draw(rt, "moved meanwhile") {
		m.moveTo(rt, out.delivery.PostID)
	}
}

func (m *life) dieAfterCall(rt *rapid.T) {
	out, ok := m.claimNow(m.t, m.pick(rt))
	if !ok || out.delivery.CalledAt.After(m.clock.Now()) {
		return // a claim ahead of the instant is no leave to call
	}
	if ok, err := m.releaseNow(out); ok {
		must(m.t, err)
		m.call(m.t.Context(), out)
	}
}

// heldBack is a claim made ahead, and what may happen until the instant.
func (m *life) heldBack(rt *rapid.T) {
	out, ok := m.claimNow(m.t, m.pick(rt))
	if !ok {
		return
	}
	if rapid.Bool().Draw(rt, "cancelled meanwhile") {
		_, _ = m.CancelPost(m.t.Context(), m.actor, out.delivery.PostID)
	}
	m.clock.Advance(usual.Arm)
	ok, err := m.releaseNow(out)
	must(m.t, err)
	if ok {
		must(m.t, m.record(m.t.Context(), out, m.call(m.t.Context(), out)))
	}
}

func (m *life) dieInLook(rt *rapid.T) {
	out, err := m.prepare(m.t.Context(), m.pick(rt))
	must(m.t, err)
	_, _, err = m.beginLook(m.t.Context(), out)
	must(m.t, err)
}

// scope draws a campaign, an account or a post.
func (m *life) scope(rt *rapid.T) Scope {
	row := m.delivery(m.t, m.pick(rt))
	return rapid.SampledFrom([]Scope{OfCampaign(row.CampaignID), OfAccount(row.AccountID), OfPost(row.PostID)}).Draw(rt, "scope")
}

func (m *life) pauseSome(rt *rapid.T) {
	scope := m.scope(rt)
	must(m.t, m.PauseScope(m.t.Context(), m.actor, scope))
	m.paused = append(m.paused, scope)
}

func (m *life) resumeSome(rt *rapid.T) {
	must(m.t, m.ResumeScope(m.t.Context(), m.actor, m.scope(rt)))
}

func (m *life) rescheduleOne(rt *rapid.T) { m.moveTo(rt, m.delivery(m.t, m.pick(rt)).PostID) }

// moveTo gives a post another instant, unless it has begun.
func (m *life) moveTo(rt *rapid.T, post int64) {
	due := m.clock.Now().Add(time.Duration(rapid.IntRange(0, 90).Draw(rt, "due")) * time.Second)
	moved, err := m.Reschedule(m.t.Context(), m.actor, post, Rescheduling{DueAt: due})
	if err != nil && !fault.Is(err, fault.Conflict) {
		m.t.Fatal(err)
	}
	for _, d := range moved.Deliveries { // none where it was refused
		m.due[d.ID] = due
	}
}

func (m *life) reconnect() {
	m.connect(m.t, connectors.Twitter, "mi")
	m.connect(m.t, connectors.Twitter, "mi-hk")
}

func (m *life) cancelOne(rt *rapid.T) {
	// A post whose deliveries are all out is a Conflict; check sees to the rest.
	_, _ = m.CancelPost(m.t.Context(), m.actor, m.delivery(m.t, m.pick(rt)).PostID)
}

// settleOne is a person who looks at the account and tells what is there.
func (m *life) settleOne(rt *rapid.T) {
	row := m.delivery(m.t, m.pick(rt))
	if row.State != InDoubt || row.WakeAt != nil {
		rt.Skip("nobody was asked")
	}
	must(m.t, m.SettleDelivery(m.t.Context(), m.actor, row.ID, m.net.pageOf(m.urls[row.ID])))
}

// check compares every delivery with what the network holds.
func (m *life) check(rt *rapid.T) {
	for _, id := range m.ids {
		row, out := m.delivery(m.t, id), m.net.holds(m.urls[id])
		if out > 1 {
			rt.Fatalf("delivery %d is out %d times", id, out)
		}
		if at, is := m.net.outAt(m.urls[id]); is && at.Before(m.due[id]) {
			rt.Fatalf("delivery %d is out since %v, due %v", id, at, m.due[id])
		}
		switch row.State {
		case Published:
			if out != 1 || row.LatenessUS == nil || *row.LatenessUS < 0 {
				rt.Fatalf("delivery %d is published, but out %d times; %+v", id, out, row)
			}
		case Cancelled, Failed, Expired, Scheduled:
			if out != 0 {
				rt.Fatalf("delivery %d is %s (%s), but out", id, row.State, row.Error)
			}
			if (row.State == Scheduled || row.State == Expired) && !row.DueAt.Equal(m.due[id]) {
				rt.Fatalf("delivery %d is %s, due %v, but was moved to %v", id, row.State, row.DueAt, m.due[id])
			}
		}
	}
}

// finish lets the dust settle, on a healthy network.
func (m *life) finish(rt *rapid.T) {
	m.net.replies, m.net.findErrs = nil, nil
	m.reconnect()
	must(m.t, m.Resume(m.t.Context(), m.actor))
	for _, scope := range m.paused {
		must(m.t, m.ResumeScope(m.t.Context(), m.actor, scope))
	}
	for range 12 {
		m.clock.Advance(2 * time.Minute)
		must(m.t, m.sweep(m.t.Context(), sweepJob{}))
		m.run(m.t)
		m.check(rt)
	}
	ends := []State{Published, Failed, Expired, Cancelled}
	for _, id := range m.ids {
		row := m.delivery(m.t, id)
		asked := row.State == InDoubt && row.WakeAt == nil
		if !asked && !slices.Contains(ends, row.State) {
			rt.Fatalf("delivery %d never comes to an end: %s, wakes at %v", id, row.State, row.WakeAt)
		}
	}
}
