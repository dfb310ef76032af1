package main

import (
	"bytes"
	"context"
	"fmt"
)

// redirects measures clicks beside Gin.
func (b *bench) redirects(ctx context.Context, out *bytes.Buffer) error {
	gin, err := b.baseline(ctx)
	if err != nil {
		return err
	}
	defer gin.stop()
	s, err := b.fanfare(ctx, "")
	if err != nil {
		return err
	}
	defer s.stop()
	count := 100_000 / b.scale
	request := requestBytes("GET", "/r/"+s.token, s.addr, "", nil)
	clicks := load{addr: s.addr, connections: 64, count: count, want: "302", request: func(int) []byte { return request }}
	base, rate, err := besideGin(ctx, gin, func(int) load { return clicks })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n## Clicks\n\n%d `GET /r/{token}` over 64 connections, each click recorded, beside a bare redirect of Gin. Median of %d rounds in turns.\n\n", count, rounds)
	fmt.Fprintf(out, "| server | clicks a second | of Gin's rate |\n| --- | ---: | ---: |\n| bare Gin | %.0f | 1 |\n| Fanfare on SQLite | %.0f | %.2f |\n", base, rate, rate/base)
	return b.lostClicks(ctx, out)
}
