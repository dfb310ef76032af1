package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load sends requests that are bytes already, over connections that stay open:
// a client that costs as little as can be, for it runs beside what it measures.
type load struct {
	addr        string
	connections int
	count       int
	want        string // status of a good answer, such as "201"
	request     func(n int) []byte
}

// closed sends each connection's next request when the last is answered, and
// gives requests a second.
func (l load) closed(ctx context.Context) (perSecond float64, err error) {
	var next atomic.Int64
	started := time.Now()
	err = l.each(ctx, func(c *client) error {
		for n := int(next.Add(1)) - 1; n < l.count && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
			if err := c.send(l.request(n), l.want); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	return float64(l.count) / time.Since(started).Seconds(), err
}

// open offers requests at a rate, whether or not the earlier ones are answered,
// and gives how long each took from the instant it should have left: one that
// had to wait for a connection is not forgiven (no coordinated omission).
func (l load) open(ctx context.Context, perSecond int) (latencies []time.Duration, err error) {
	var next atomic.Int64
	latencies = make([]time.Duration, l.count)
	started := time.Now().Add(100 * time.Millisecond)
	err = l.each(ctx, func(c *client) error {
		for n := int(next.Add(1)) - 1; n < l.count && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
			planned := started.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
			time.Sleep(time.Until(planned))
			if err := c.send(l.request(n), l.want); err != nil {
				return err
			}
			latencies[n] = time.Since(planned)
		}
		return ctx.Err()
	})
	slices.Sort(latencies)
	return latencies, err
}

func (l load) each(ctx context.Context, f func(c *client) error) error {
	errs := make([]error, l.connections)
	var all sync.WaitGroup
	for i := range l.connections {
		c, err := dial(ctx, l.addr)
		if err != nil {
			return err
		}
		all.Go(func() {
			defer c.Close()
			errs[i] = f(c)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// client is one connection.
type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(ctx context.Context, addr string) (*client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReader(conn)}, nil
}

// send sends one request and reads its answer, which must have the status.
func (c *client) send(request []byte, want string) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	got := string(status)
	length := 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, _ := strings.Cut(string(line), ":"); strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return err
	}
	if !strings.HasPrefix(got, "HTTP/1.1 "+want+" ") {
		return fmt.Errorf("answer %s %s", strings.TrimSpace(got), body)
	}
	return nil
}

func requestBytes(method, path, host, key string, body []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)\r\n", method, path, host)
	if key != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", key)
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return []byte(b.String())
}

// at gives a quantile of sorted durations in milliseconds.
func at(sorted []time.Duration, quantile float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(quantile*float64(len(sorted)-1))]) / float64(time.Millisecond)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
