package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	dropViewers = 20
	dropRate    = 20_000 // orders a second
)

// drops measures the live page: the same orders without viewers and with them,
// once uploaded at a steady rate, once one by one as fast as they are taken.
func (b *bench) drops(ctx context.Context, out *bytes.Buffer) error {
	seconds := max(3, 20/b.scale)
	fmt.Fprintf(out, "\n## The drop, live\n\n%d viewers of `/campaigns/1/drop/events` for %d s, while orders come; and the same without viewers, for what these cost. The\nprocessor time is the program's own. A viewer sees figures every second: the longest time between two that had moved.\n\n", dropViewers, seconds)
	out.WriteString("| server, orders | orders a second | figures moved | longest between two | a viewer costs |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, d := range b.databases() {
		s, err := b.fanfare(ctx, d.server)
		if err != nil {
			return err
		}
		err = s.drop(ctx, out, d.name, seconds)
		s.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	return nil
}

func (s *server) drop(ctx context.Context, out *bytes.Buffer, name string, seconds int) error {
	next := 0 // numbers of orders
	count := dropRate * seconds
	for _, load := range []struct {
		what string
		run  func(ctx context.Context, first int) error
	}{
		{fmt.Sprintf("%d a second in one upload", dropRate), func(ctx context.Context, first int) error { return s.offer(ctx, first, count) }},
		{"one by one over 64 connections", func(ctx context.Context, first int) error {
			_, err := s.orders(count/4, first).closed(ctx)
			return err
		}},
	} {
		measure := func() (spent, took time.Duration, err error) {
			cpu, started := s.processorTime(), time.Now()
			err = load.run(ctx, next)
			next += count
			return s.processorTime() - cpu, time.Since(started), err
		}
		alone, tookAlone, err := measure()
		if err != nil {
			return err
		}
		before, err := s.reported(ctx)
		if err != nil {
			return err
		}
		watched, err := s.watch(ctx)
		if err != nil {
			return err
		}
		spent, took, err := measure()
		seen := watched()
		if err != nil {
			return err
		}
		after, err := s.reported(ctx)
		if err != nil {
			return err
		}
		// What the same orders cost is taken off, whether or not they took as long.
		cost := 100 * (spent - alone).Seconds() / took.Seconds() / dropViewers
		told := fmt.Sprintf("%.1f", cost)
		if cost < 0.1 { // or what chance adds and takes away
			told = "under 0.1"
		}
		fmt.Fprintf(out, "| %s, %s | %.0f | %d times | %.1f s | %s %% of a core |\n", name, load.what,
			float64(after-before)/took.Seconds(), seen.moved, seen.longest.Seconds(), told)
		fmt.Fprintf(os.Stderr, "%s, %s: %v of processor time in %v without viewers, %v in %v with them\n", name, load.what, alone, tookAlone, spent, took)
	}
	return nil
}

// offer uploads orders in one request, at dropRate.
func (s *server) offer(ctx context.Context, first, count int) error {
	const each = dropRate / 100
	body, lines := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(lines, 1<<16)
		started := time.Now()
		for n := 0; n < count && ctx.Err() == nil; n++ {
			if n%each == 0 {
				_ = w.Flush()
				time.Sleep(time.Until(started.Add(time.Duration(n) * time.Second / dropRate)))
			}
			_, _ = w.Write(s.order(first + n))
			_ = w.WriteByte('\n')
		}
		_ = lines.CloseWithError(w.Flush())
	}()
	var result struct{ Accepted int }
	if err := s.call(ctx, "POST", "/api/v1/orders/batch", body, &result); err != nil {
		return err
	}
	if result.Accepted != count {
		return fmt.Errorf("%d of %d lines accepted", result.Accepted, count)
	}
	return nil
}

// reported gives the orders in the campaign's report.
func (s *server) reported(ctx context.Context) (int64, error) {
	var report struct{ Orders int64 }
	err := s.call(ctx, "GET", "/api/v1/campaigns/1/report", nil, &report)
	return report.Orders, err
}

// processorTime is what the process has used, to a hundredth of a second:
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func (s *server) processorTime() time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	_, rest, _ := strings.Cut(string(stat), ") ") // a name may hold anything
	fields := strings.Fields(rest)
	var ticks int
	for _, at := range []int{11, 12} { // utime and stime
		if at < len(fields) {
			n, _ := strconv.Atoi(fields[at])
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// sight is what a viewer saw of figures that had moved.
type sight struct {
	moved   int
	longest time.Duration // between two
}

// worse gives what the less lucky of two viewers saw.
func (a sight) worse(b sight) sight {
	return sight{min(a.moved, b.moved), max(a.longest, b.longest)}
}

// watch opens the streams of all viewers. The function it returns closes them
// and gives what the least lucky one saw.
func (s *server) watch(ctx context.Context) (ended func() sight, err error) {
	streams := make([]*client, 0, dropViewers)
	sights := make([]sight, dropViewers)
	var all sync.WaitGroup
	ended = func() sight {
		for _, c := range streams {
			_ = c.Close()
		}
		all.Wait()
		worst := sights[0]
		for _, one := range sights {
			worst = worst.worse(one)
		}
		return worst
	}
	for i := range dropViewers {
		c, err := dial(ctx, s.addr)
		if err == nil {
			streams = append(streams, c)
			_, err = c.Write(requestBytes("GET", "/campaigns/1/drop/events", s.addr, s.key, nil))
		}
		if err != nil {
			ended()
			return nil, err
		}
		all.Go(func() { sights[i] = look(c) })
	}
	return ended, nil
}

// shown is the orders by network, as the page shows them.
var shown = regexp.MustCompile(`X</span><b>([0-9,]+)</b>`)

// look reads a stream to its end.
func look(c *client) (seen sight) {
	lines := bufio.NewScanner(c.in)
	last, at := "", time.Now()
	for lines.Scan() {
		found := shown.FindSubmatch(lines.Bytes())
		if found == nil || string(found[1]) == last {
			continue
		}
		now := time.Now()
		if last != "" {
			seen.moved++
			seen.longest = max(seen.longest, now.Sub(at))
		}
		last, at = string(found[1]), now
	}
	return seen
}
