package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fanfare/fault"
)

// throttle keeps one network address from making people by the hundred, each
// with a vote, or from asking for letters to them. It allows a burst, as when a
// class signs up behind one router.
type throttle struct {
	burst        int
	every        time.Duration // one more is allowed each
	key, message string        // of the refusal

	mu     sync.Mutex
	seen   map[netip.Prefix]*rate.Limiter
	forget int // how many addresses to remember before all are forgotten
}

func newThrottle(burst int, every time.Duration, key, message string) *throttle {
	return &throttle{burst: burst, every: every, key: key, message: message, seen: map[netip.Prefix]*rate.Limiter{}, forget: 50_000}
}

// allow takes one from the address's allowance, or tells when to come back. An
// IPv6 address stands for its /64: that is what one household is given.
func (t *throttle) allow(address string, now time.Time) error {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil // no address to hold it against
	}
	bits := 32
	if ip = ip.Unmap(); ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	limiter := t.seen[prefix]
	if limiter == nil {
		if len(t.seen) >= t.forget {
			clear(t.seen)
		}
		limiter = rate.NewLimiter(rate.Every(t.every), t.burst)
		t.seen[prefix] = limiter
	}
	if limiter.AllowN(now, 1) {
		return nil
	}
	return &fault.Error{Kind: fault.Limited, Key: t.key, Message: t.message, RetryAfter: t.every}
}
