package web

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fanfare/fault"
)

// failures keeps what fails by the thousand, as all orders do while the disk is
// full, from filling the log too: of each route and status it lets through five
// lines at once and then one a second, which tells how many were left out.
type failures struct {
	mu   sync.Mutex
	seen map[failure]*failureCount
}

type failure struct {
	route  string // with its method, as it was registered
	status int
}

type failureCount struct {
	rate    *rate.Limiter
	leftOut int
}

func newFailures() *failures { return &failures{seen: map[failure]*failureCount{}} }

// admit tells whether a line is to be written, and how many were left out
// before it.
func (l *failures) admit(f failure, now time.Time) (leftOut int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := l.seen[f]
	if count == nil {
		count = &failureCount{rate: rate.NewLimiter(1, 5)}
		l.seen[f] = count
	}
	if !count.rate.AllowN(now, 1) {
		count.leftOut++
		return 0, false
	}
	leftOut, count.leftOut = count.leftOut, 0
	return leftOut, true
}

// logFault logs what an operator should see: never what a caller did wrong,
// which would let strangers fill the disk.
func (s *Server) logFault(method, route string, status int, f *fault.Error) {
	if status < 500 {
		return
	}
	leftOut, ok := s.failures.admit(failure{fmt.Sprint(method, " ", route), status}, s.Now())
	if !ok {
		return
	}
	line := []any{"method", method, "route", route, "status", status, "err", f.Error()}
	if leftOut > 0 {
		line = append(line, "left_out", leftOut)
	}
	s.Logger.Error("request failed", line...)
}
