package connectortest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// Run puts a connector through everything that may happen to a post, each in a
// sandbox of its own.
func Run(t *testing.T, setup Setup) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, h Harness)
	}{
		{"publishes once", publishesOnce},
		{"publishes many at once", publishesMany},
		{"finds what is there", findsWhatIsThere},
		{"finds only what is there", findsOnlyWhatIsThere},
		{"does not find before since", doesNotFindBeforeSince},
		{"refuses what is too long", refusesTooLong},
		{"knows a duplicate", knowsDuplicate},
		{"waits when the limit is spent", waitsForLimit},
		{"gives a revoked token to a person", needsAttention},
		{"survives a lost call", survivesLostCalls},
		{"can be cancelled", canBeCancelled},
		{"knows when nothing was sent", knowsNothingSent},
		{"does not decide without an answer", doesNotDecide},
		{"is not fooled by a timeline that lags", survivesLag},
		{"bears a slow answer", bearsSlowness},
		{"bears a clock beside ours", bearsSkew},
		{"knows what is to come later", knowsDelay},
		{"publishes with images", publishesImages},
		{"checks images", checksImages},
		{"survives faults while it uploads", survivesUploadFaults},
		{"says when images are forgotten", knowsForgottenImages},
		{"finds a post with images", findsPostWithImages},
		{"recognizes its posts' addresses", recognizesOwn},
		{"recognizes no other address", recognizesNoOther},
		{"verifies good credentials", verifiesGood},
		{"names a missing credential", namesMissing},
		{"refuses wrong credentials", refusesWrong},
		{"states its limits", statesLimits},
		{"tells how its limits stand", tellsLimits},
		{"counts what people do", countsGrow},
		{"counts nothing without an answer", countsFail},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, setup(t))
		})
	}
}

func publishesOnce(t *testing.T, h Harness) {
	receipt, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if err != nil {
		t.Fatal(err)
	}
	posts := h.Posts()
	if len(posts) != 1 || posts[0].Text != h.Post(1).Text {
		t.Fatalf("on the timeline: %+v", posts)
	}
	h.sameReceipt(t, receipt, posts[0])
}

func publishesMany(t *testing.T, h Harness) {
	many := cmp.Or(h.Burst, 25)
	var wait sync.WaitGroup
	receipts, failures := make([]connectors.Receipt, many), make([]error, many)
	for i := range many {
		wait.Go(func() {
			receipts[i], failures[i] = h.Network.Publish(t.Context(), h.Credentials, h.Post(i))
		})
	}
	wait.Wait()
	ids := make(map[string]string)
	for _, p := range h.Posts() {
		ids[p.ID] = p.Text
	}
	for i := range many {
		if failures[i] != nil {
			t.Errorf("post %d: %v", i, failures[i])
		} else if ids[receipts[i].RemoteID] != h.Post(i).Text {
			t.Errorf("post %d has the receipt of another: %+v", i, receipts[i])
		}
	}
	if len(ids) != many {
		t.Errorf("%d posts are out, want %d", len(ids), many)
	}
}

func findsWhatIsThere(t *testing.T, h Harness) {
	since := h.Clock.Now()
	for i := range 3 {
		h.publish(t, i)
		h.Clock.Advance(time.Second)
	}
	for i := range 3 {
		h.found(t, i, since, h.Posts()[i])
	}
}

func findsOnlyWhatIsThere(t *testing.T, h Harness) {
	since := h.Clock.Now()
	h.absent(t, 1, since)
	h.publish(t, 1)
	h.absent(t, 2, since)
	h.absent(t, 11, since) // its link may begin like that of 1
}

func doesNotFindBeforeSince(t *testing.T, h Harness) {
	h.publish(t, 1)
	h.Clock.Advance(time.Hour)
	h.absent(t, 1, h.Clock.Now())
}

func refusesTooLong(t *testing.T, h Harness) {
	_, err := h.Network.Publish(t.Context(), h.Credentials, h.TooLong)
	h.failed(t, err, connectors.KindRefused)
	if n := len(h.Posts()); n != 0 {
		t.Errorf("%d posts are out", n)
	}
	if check := h.Network.Check(h.TooLong.Text, ""); check.Valid || len(check.Problems) == 0 || check.Length <= check.Limit {
		t.Errorf("Check says %+v", check)
	}
	if check := h.Network.Check(h.Post(1).Text, ""); !check.Valid {
		t.Errorf("Check of a good text says %+v", check)
	}
}

func knowsDuplicate(t *testing.T, h Harness) {
	since := h.Clock.Now()
	h.publish(t, 1)
	h.Clock.Advance(time.Second)
	_, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	h.failed(t, err, connectors.KindDuplicate)
	if n := len(h.Posts()); n != 1 {
		t.Fatalf("%d posts are out", n)
	}
	h.found(t, 1, since, h.Posts()[0])
}

func waitsForLimit(t *testing.T, h Harness) {
	h.Fault(sandbox.Fault{Kind: sandbox.RateLimited}, sandbox.Fault{Kind: sandbox.RateLimitedBare})
	want := h.RetryAt()
	_, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if failed := h.failed(t, err, connectors.KindRetry); failed != nil && !failed.RetryAt.Equal(want) {
		t.Errorf("try again at %v, want %v", failed.RetryAt, want)
	}
	_, err = h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	h.failed(t, err, connectors.KindRetry)
	if n := len(h.Posts()); n != 0 {
		t.Errorf("%d posts are out", n)
	}
	h.publish(t, 1) // the limit is over
}

func needsAttention(t *testing.T, h Harness) {
	h.Fault(sandbox.Fault{Kind: sandbox.Revoked})
	_, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	h.failed(t, err, connectors.KindAttention)
	_, err = h.Network.Publish(t.Context(), h.Wrong, h.Post(1))
	h.failed(t, err, connectors.KindAttention)
	_, err = h.Network.Publish(t.Context(), connectors.Credentials(`{}`), h.Post(1))
	h.failed(t, err, connectors.KindAttention)
	if n := len(h.Posts()); n != 0 {
		t.Errorf("%d posts are out", n)
	}
}

// survivesLostCalls is the heart of it: whatever cuts a call, nobody is told
// that it failed, and Find tells the truth.
func survivesLostCalls(t *testing.T, h Harness) {
	faults := []sandbox.FaultKind{sandbox.Reset, sandbox.Timeout, sandbox.ServerError, sandbox.BadGateway, sandbox.Truncated}
	since, out := h.Clock.Now(), 0
	for _, kind := range faults {
		for _, accepted := range []bool{false, true} {
			if kind == sandbox.Truncated && !accepted {
				continue // a network that words an answer has taken the post
			}
			network := h.Network
			if kind == sandbox.Timeout {
				network = h.Impatient
			}
			number := out + 1
			if !accepted {
				number = 100 + out
			}
			h.Fault(sandbox.Fault{Kind: kind, Accepted: accepted, Call: sandbox.CallPublish})
			_, err := network.Publish(t.Context(), h.Credentials, h.Post(number))
			if h.failed(t, err, connectors.KindUnknown) == nil {
				t.Errorf("with %s, accepted %v", kind, accepted)
			}
			if !accepted {
				h.absent(t, number, since)
				continue
			}
			out++
			h.Clock.Advance(time.Second)
			if posts := h.Posts(); len(posts) != out {
				t.Fatalf("with %s: %d posts are out, want %d", kind, len(posts), out)
			}
			if h.TimelineMax == 0 || out < h.TimelineMax {
				h.found(t, number, since, h.Posts()[out-1])
			}
		}
	}
}

func canBeCancelled(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	h.Fault(sandbox.Fault{Kind: sandbox.Timeout, Accepted: true})
	ended := make(chan error)
	go func() {
		_, err := h.Network.Publish(ctx, h.Credentials, h.Post(1))
		ended <- err
	}()
	for len(h.Posts()) == 0 { // until the call is on its way
		select {
		case err := <-ended:
			t.Fatalf("ended before its time: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	err := <-ended
	h.failed(t, err, connectors.KindUnknown)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func knowsNothingSent(t *testing.T, h Harness) {
	_, err := h.Unreachable.Publish(t.Context(), h.Credentials, h.Post(1))
	h.failed(t, err, connectors.KindRetry)
	_, _, err = h.Unreachable.Find(t.Context(), h.Credentials, h.Post(1), h.Clock.Now())
	h.failed(t, err, connectors.KindRetry)
}

// doesNotDecide: no failure of a look-up may be read as "absent", nor as a
// verdict on the post.
func doesNotDecide(t *testing.T, h Harness) {
	since := h.Clock.Now()
	h.publish(t, 1)
	for _, kind := range []sandbox.FaultKind{sandbox.Timeout, sandbox.ServerError, sandbox.BadGateway,
		sandbox.Truncated, sandbox.RateLimited, sandbox.Revoked} {
		network := h.Network
		if kind == sandbox.Timeout {
			network = h.Impatient
		}
		h.Fault(sandbox.Fault{Kind: kind, Call: sandbox.CallTimeline})
		_, found, err := network.Find(t.Context(), h.Credentials, h.Post(1), since)
		if found {
			t.Errorf("%s: found", kind)
		}
		h.failed(t, err, connectors.KindUnknown, connectors.KindRetry)
	}
	_, _, err := h.Network.Find(t.Context(), h.Wrong, h.Post(1), since)
	h.failed(t, err, connectors.KindUnknown, connectors.KindRetry)
	_, _, err = h.Network.Find(t.Context(), connectors.Credentials(`{}`), h.Post(1), since)
	h.failed(t, err, connectors.KindUnknown, connectors.KindRetry)
	h.found(t, 1, since, h.Posts()[0])
}

func survivesLag(t *testing.T, h Harness) {
	since := h.Clock.Now()
	h.publish(t, 1)
	h.Clock.Advance(time.Second)
	h.Fault(sandbox.Fault{Kind: sandbox.Lag, Millis: 10_000, Call: sandbox.CallTimeline})
	h.absent(t, 1, since) // which is why one look is not enough
	h.found(t, 1, since, h.Posts()[0])
}

func verifiesGood(t *testing.T, h Harness) {
	got, err := h.Network.Verify(t.Context(), h.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(h.Identity, got); diff != "" {
		t.Error(diff)
	}
}

func namesMissing(t *testing.T, h Harness) {
	for _, name := range h.Required {
		for _, value := range []any{nil, "", " "} {
			var fields map[string]any
			if err := json.Unmarshal(h.Credentials, &fields); err != nil {
				t.Fatal(err)
			}
			fields[name] = value
			credentials, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.Network.Verify(t.Context(), credentials)
			failed := h.failed(t, err, connectors.KindRefused)
			if failed != nil && failed.Field != name {
				t.Errorf("%s = %q: field %q is to blame", name, value, failed.Field)
			}
		}
	}
	for _, text := range []string{``, `[]`, `"x"`, `null`, `{`} {
		_, err := h.Network.Verify(t.Context(), connectors.Credentials(text))
		if failed := h.failed(t, err, connectors.KindRefused); failed != nil && failed.Field == "" {
			t.Errorf("credentials %q: no field is named", text)
		}
	}
}

func refusesWrong(t *testing.T, h Harness) {
	_, err := h.Network.Verify(t.Context(), h.Wrong)
	h.failed(t, err, connectors.KindAttention)
	h.Fault(sandbox.Fault{Kind: sandbox.Revoked})
	_, err = h.Network.Verify(t.Context(), h.Credentials)
	h.failed(t, err, connectors.KindAttention)
}
