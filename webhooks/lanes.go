package webhooks

import (
	"math/rand/v2"
	"sync"
	"time"
)

// maxAtOnce is how many requests an endpoint has at once, of one process. All
// endpoints together leave workers of the queue over, so that one that hangs,
// whatever waits for it, keeps nobody else's messages.
const maxAtOnce = 4

// How long a message stands back when its endpoint is busy. An endpoint that
// last gave no answer keeps each request for long, so that looking sooner would
// only cost.
const (
	standBack       = 5 * time.Second
	standBackSilent = 30 * time.Second
)

// lanes counts the requests that are under way, by endpoint.
type lanes struct {
	mu  sync.Mutex
	all map[int64]*lane
}

type lane struct {
	busy   int
	silent bool // the last request had no answer
}

// enter takes a place for a request. Without one it gives how long to stand
// back: not all for as long, or they would come back together.
func (l *lanes) enter(endpoint int64) (back time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make(map[int64]*lane)
	}
	one := l.all[endpoint]
	if one == nil {
		one = &lane{}
		l.all[endpoint] = one
	}
	if one.busy < maxAtOnce {
		one.busy++
		return 0, true
	}
	back = standBack
	if one.silent {
		back = standBackSilent
	}
	return back + rand.N(back), false
}

// leave gives the place back.
func (l *lanes) leave(endpoint int64, silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.all[endpoint]
	one.busy--
	one.silent = silent
	if one.busy == 0 && !silent {
		delete(l.all, endpoint)
	}
}

// forget drops an endpoint that is gone, unless a request to it is under way.
func (l *lanes) forget(endpoint int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.all[endpoint]; one != nil && one.busy == 0 {
		delete(l.all, endpoint)
	}
}
