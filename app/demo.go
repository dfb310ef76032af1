package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"fanfare/accounts"
	"fanfare/connectors/sandbox"
	"fanfare/fault"
	"fanfare/storage"
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
	app      *App
	config   Config
	tell     io.Writer // the story for people
	x        *sandbox.X
	weibo    *sandbox.Weibo
	xURL     string
	weiboURL string
	api      client
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

	run := &demo{tell: os.Stdout, orders: d.Orders, config: *config}
	if d.JSON {
		run.tell = io.Discard
	}
	run.config.Data, run.config.Database, run.config.LogLevel = folder, "", "warn"
	stop, err := run.open(ctx, !d.Exit)
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

// open starts the two networks and the service. The ports that people may
// want to come back to are taken where they are free.
func (d *demo) open(ctx context.Context, stay bool) (stop func() error, err error) {
	d.x = sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
	d.weibo = sandbox.NewWeibo(sandbox.WeiboOptions{Clock: storage.SystemClock{}.Now})
	xServer, xURL, err := serveLocal(d.x, preferred(stay, "127.0.0.1:9001"))
	if err != nil {
		return nil, err
	}
	weiboServer, weiboURL, err := serveLocal(d.weibo, preferred(stay, "127.0.0.1:9002"))
	if err != nil {
		return nil, err
	}
	listener, err := listenLocal(preferred(stay, d.config.Addr))
	if err != nil {
		return nil, err
	}
	d.xURL, d.weiboURL = xURL, weiboURL
	d.config.XURL, d.config.WeiboURL = xURL, weiboURL
	d.config.Listener, d.config.Addr = listener, listener.Addr().String()
	d.config.PublicURL = "http://" + d.config.Addr
	if d.app, err = Open(ctx, d.config); err != nil {
		return nil, err
	}
	if err := d.makeStaff(ctx); err != nil {
		return nil, err
	}

	// The service outlives an interrupted story, to stop in order after it.
	serving, quit := context.WithCancel(context.WithoutCancel(ctx))
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- d.app.Run(serving, RoleAll, func() { close(up) }) }()
	stop = func() error {
		quit()
		err := <-ended
		return errors.Join(err, d.app.Close(context.WithoutCancel(ctx)), xServer.Close(), weiboServer.Close())
	}
	select {
	case <-up:
		return stop, nil
	case err := <-ended:
		quit()
		return nil, err
	}
}

// makeStaff makes the people of the story who sign in, and the key with which
// it is told.
func (d *demo) makeStaff(ctx context.Context) error {
	_, key, err := d.app.Accounts.CreateKey(ctx, accounts.System(), "Demo", accounts.Admin)
	if err != nil {
		return err
	}
	d.api = newClient(d.config.PublicURL, key)
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

// preferred gives an address to try first; a run that ends by itself takes any
// free port, so that many can run at once.
func preferred(stay bool, addr string) string {
	if stay {
		return addr
	}
	return "127.0.0.1:0"
}

func listenLocal(addr string) (net.Listener, error) {
	if listener, err := net.Listen("tcp", addr); err == nil {
		return listener, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	return listener, fault.Wrap(err, "find a free port")
}

func serveLocal(handler http.Handler, addr string) (*http.Server, string, error) {
	listener, err := listenLocal(addr)
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return server, "http://" + listener.Addr().String(), nil
}
