package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
)

// DemoCommand is `fanfare demo`.
type DemoCommand struct {
	Orders int  `help:"How many orders the store sends, repeats among them." default:"50000"`
	Exit   bool `help:"End after the story instead of staying up with the UI open."`
	JSON   bool `help:"Print the summary as JSON and nothing else."`
}

// demo is one run of the story. Everything in it goes over real HTTP: the
// sandbox networks, the API, the redirects and the orders.
type demo struct {
	stage
	tell     io.Writer // the story for people
	password string
	orders   int
	campaign []demoCampaign
	people   demoPeople
	summary  Summary
}

// Run implements the command. It keeps to a folder of its own, made for this
// run, and never touches the data of serve.
func (d *DemoCommand) Run(ctx context.Context, config *Config) error {
	if d.Orders < 1 || d.Orders > 10_000_000 {
		return fault.New(fault.Invalid, "", "--orders must be between 1 and 10,000,000.")
	}
	folder, err := os.MkdirTemp("", "fanfare-demo-")
	if err != nil {
		return unusable("the demo's folder", err)
	}
	defer os.RemoveAll(folder)

	run := &demo{tell: os.Stdout, orders: d.Orders, stage: stage{config: *config}}
	if d.JSON {
		run.tell = io.Discard
	}
	run.config.LogLevel = "warn"
	stop, err := run.open(ctx, folder, !d.Exit)
	if err != nil {
		return err
	}
	if err := run.story(ctx); err != nil {
		return errors.Join(err, stop())
	}
	if d.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(run.summary); err != nil {
			return errors.Join(err, stop())
		}
	}
	run.printSummary()
	if !d.Exit {
		run.printAddresses()
		<-ctx.Done()
	}
	if err := stop(); err != nil {
		return err
	}
	if !run.summary.OK {
		return fault.New(fault.Internal, "", "The counts do not add up: "+run.summary.disagreements())
	}
	return nil
}

// open raises the stage.
func (d *demo) open(ctx context.Context, folder string, stay bool) (stop func() error, err error) {
	return d.raise(ctx, d.config, stageOptions{folder: folder, stay: stay, before: func() error { return d.makeStaff(ctx) }})
}

// makeStaff makes the people of the story who sign in.
func (d *demo) makeStaff(ctx context.Context) error {
	d.password = newPassword()
	for i, p := range demoStaff {
		p.Password = d.password
		person, err := d.app.Accounts.CreatePerson(ctx, accounts.System(), p)
		if err != nil {
			return err
		}
		d.people.staff[i] = person.ID
	}
	return nil
}

// story tells it, act by act.
func (d *demo) story(ctx context.Context) error {
	acts := []struct {
		title string
		play  func(context.Context) error
	}{
		{"Marketing schedules the announcements", d.schedule},
		{"The jobs post them, on the second", d.awaitPosts},
		{"Fans follow the links", d.click},
		{"The store sends its orders", d.sell},
		{"Fans bring ideas and vote", d.gather},
		{"Counting what the networks, the store and the database saw", d.count},
	}
	fmt.Fprintf(d.tell, "\nFanfare tells the story of a drop: the Mi 2, on sale in Hong Kong and Taiwan.\n\n")
	for _, act := range acts {
		began := time.Now()
		fmt.Fprintf(d.tell, "  %-58s ", act.title)
		if err := act.play(ctx); err != nil {
			fmt.Fprintln(d.tell, "failed")
			return fmt.Errorf("%s: %w", act.title, err)
		}
		fmt.Fprintf(d.tell, "%6.1f s\n", time.Since(began).Seconds())
	}
	return nil
}
