package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// writeHead tells of the machine.
func writeHead(out *bytes.Buffer, scale int) {
	fmt.Fprintf(out, "# Benchmarks\n\nWritten by `make bench` on %s: %d processors (%s), %s of memory, %s %s/%s.\n",
		time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), model(), memory(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	out.WriteString("Databases are durable: SQLite in WAL with synchronous=FULL, PostgreSQL with fsync. Compare ratios and orders of magnitude; the\nfigures of another machine are others.\n\n")
	if scale > 1 {
		fmt.Fprintf(out, "**A tenth of everything, only to see that it works: these figures mean nothing.**\n\n")
	}
}

func model() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "model name"); found {
			return strings.TrimSpace(strings.TrimLeft(value, "\t: "))
		}
	}
	return "of unknown model"
}

func memory() string {
	text, _ := os.ReadFile("/proc/meminfo")
	var kilobytes int
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kilobytes); err != nil {
		return "unknown size"
	}
	return fmt.Sprintf("%.0f GiB", float64(kilobytes)/(1<<20))
}

// reports measures the campaign report.
func (b *bench) reports(ctx context.Context, out *bytes.Buffer) error {
	results, err := goBench(ctx, "./campaigns/reports", "Report$", "20x")
	if err != nil {
		return err
	}
	out.WriteString("\n## Report\n\nA campaign's report on what 5,000,000 orders and 50,000,000 clicks leave behind in the rollups.\n\n| report | milliseconds |\n| --- | ---: |\n")
	for _, r := range results {
		fmt.Fprintf(out, "| %s | %.1f |\n", r.name, r.values["ns/op"]/1e6)
	}
	return nil
}

// lateness measures how late posts go out that are due at one instant.
func (b *bench) lateness(ctx context.Context, out *bytes.Buffer) error {
	out.WriteString("\n## Posts due at one instant\n\nHow much later than their instant the calls to the network began, with a network that answers at once; and, over HTTP to 500\naccounts on both sandbox networks, which share the machine, when the networks took them. There half of the posts are due in four\nsteps within 200 ms after the others: so many were `sent out of order`, written to their connection after one that was due later;\n`overtaken` were taken by the network after one that was due later, at most so much `behind` it.\n\n| what | first | p50 | p99 | max | sent out of order | overtaken | behind |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, suite := range []struct{ pkg, bench string }{{"./campaigns", "Due$"}, {"./app", "DueOverHTTP"}} {
		results, err := goBench(ctx, suite.pkg, suite.bench, "1x")
		if err != nil {
			return err
		}
		for _, r := range results {
			fmt.Fprintf(out, "| %s | %.0f ms | %.0f ms | %.0f ms | %.0f ms |", r.name, r.values["first-ms"], r.values["p50-ms"], r.values["p99-ms"], r.values["max-ms"])
			if _, ordered := r.values["overtaken-%"]; ordered {
				fmt.Fprintf(out, " %.1f %% | %.1f %% | %.0f ms |\n", r.values["sent-overtaken-%"], r.values["overtaken-%"], r.values["behind-ms"])
			} else {
				out.WriteString(" | | |\n")
			}
		}
	}
	return nil
}

// wakes measures whether posts that lie ahead make those dear that are due.
func (b *bench) wakes(ctx context.Context, out *bytes.Buffer) error {
	results, err := goBench(ctx, "./campaigns", "Wake$", "1x")
	if err != nil {
		return err
	}
	out.WriteString("\n## Posts in the future\n\nWhat it takes to wake 1,000 deliveries that are due, with no post in the future and with 1,000,000: the job engine's look for\nwhat is due, the fetch by its workers, its upkeep, the sweep, the claim and the release. Medians of 5 rounds, in milliseconds.\n\n| what | look | fetch | upkeep | sweep | claim | release | all | ratio |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	alone := 1.0
	for _, r := range results {
		all := r.values["all-ms"]
		if strings.HasSuffix(r.name, "/0") {
			alone = all
		}
		fmt.Fprintf(out, "| %s |", r.name)
		for _, step := range []string{"schedule", "fetch", "upkeep", "sweep", "claim", "release", "all"} {
			fmt.Fprintf(out, " %.1f |", r.values[step+"-ms"])
		}
		fmt.Fprintf(out, " %.2f |\n", all/alone)
	}
	return nil
}

type result struct {
	name   string
	values map[string]float64 // by unit
}

var (
	benchLine  = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	benchValue = regexp.MustCompile(`([0-9.e+]+) (\S+)`)
)

// goBench runs benchmarks of a package and reads their figures.
func goBench(ctx context.Context, pkg, name, times string) ([]result, error) {
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", name, "-benchtime", times, "-timeout", "30m", pkg)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	var results []result
	for _, line := range benchLine.FindAllStringSubmatch(string(text), -1) {
		r := result{name: line[1], values: make(map[string]float64)}
		for _, pair := range benchValue.FindAllStringSubmatch(line[2], -1) {
			var value float64
			if _, err := fmt.Sscan(pair[1], &value); err != nil {
				return nil, err
			}
			r.values[pair[2]] = value
		}
		results = append(results, r)
	}
	return results, nil
}
