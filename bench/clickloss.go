package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// lostClicks measures how far back the clicks are gone when the program is killed.
func (b *bench) lostClicks(ctx context.Context, out *bytes.Buffer) error {
	kills := max(2, 20/b.scale)
	fmt.Fprintf(out, "\nThe program killed with SIGKILL while 4 connections follow a link without a pause, %d times: so long before the kill were\nthe earliest of the clicks answered that are not counted afterwards.\n\n| database | median | longest |\n| --- | ---: | ---: |\n", kills)
	for _, d := range b.databases() {
		s, err := b.fanfare(ctx, d.server)
		if err != nil {
			return err
		}
		var lost []time.Duration
		for n := range kills {
			// Kills come at every moment between two flushes.
			span, err := s.clicksLost(ctx, time.Second+time.Duration(n)*7*time.Millisecond)
			if err != nil {
				return err
			}
			lost = append(lost, span)
		}
		s.stop()
		slices.Sort(lost)
		fmt.Fprintf(out, "| %s | %.0f ms | %.0f ms |\n", d.name, at(lost, 0.5), at(lost, 1))
	}
	return nil
}

// clicksLost follows the link for a while, kills the program, starts it anew and
// gives the time from the first click that is gone to the kill.
func (s *server) clicksLost(ctx context.Context, after time.Duration) (time.Duration, error) {
	before, err := s.clicks(ctx)
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex
	var answered []time.Time
	clicking := make(chan error, 1)
	go func() {
		request := requestBytes("GET", "/r/"+s.token, s.addr, "", nil)
		clicking <- load{addr: s.addr, connections: 4}.each(ctx, func(c *client) error {
			for c.send(request, "302") == nil {
				mu.Lock()
				answered = append(answered, time.Now())
				mu.Unlock()
			}
			return nil // it is dead
		})
	}()
	time.Sleep(after)
	killed := time.Now()
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	if err := <-clicking; err != nil {
		return 0, err
	}
	if err := s.restart(ctx); err != nil {
		return 0, err
	}
	counted, err := s.clicks(ctx)
	if counted -= before; err != nil || counted >= len(answered) {
		return 0, err
	}
	return killed.Sub(answered[counted]), nil
}

// restart starts the program again as it was.
func (s *server) restart(ctx context.Context) error {
	again := exec.CommandContext(ctx, s.process.Path, s.process.Args[1:]...)
	again.Env = s.process.Env
	fresh, err := start(ctx, s.addr, again)
	if err == nil {
		s.process = fresh.process
	}
	return err
}

// clicks gives how many clicks the campaign has.
func (s *server) clicks(ctx context.Context) (int, error) {
	var report struct{ Clicks int }
	err := s.call(ctx, http.MethodGet, "/api/v1/campaigns/1/report", nil, &report)
	return report.Clicks, err
}
