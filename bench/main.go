// Command bench measures Fanfare on the machine at hand, as its users meet it:
// the program as it is released, in a process of its own, over HTTP, on
// durable databases, with the load beside it on the same processors. Where a
// figure says little by itself, a bare Gin server doing the least that could be
// called the same is measured in turns with it. It writes docs/benchmarks.md.
//
//	make bench
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "baseline" {
		log.Fatal(serveBaseline(os.Args[2]))
	}
	out := flag.String("out", "docs/benchmarks.md", "where to write the figures")
	small := flag.Bool("small", false, "a tenth of everything, to see whether it works")
	only := flag.String("only", "", "one part alone, to standard output: orders, drop, clicks, reports, posts or wakes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *only, *small); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out, only string, small bool) error {
	folder, err := os.MkdirTemp("", "fanfare-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	b := &bench{folder: folder, scale: 1}
	if small {
		b.scale = 10
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	var text bytes.Buffer
	writeHead(&text, b.scale)
	for _, part := range []struct {
		name string
		run  func(context.Context, *bytes.Buffer) error
	}{
		{"orders", b.sales}, {"drop", b.drops}, {"clicks", b.redirects}, {"reports", b.reports}, {"posts", b.lateness}, {"wakes", b.wakes},
	} {
		if only != "" && only != part.name {
			continue
		}
		if err := part.run(ctx, &text); err != nil {
			return err
		}
	}
	fmt.Print(text.String())
	if only != "" {
		return nil
	}
	return os.WriteFile(out, text.Bytes(), 0o644)
}

// bench is one run.
type bench struct {
	folder  string
	scale   int // by which everything is smaller
	program string
	self    string
}

// build makes the program as `make build` does.
func (b *bench) build(ctx context.Context) error {
	b.program = filepath.Join(b.folder, "fanfare")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	self, err := os.Executable()
	b.self = self
	return err
}

// database is what a server is measured on.
type database struct{ name, server string } // server is "" for SQLite

// databases gives SQLite, and PostgreSQL where a server is named: last, for it
// still writes when it is asked nothing more.
func (b *bench) databases() []database {
	all := []database{{"SQLite", ""}}
	if server := os.Getenv("FANFARE_TEST_POSTGRES"); server != "" {
		all = append(all, database{"PostgreSQL", server})
	}
	return all
}
