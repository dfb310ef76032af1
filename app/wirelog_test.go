package app

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"fanfare/connectors"
)

// wireLog notes the posts that leave this machine, in the order in which they
// are written to their connections.
type wireLog struct {
	mu   sync.Mutex
	sent map[string][]wireRequest // by the host that they go to
}

type wireRequest struct {
	text string // the beginning
	at   time.Time
}

func newWireLog() *wireLog { return &wireLog{sent: make(map[string][]wireRequest)} }

// transport gives the networks' own transport, listened to.
func (l *wireLog) transport() *http.Transport {
	t := connectors.NewTransport()
	dial := t.DialContext
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return wireConn{conn, l, address}, nil
	}
	return t
}

// requests gives what went to the address.
func (l *wireLog) requests(url string) []wireRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent[strings.TrimPrefix(url, "http://")]
}

// wireConn is a connection of plain HTTP/1.1. A request as small as a post's
// is one write.
type wireConn struct {
	net.Conn
	log *wireLog
	to  string
}

// numbered is where the text of a benchmark's post begins, in JSON or in a form.
var numbered = regexp.MustCompile(`Number(?: |\+)(\d+)(?::|%3A)`)

func (c wireConn) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("POST /2/tweets ")) || bytes.HasPrefix(b, []byte("POST /2/statuses/share.json ")) {
		if found := numbered.FindSubmatch(b); found != nil {
			c.log.mu.Lock()
			c.log.sent[c.to] = append(c.log.sent[c.to], wireRequest{"Number " + string(found[1]) + ":", time.Now()})
			c.log.mu.Unlock()
		}
	}
	return c.Conn.Write(b)
}
