package connectortest

import (
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// bearsSlowness: a slow answer is an answer.
func bearsSlowness(t *testing.T, h Harness) {
	since := h.Clock.Now()
	h.Fault(sandbox.Fault{Kind: sandbox.Latency, Millis: 20, Call: sandbox.CallPublish}, sandbox.Fault{Kind: sandbox.Latency, Millis: 20, Call: sandbox.CallTimeline})
	h.publish(t, 1)
	if n := len(h.Posts()); n != 1 {
		t.Fatalf("%d posts are out", n)
	}
	h.found(t, 1, since, h.Posts()[0])
}

// bearsSkew: posts are found by a network whose clock goes a minute before or
// after ours, and what a clock far off makes of a call is no loss of the post.
func bearsSkew(t *testing.T, h Harness) {
	since := h.Clock.Now()
	for number, millis := range []int64{-60_000, 60_000} {
		h.Fault(sandbox.Fault{Kind: sandbox.Skew, Millis: millis, Call: sandbox.CallPublish})
		h.publish(t, number)
		posts := h.Posts()
		receipt, found, err := h.Network.Find(t.Context(), h.Credentials, h.Post(number), since)
		if err != nil || !found || receipt.RemoteID != posts[len(posts)-1].ID {
			t.Errorf("a clock %d ms off: %+v, %v, %v", millis, receipt, found, err)
		}
	}
	for _, millis := range []int64{-600_000, 600_000} {
		out := len(h.Posts())
		h.Fault(sandbox.Fault{Kind: sandbox.Skew, Millis: millis, Call: sandbox.CallPublish})
		if _, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(5)); err != nil {
			h.failed(t, err, connectors.KindAttention, connectors.KindRetry)
			if len(h.Posts()) != out {
				t.Errorf("a clock %d ms off: it is out", millis)
			}
			continue
		}
		return // this network does not look at the time of a call
	}
}

// knowsDelay: what is accepted and not out yet is a success, to be looked up.
func knowsDelay(t *testing.T, h Harness) {
	if !h.Delays {
		t.Skip("this network takes a post at once or not at all")
	}
	since := h.Clock.Now()
	h.Fault(sandbox.Fault{Kind: sandbox.Delayed, Call: sandbox.CallPublish, Millis: 60_000})
	_, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	h.failed(t, err, connectors.KindDelayed)
	h.absent(t, 1, since)
	h.Clock.Advance(time.Minute)
	h.found(t, 1, since, h.Posts()[0])
}
