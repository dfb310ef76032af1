// Fanfare is a self-hosted service for social campaigns and fan communities:
// it posts sale announcements on the second, attributes the orders they bring,
// and lets fans shape the next product. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // people choose time zones; a bare machine has none

	"github.com/alecthomas/kong"

	"fanfare/app"
	"fanfare/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var cli app.CLI
	parser := kong.Must(&cli,
		kong.Name("fanfare"),
		kong.Description("Social campaigns on the second, orders attributed, fans heard."),
		kong.DefaultEnvars("FANFARE"),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		parser.Stdout = os.Stderr // the usage is no output: scripts read a key or a summary from that
		parser.FatalIfErrorf(err)
	}
	if err := command.Run(&cli.Config); err != nil {
		fmt.Fprintln(os.Stderr, "fanfare: "+explain(err))
		os.Exit(1)
	}
}

// explain gives the operator the sentence and, unlike a visitor, the cause.
func explain(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Error()
	}
	return err.Error()
}
