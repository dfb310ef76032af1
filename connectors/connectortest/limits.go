package connectortest

import (
	"slices"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// statesLimits: what the accounts of a network may do is known ahead, and none
// of it tells who they are.
func statesLimits(t *testing.T, h Harness) {
	limits := h.Network.Limits(h.Credentials)
	names := make(map[string]bool)
	var posts, finds bool
	for _, l := range limits {
		if l.Name == "" || names[l.Name] || len(l.Calls) == 0 || l.Most < 0 || l.Reserve > l.Most {
			t.Errorf("limit %+v", l)
		}
		if end := l.End(h.Clock.Now()); !end.After(h.Clock.Now()) || end.Sub(h.Clock.Now()) > l.Span {
			t.Errorf("%s ends at %v", l.Name, end)
		}
		names[l.Name] = true
		posts = posts || l.Most > 0 && l.Takes(connectors.CallPublish)
		finds = finds || l.Most > 0 && l.Takes(connectors.CallFind)
		for _, secret := range append(h.Secrets, string(h.Credentials)) {
			if l.App == secret {
				t.Errorf("%s tells a secret", l.Name)
			}
		}
	}
	if !posts || !finds {
		t.Errorf("no figure for posts, or for finding them: %+v", limits)
	}
	if got := h.Network.Limits(connectors.Credentials(`{`)); got != nil {
		t.Errorf("credentials that cannot be read: %+v", got)
	}
}

// tellsLimits: what an answer says of the limits comes with it, good or bad, and
// what it does not say is not made up.
func tellsLimits(t *testing.T, h Harness) {
	receipt, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if err != nil {
		t.Fatal(err)
	}
	h.standing(t, receipt.Limits, func(s connectors.Standing) bool { return s.Left < s.Most })
	found, _, err := h.Network.Find(t.Context(), h.Credentials, h.Post(2), h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	h.standing(t, found.Limits, func(s connectors.Standing) bool { return s.Left < s.Most })

	h.Fault(sandbox.Fault{Kind: sandbox.RateLimited}, sandbox.Fault{Kind: sandbox.RateLimitedBare})
	until := h.RetryAt()
	_, err = h.Network.Publish(t.Context(), h.Credentials, h.Post(2))
	failed := h.failed(t, err, connectors.KindRetry)
	if failed == nil || !slices.ContainsFunc(failed.Limits, func(s connectors.Standing) bool {
		late := s.ResetsAt.Sub(until)
		return s.Left == 0 && 0 <= late && late <= time.Second
	}) {
		t.Errorf("a refusal tells %+v, want a limit that is spent until %v", failed, until)
	}
	_, err = h.Network.Publish(t.Context(), h.Credentials, h.Post(2))
	if failed := h.failed(t, err, connectors.KindRetry); h.TellsLimits && failed != nil && len(failed.Limits) > 0 {
		t.Errorf("without a word from the network: %+v", failed.Limits)
	}
}

// standing examines what came with an answer.
func (h Harness) standing(t *testing.T, told []connectors.Standing, good func(connectors.Standing) bool) {
	t.Helper()
	if (len(told) > 0) != h.TellsLimits {
		t.Errorf("told %+v", told)
	}
	for _, s := range told {
		known := slices.ContainsFunc(h.Network.Limits(h.Credentials), func(l connectors.Limit) bool { return l.Name == s.Limit })
		if !known || !s.ResetsAt.After(h.Clock.Now()) || !good(s) {
			t.Errorf("told %+v", s)
		}
	}
}

func countsGrow(t *testing.T, h Harness) {
	h.publish(t, 1)
	h.publish(t, 2)
	h.Clock.Advance(time.Hour)
	ids := []string{h.Posts()[0].ID, h.Posts()[1].ID, "12", "no id, but more & other=1"}
	first, err := h.Network.Counts(t.Context(), h.Credentials, ids)
	if err != nil {
		t.Fatal(err)
	}
	h.standing(t, first.Limits, func(connectors.Standing) bool { return true })
	h.Clock.Advance(time.Hour)
	second, err := h.Network.Counts(t.Context(), h.Credentials, ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[:2] {
		before, after := first.Posts[id].Likes, second.Posts[id].Likes
		if before == nil || after == nil || *before <= 0 || *after <= *before {
			t.Errorf("post %s: %+v, an hour later %+v", id, first.Posts[id], second.Posts[id])
		}
	}
	if len(first.Posts) != 2 {
		t.Errorf("figures of %d posts", len(first.Posts))
	}
	if none, err := h.Network.Counts(t.Context(), h.Credentials, nil); err != nil || len(none.Posts) != 0 {
		t.Errorf("of nothing: %+v, %v", none, err)
	}
}

// countsFail: figures that cannot be had say nothing of the account, nor of
// its posts.
func countsFail(t *testing.T, h Harness) {
	h.publish(t, 1)
	ids := []string{h.Posts()[0].ID}
	for _, kind := range []sandbox.FaultKind{sandbox.ServerError, sandbox.BadGateway, sandbox.Truncated, sandbox.RateLimited, sandbox.Revoked} {
		h.Fault(sandbox.Fault{Kind: kind, Call: sandbox.CallCounts})
		_, err := h.Network.Counts(t.Context(), h.Credentials, ids)
		h.failed(t, err, connectors.KindUnknown, connectors.KindRetry)
	}
	_, err := h.Network.Counts(t.Context(), h.Wrong, ids)
	h.failed(t, err, connectors.KindUnknown, connectors.KindRetry)
}
