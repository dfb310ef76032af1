package connectortest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// publish posts and must succeed.
func (h Harness) publish(t *testing.T, number int) {
	t.Helper()
	if _, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(number)); err != nil {
		t.Fatalf("post %d: %v", number, err)
	}
}

// found looks a post up and must find want.
func (h Harness) found(t *testing.T, number int, since time.Time, want sandbox.Post) {
	t.Helper()
	receipt, found, err := h.Network.Find(t.Context(), h.Credentials, h.Post(number), since)
	if err != nil || !found {
		t.Fatalf("post %d: found %v, %v", number, found, err)
	}
	h.sameReceipt(t, receipt, want)
}

// absent looks a post up and must learn that it is not there.
func (h Harness) absent(t *testing.T, number int, since time.Time) {
	t.Helper()
	receipt, found, err := h.Network.Find(t.Context(), h.Credentials, h.Post(number), since)
	if err != nil || found {
		t.Errorf("post %d: found %v %+v, %v", number, found, receipt, err)
	}
}

// sameReceipt compares a receipt with the post; a network may cut the time to
// the second, or not tell it.
func (h Harness) sameReceipt(t *testing.T, got connectors.Receipt, want sandbox.Post) {
	t.Helper()
	if got.RemoteID != want.ID {
		t.Errorf("receipt for %q, want %q", got.RemoteID, want.ID)
	}
	if !strings.Contains(got.URL, want.ID) {
		t.Errorf("the address %q does not lead to %s", got.URL, want.ID)
	}
	if !got.CreatedAt.IsZero() && got.CreatedAt.Sub(want.At).Abs() >= time.Second {
		t.Errorf("created at %v, want %v", got.CreatedAt, want.At)
	}
}

// failed examines an error: its type, its kind if kinds are given, a message
// for people, and that it tells no secret. It gives nil when something is wrong.
func (h Harness) failed(t *testing.T, err error, kinds ...connectors.ErrorKind) *connectors.Error {
	t.Helper()
	var failed *connectors.Error
	if !errors.As(err, &failed) || failed == nil {
		t.Errorf("got %v, want a *connectors.Error of %v", err, kinds)
		return nil
	}
	good := true
	fail := func(format string, args ...any) {
		t.Helper()
		good = false
		t.Errorf(format, args...)
	}
	allowed := len(kinds) == 0
	for _, kind := range kinds {
		allowed = allowed || failed.Kind == kind
	}
	if !allowed {
		fail("kind %q, want %v: %v", failed.Kind, kinds, err)
	}
	if failed.Message == "" || !strings.HasSuffix(failed.Message, ".") {
		fail("the message %q is no sentence", failed.Message)
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		told := fmt.Sprintf("%v %+v", cause, cause)
		for _, secret := range append(h.Secrets, "Authorization") {
			if strings.Contains(told, secret) {
				fail("an error tells %q", secret)
			}
		}
	}
	if !good {
		return nil
	}
	return failed
}
