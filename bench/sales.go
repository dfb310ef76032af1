package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// sales measures orders: one by one beside Gin, at a steady rate, and a batch.
func (b *bench) sales(ctx context.Context, out *bytes.Buffer) error {
	gin, err := b.baseline(ctx)
	if err != nil {
		return err
	}
	defer gin.stop()
	var servers []named
	for _, d := range b.databases() {
		s, err := b.fanfare(ctx, d.server)
		if err != nil {
			return err
		}
		defer s.stop()
		servers = append(servers, named{d.name, s})
	}
	if err := b.single(ctx, out, gin, servers); err != nil {
		return err
	}
	if err := b.steady(ctx, out, servers); err != nil {
		return err
	}
	return b.batch(ctx, out, servers)
}

// named is a server with the name of its database.
type named struct {
	name string
	*server
}

// single sends orders one by one over 64 connections, to each server in turns
// with Gin: what another database still writes would be counted against it.
func (b *bench) single(ctx context.Context, out *bytes.Buffer, gin *server, servers []named) error {
	count := 50_000 / b.scale
	fmt.Fprintf(out, "## Orders, one by one\n\n%d `POST /api/v1/orders` over 64 connections, each answered after it was on disk, the API key checked, each in turns with bare\nGin, which gets the same bytes, binds their JSON and stores nothing. The load generator shares the processors. Median of %d rounds.\n\n", count, rounds)
	fmt.Fprintf(out, "| server | orders a second | Gin's | of Gin's rate | %d orders in | memory after |\n| --- | ---: | ---: | ---: | ---: | ---: |\n", count)
	for _, s := range servers {
		base, rate, err := besideGin(ctx, gin, func(round int) load { return s.orders(count, round*count) })
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(out, "| Fanfare on %s | %.0f | %.0f | %.2f | %.2f s | %.0f MB |\n", s.name, rate, base, rate/base, float64(count)/rate, s.memory("VmRSS"))
	}
	return nil
}

// orders makes a load of orders with numbers from first on.
func (s *server) orders(count, first int) load {
	requests := make([][]byte, count)
	for n := range requests {
		requests[n] = requestBytes("POST", "/api/v1/orders", s.addr, s.key, s.order(first+n))
	}
	return load{addr: s.addr, connections: 64, count: count, want: "201", request: func(n int) []byte { return requests[n] }}
}

var placed = time.Now().UTC().Truncate(time.Second)

func (s *server) order(n int) []byte {
	content, _ := json.Marshal(order{ // plain values can always be encoded
		Store: "mi-hk", OrderID: fmt.Sprint("order-", n), Token: s.token, Kind: "order", Units: 1, Total: 199_900,
		Currency: "HKD", PlacedAt: placed, Customer: fmt.Sprintf("fan%d@example.com", n),
	})
	return content
}

// steady offers orders at 10,000 a second.
func (b *bench) steady(ctx context.Context, out *bytes.Buffer, servers []named) error {
	const perSecond = 10_000
	count := 10 * perSecond / b.scale
	fmt.Fprintf(out, "\n## Orders at a steady rate\n\n%d orders a second offered for %d s whether or not earlier ones are answered, over 256 connections; latency from the instant at\nwhich an order should have left.\n\n| server | p50 | p99 | max |\n| --- | ---: | ---: | ---: |\n", perSecond, count/perSecond)
	for _, s := range servers {
		l := s.orders(count, 10_000_000)
		l.connections = 256
		latencies, err := l.open(ctx, perSecond)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(out, "| Fanfare on %s | %.1f ms | %.1f ms | %.1f ms |\n", s.name, at(latencies, 0.5), at(latencies, 0.99), at(latencies, 1))
	}
	return nil
}

// batch uploads pre-orders in one request.
func (b *bench) batch(ctx context.Context, out *bytes.Buffer, servers []named) error {
	count := 1_300_000 / b.scale
	fmt.Fprintf(out, "\n## Pre-orders in one upload\n\n`POST /api/v1/orders/batch` with %d lines in one request.\n\n| server | seconds | orders a second | most memory |\n| --- | ---: | ---: | ---: |\n", count)
	for _, s := range servers {
		body, lines := io.Pipe()
		go func() {
			w := bufio.NewWriterSize(lines, 1<<16)
			for n := range count {
				_, _ = w.Write(s.order(100_000_000 + n))
				_ = w.WriteByte('\n')
			}
			_ = lines.CloseWithError(w.Flush())
		}()
		var result struct {
			Accepted int
			Rejected []any
		}
		started := time.Now()
		if err := s.call(ctx, "POST", "/api/v1/orders/batch", body, &result); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		took := time.Since(started).Seconds()
		if result.Accepted != count {
			return fmt.Errorf("%s: %d of %d lines accepted", s.name, result.Accepted, count)
		}
		fmt.Fprintf(out, "| Fanfare on %s | %.1f | %.0f | %.0f MB |\n", s.name, took, float64(count)/took, s.memory("VmHWM"))
	}
	return nil
}
