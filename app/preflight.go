package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
)

// clockWarning is how far clocks may be apart before a campaign: it posts on
// the second.
const clockWarning = time.Second

// machine tells pre-flights how the database, the disk and the clocks are that
// these accounts use.
func (a *App) machine(ctx context.Context, social []accounts.NetworkAccount) []campaigns.Finding {
	looks := []func() []campaigns.Finding{
		func() []campaigns.Finding { return a.databaseFindings(ctx) },
		a.diskFindings,
		func() []campaigns.Finding { return a.loopbackFindings(social) },
	}
	for _, network := range []struct{ name, label, address string }{
		{connectors.Twitter, "X", a.XURL}, {connectors.Weibo, "Weibo", a.WeiboURL},
	} {
		if slices.ContainsFunc(social, func(account accounts.NetworkAccount) bool { return account.Network == network.name }) {
			looks = append(looks, func() []campaigns.Finding { return a.networkClockFindings(ctx, network.label, network.address) })
		}
	}
	found := make([][]campaigns.Finding, len(looks))
	var group errgroup.Group
	for i, look := range looks {
		group.Go(func() error {
			found[i] = look()
			return nil
		})
	}
	_ = group.Wait() // looks return findings, never errors
	return slices.Concat(found...)
}

func (a *App) databaseFindings(ctx context.Context) []campaigns.Finding {
	if err := a.DB.Ping(ctx); err != nil {
		return []campaigns.Finding{campaigns.MachineFinding("database_bad", "", map[string]any{"Reason": explained(err)})}
	}
	findings := []campaigns.Finding{campaigns.MachineFinding("database_ok", "", nil)}
	if a.DB.Dialect() == storage.SQLite {
		return findings // its clock is this machine's
	}
	asked := a.Clock.Now()
	at, err := a.DB.ServerTime(ctx)
	if err != nil {
		return append(findings, campaigns.MachineFinding("clock_unknown", "PostgreSQL", nil))
	}
	return append(findings, clockFinding("PostgreSQL", apart(asked, a.Clock.Now(), at, at)))
}

func (a *App) networkClockFindings(ctx context.Context, label, address string) []campaigns.Finding {
	asked := a.Clock.Now()
	date, err := dateOf(ctx, address)
	if err != nil {
		return []campaigns.Finding{campaigns.MachineFinding("clock_unknown", label, nil)}
	}
	return []campaigns.Finding{clockFinding(label, apart(asked, a.Clock.Now(), date, date.Add(time.Second)))}
}

// clockFinding judges how far this machine is ahead of another clock.
func clockFinding(about string, ahead time.Duration) campaigns.Finding {
	code := "clock_ok"
	switch {
	case ahead > clockWarning:
		code = "clock_ahead"
	case ahead < -clockWarning:
		code = "clock_behind"
	}
	return campaigns.MachineFinding(code, about, map[string]any{"By": ahead.Abs()})
}

func (a *App) diskFindings() []campaigns.Finding {
	path, isSQLite := storage.SQLitePath(a.Database)
	if !isSQLite {
		return nil // the database's disk is another machine's
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil // the database has said so
	}
	free, err := freeDisk(filepath.Dir(path))
	if err != nil {
		return nil
	}
	return []campaigns.Finding{diskFinding(free, info.Size())}
}

func diskFinding(free, database int64) campaigns.Finding {
	code := "disk_ok"
	switch {
	case free < diskFail:
		code = "disk_full"
	case free < diskWarn, free < database:
		code = "disk_tight"
	}
	return campaigns.MachineFinding(code, "", map[string]any{"Free": free >> 20, "Size": database >> 20})
}

// loopbackFindings names the hosts of links that would lead readers of a real
// network to their own machines.
func (a *App) loopbackFindings(social []accounts.NetworkAccount) (findings []campaigns.Finding) {
	for _, account := range social {
		base := account.LinkBaseURL
		if base == "" {
			base = a.PublicURL
		}
		if a.isPublic(account.Network) && isLoopback(hostnameOf(base)) {
			findings = append(findings, campaigns.MachineFinding("link_loopback", account.Handle, map[string]any{"Host": hostOf(base)}))
		}
	}
	return findings
}

// preflight is `fanfare check --campaign ID`.
func (c *CheckCommand) preflight(ctx context.Context, config *Config) error {
	return withExisting(ctx, config, func(a *App) error {
		campaign, err := a.Campaigns.Campaign(ctx, c.Campaign)
		if err != nil {
			return err
		}
		p, err := a.Campaigns.Preflight(ctx, c.Campaign)
		if err != nil {
			return err
		}
		if c.JSON {
			err = json.NewEncoder(os.Stdout).Encode(p)
		} else {
			_, err = fmt.Print(preflightText(campaign, p))
		}
		if err == nil && !p.Ready {
			err = fault.New(fault.Unavailable, "", preflightSentence(p))
		}
		return err
	})
}

func preflightText(campaign campaigns.Campaign, p campaigns.Preflight) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", campaign.Name, preflightSentence(p))
	group := ""
	for _, f := range p.Findings {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "\n%s%s\n", strings.ToUpper(group[:1]), group[1:])
		}
		about := f.About
		if about != "" {
			about += ": "
		}
		fmt.Fprintf(&b, "  %-7s  %s%s\n", f.Verdict, about, strings.TrimSpace(f.Found+" "+f.ToDo))
	}
	return b.String()
}

func preflightSentence(p campaigns.Preflight) string {
	things := func(n int) string {
		if n == 1 {
			return "1 thing"
		}
		return fmt.Sprintf("%d things", n)
	}
	switch {
	case p.Ready && p.Warnings == 0:
		return "Ready."
	case p.Ready:
		return "Ready, with " + things(p.Warnings) + " to look at."
	case p.FirstDueAt == nil:
		return things(p.Problems) + " to mend."
	}
	return things(p.Problems) + " to mend before " + p.FirstDueAt.UTC().Format("Mon 2 Jan 15:04 MST") + "."
}

// withExisting opens a service that has been set up already, serving or not,
// for a command that only looks: it makes no database, no key, no schema.
func withExisting(ctx context.Context, config *Config, do func(*App) error) error {
	c, err := config.withDefaults()
	if err != nil {
		return err
	}
	if path, isSQLite := storage.SQLitePath(c.Database); isSQLite {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, "", path+" is not there. Is --data the folder of the service?")
		}
	}
	if _, err := readSecret(c.Data); err != nil {
		return err
	}
	db, err := storage.Open(ctx, storage.Config{URL: c.Database, Clock: c.Clock})
	if err != nil {
		return err
	}
	schema, err := db.Schema(ctx)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if !schema.UpToDate() {
		return fault.New(fault.Conflict, "", "The database's schema is not this version's. `fanfare check` tells more.")
	}
	return with(ctx, config, do)
}
