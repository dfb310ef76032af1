package web

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"fanfare/fault"
)

func TestOneAddressCannotSignUpByTheHundred(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	sign := func(i int) int {
		status, _, _ := h.browser().post("/sign-up", url.Values{
			"name": {"Fan"}, "email": {fmt.Sprintf("fan%d@example.com", i)}, "password": {testPassword},
		})
		return status
	}
	h.server.signUps = newThrottle(2, time.Minute, "sign_up.limited", "Later.")
	for i, want := range []int{http.StatusSeeOther, http.StatusSeeOther, http.StatusTooManyRequests} {
		if got := sign(i); got != want {
			t.Errorf("sign-up %d gave %d, want %d", i+1, got, want)
		}
	}
	h.clock.Advance(time.Minute)
	if got := sign(3); got != http.StatusSeeOther {
		t.Errorf("a minute later: %d", got)
	}
}

func TestThrottleKnowsHouseholds(t *testing.T) {
	t.Parallel()
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	throttle := newThrottle(1, time.Hour, "", "")
	for _, c := range []struct {
		address string
		allowed bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", false}, {"::ffff:192.0.2.1", false}, {"192.0.2.2", true},
		{"2001:db8::1", true}, {"2001:db8::2", false}, {"2001:db8:0:1::1", true}, {"not an address", true}, {"not an address", true},
	} {
		if err := throttle.allow(c.address, now); (err == nil) != c.allowed || err != nil && !fault.Is(err, fault.Limited) {
			t.Errorf("%s: %v, allowed is %v", c.address, err, c.allowed)
		}
	}
}
