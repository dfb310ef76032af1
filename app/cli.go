package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"fanfare/accounts"
	"fanfare/community"
	"fanfare/fault"
)

// CLI is the command line: its fields are the commands, and their fields the
// flags. Each Run does one command.
type CLI struct {
	Config

	Serve   ServeCommand   `cmd:"" help:"Serve the web UI, the forum, redirects, the API and jobs."`
	Demo    DemoCommand    `cmd:"" help:"Tell the story of a drop, end to end, in a folder of its own."`
	Sandbox SandboxCommand `cmd:"" help:"Run the two local networks alone, to rehearse against."`
	Person  struct {
		Create   PersonCreateCommand   `cmd:"" help:"Make a person; prints the id."`
		Password PersonPasswordCommand `cmd:"" help:"Give a person another password, and end their sessions."`
	} `cmd:"" help:"People."`
	Apikey struct {
		Create KeyCreateCommand `cmd:"" help:"Make an API key; prints it, once."`
	} `cmd:"" help:"API keys."`
	Import ImportCommands `cmd:"" help:"Ideas and votes from elsewhere."`
	Export struct {
		Ideas ExportIdeasCommand `cmd:"" help:"Export the ranking of ideas."`
	} `cmd:"" help:"Exports."`
	Reconcile ReconcileCommand `cmd:"" help:"Compare a store's own export with the orders that are here; exit status 1 if anything differs."`
	Backup    BackupCommand    `cmd:"" help:"Copy database and secret key into a file, while it serves or not."`
	Restore   RestoreCommand   `cmd:"" help:"Put a backup in place."`
	Check     CheckCommand     `cmd:"" help:"Examine configuration, database, accounts and clocks, while it serves or not; exit status 1 if anything fails."`
	Rehearse  RehearseCommand  `cmd:"" help:"Run a campaign against sandbox networks on a faster clock; nothing of it is real."`
	Migrate   MigrateCommand   `cmd:"" help:"Bring the database's schema up to date."`
	Version   VersionCommand   `cmd:"" help:"Print the version."`
}

// ServeCommand is `fanfare serve`.
type ServeCommand struct {
	Role Role `help:"What this process does: ${enum}." enum:"all,web,worker" default:"all"`
}

// Run implements the command.
func (s *ServeCommand) Run(ctx context.Context, config *Config) error {
	return with(ctx, config, func(a *App) error {
		a.tuneRuntime()
		return a.Run(ctx, s.Role, nil)
	})
}

// with opens the service for one command and closes it after.
func with(ctx context.Context, config *Config, do func(*App) error) error {
	a, err := Open(ctx, *config)
	if err != nil {
		return err
	}
	err = do(a)
	if closing := a.Close(context.WithoutCancel(ctx)); err == nil {
		err = closing
	}
	return err
}

// PersonCreateCommand is `fanfare person create`.
type PersonCreateCommand struct {
	Email         string        `required:"" help:"Email, to sign in with."`
	Name          string        `help:"Name; the part of the email before the @ when empty."`
	PasswordStdin bool          `help:"Read the password from standard input's first line. Without it the person cannot sign in."`
	Role          accounts.Role `required:"" enum:"admin,marketing,product,moderator,fan" help:"What the person may do: ${enum}."`
	Locale        string        `default:"en" help:"Language: en, zh-Hans, zh-Hant or de."`
	TimeZone      string        `default:"UTC" help:"IANA time zone, such as Asia/Hong_Kong."`
}

// Run implements the command.
func (p *PersonCreateCommand) Run(ctx context.Context, config *Config) error {
	draft := accounts.PersonDraft{Email: p.Email, Name: p.Name, Role: p.Role, Locale: p.Locale, TimeZone: p.TimeZone}
	if draft.Name == "" {
		draft.Name, _, _ = strings.Cut(p.Email, "@")
	}
	if p.PasswordStdin {
		var err error
		if draft.Password, err = passwordFromStdin(); err != nil {
			return err
		}
	}
	return with(ctx, config, func(a *App) error {
		person, err := a.Accounts.CreatePerson(ctx, accounts.System(), draft)
		if err != nil {
			return err
		}
		_, err = fmt.Println(person.ID)
		return err
	})
}

// PersonPasswordCommand is `fanfare person password`, for who is locked out.
type PersonPasswordCommand struct {
	Email         string `required:"" help:"Email that the person signs in with."`
	PasswordStdin bool   `required:"" help:"Read the password from standard input's first line."`
	Unblock       bool   `help:"Let the person in again if they are blocked."`
}

// Run implements the command, while it serves or not.
func (p *PersonPasswordCommand) Run(ctx context.Context, config *Config) error {
	password, err := passwordFromStdin()
	if err != nil {
		return err
	}
	return with(ctx, config, func(a *App) error {
		_, err := a.Accounts.SetPassword(ctx, accounts.System(), p.Email, password, p.Unblock)
		if fault.Is(err, fault.Conflict) {
			return fault.New(fault.Conflict, "", p.Email+" is blocked. --unblock lets them in again.")
		}
		return err
	})
}

func passwordFromStdin() (string, error) {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fault.Wrap(err, "read the password")
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", fault.New(fault.Invalid, "", "Standard input holds no password.")
	}
	return password, nil
}

// KeyCreateCommand is `fanfare apikey create`.
type KeyCreateCommand struct {
	Name  string           `required:"" help:"What the key is for."`
	Role  accounts.Role    `required:"" enum:"admin,marketing,product,moderator,fan" help:"What the key may do: ${enum}."`
	Scope []accounts.Scope `help:"Confine it to a part of the API: orders, reports, campaigns, posts, ideas; may be given more than once." placeholder:"SCOPE"`
	Store string           `help:"The one store whose orders it may send: it has the scope orders then, and no other." placeholder:"STORE"`
	Rate  int              `help:"Requests a second; 0 is as many as come." placeholder:"N"`
}

// Run implements the command.
func (k *KeyCreateCommand) Run(ctx context.Context, config *Config) error {
	return with(ctx, config, func(a *App) error {
		_, key, err := a.Accounts.CreateKeyWith(ctx, accounts.System(), accounts.KeyDraft{
			Name: k.Name, Role: k.Role, Scopes: k.Scope, Store: k.Store, Rate: k.Rate,
		})
		if err != nil {
			return err
		}
		_, err = fmt.Println(key)
		return err
	})
}

// ExportIdeasCommand is `fanfare export ideas`.
type ExportIdeasCommand struct {
	Format string         `required:"" enum:"csv,xlsx,json" help:"One of ${enum}."`
	Sort   community.Sort `default:"top" help:"Which ranking: top, trending, rate, recent, discussed, fider."`
	Out    string         `help:"File to write; standard output when empty." placeholder:"FILE" type:"path"`
}

// Run implements the command. The file appears whole or not at all.
func (e *ExportIdeasCommand) Run(ctx context.Context, config *Config) error {
	return with(ctx, config, func(a *App) error {
		options := community.ExportOptions{Format: e.Format, Sort: e.Sort}
		if e.Out == "" {
			_, err := a.Community.Export(ctx, os.Stdout, options)
			return err
		}
		file, err := os.CreateTemp(filepath.Dir(e.Out), ".fanfare-export-")
		if err != nil {
			return unusable(e.Out, err)
		}
		defer os.Remove(file.Name())
		if _, err := a.Community.Export(ctx, file, options); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return unusable(e.Out, err)
		}
		if err := os.Rename(file.Name(), e.Out); err != nil {
			return unusable(e.Out, err)
		}
		return nil
	})
}

// MigrateCommand is `fanfare migrate`.
type MigrateCommand struct{}

// Run implements the command: opening migrates.
func (*MigrateCommand) Run(ctx context.Context, config *Config) error {
	return with(ctx, config, func(*App) error { return nil })
}

// VersionCommand is `fanfare version`.
type VersionCommand struct {
	JSON bool `help:"Print as JSON."`
}

// Run implements the command.
func (v *VersionCommand) Run() error {
	if v.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]string{"version": Version, "go": runtime.Version()})
	}
	_, err := fmt.Println("fanfare", Version, runtime.Version())
	return err
}
