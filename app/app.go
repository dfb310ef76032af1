package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
	"fanfare/campaigns/stores"
	"fanfare/community"
	"fanfare/connectors"
	"fanfare/connectors/twitter"
	"fanfare/connectors/weibo"
	"fanfare/fault"
	"fanfare/media"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/web"
	"fanfare/webhooks"
)

// Version is set when a release is built: -ldflags "-X fanfare/app.Version=…".
var Version = "development"

// App is the whole service, opened but not yet running.
type App struct {
	Config
	DB        *storage.DB
	Jobs      *scheduler.Scheduler
	Accounts  *accounts.Service
	Media     *media.Service
	Links     *links.Service
	Orders    *orders.Service
	Stores    *stores.Service
	Campaigns *campaigns.Service
	Reports   *reports.Service
	Community *community.Service
	Webhooks  *webhooks.Service
	metrics   *prometheus.Registry
}

// Open opens the database, brings its schema up to date and builds the
// services. Close it in the end.
func Open(ctx context.Context, config Config) (*App, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	secret := config.Secret
	if secret == nil {
		if secret, err = loadSecret(config.Data); err != nil {
			return nil, err
		}
	}
	db, err := storage.Open(ctx, storage.Config{URL: config.Database, Clock: config.Clock, Logger: config.Log})
	if err != nil {
		return nil, err
	}
	a := &App{Config: config, DB: db, metrics: newMetrics()}
	if err := a.build(ctx, secret); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func (a *App) build(ctx context.Context, secret []byte) error {
	if err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	var err error
	if a.Jobs, err = scheduler.New(a.DB, a.Log); err != nil {
		return err
	}
	a.Accounts = accounts.New(a.DB, secret)
	if err := a.Accounts.CheckSecret(ctx); err != nil {
		return err
	}
	store, err := media.OpenStore(a.MediaURL, a.Data)
	if err != nil {
		return err
	}
	a.Media = media.New(a.DB, store)
	a.Webhooks, err = webhooks.New(webhooks.Options{DB: a.DB, Jobs: a.Jobs, Accounts: a.Accounts, PublicURL: a.PublicURL, Logger: a.Log})
	if err != nil {
		return err
	}
	country, err := openCountries(a.GeoIP, a.Clock, a.Log)
	if err != nil {
		return err
	}
	a.Links, err = links.New(links.Options{
		DB: a.DB, Secret: secret, PublicURL: a.PublicURL, Logger: a.Log, Metrics: a.metrics, Country: country,
	})
	if err != nil {
		return err
	}
	a.Orders, err = orders.New(orders.Options{
		DB: a.DB, Jobs: a.Jobs, Links: a.Links, Secret: secret, Metrics: a.metrics, Tell: a.Webhooks.Tell,
	})
	if err != nil {
		return err
	}
	a.Stores = stores.New(stores.Options{
		DB: a.DB, Accounts: a.Accounts, Tokens: a.Links.Codec(), Orders: a.Orders, PublicURL: a.PublicURL, Logger: a.Log,
	})
	a.Campaigns, err = campaigns.New(campaigns.Options{
		DB: a.DB, Jobs: a.Jobs, Accounts: a.Accounts, Links: a.Links, PublicURL: a.PublicURL, Logger: a.Log,
		Networks: a.networks(), Metrics: a.metrics, Timing: timing(), Machine: a.machine, Media: a.Media,
		WithoutCounts: a.Metrics == "off",
		Tell:          a.Webhooks.Tell,
	})
	if err != nil {
		return err
	}
	a.Reports = reports.New(a.DB)
	if a.Community, err = community.New(a.DB, a.Jobs, a.Log); err != nil {
		return err
	}
	return a.mails()
}

// networks gives all that posts can go to.
func (c Config) networks() []connectors.Network {
	return []connectors.Network{
		twitter.New(twitter.Options{BaseURL: c.XURL, HTTP: c.Networks, Now: c.Clock.Now}),
		weibo.New(weibo.Options{BaseURL: c.WeiboURL, HTTP: c.Networks, Now: c.Clock.Now, ClientIP: c.ClientIP}),
	}
}

// closeTimeout is how long the last uses of API keys may take to be written: a
// database that hangs must not keep a process alive.
const closeTimeout = 10 * time.Second

// Close ends what Open opened.
func (a *App) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	return errors.Join(a.Accounts.Close(ctx), a.DB.Close())
}

// Role is which part of the work a process does.
type Role string

// The roles. On SQLite one process does all.
const (
	RoleAll    Role = "all"
	RoleWeb    Role = "web"    // pages, API, redirects
	RoleWorker Role = "worker" // jobs
)

// Run serves until ctx ends, then stops in order: no new requests, the running
// ones to their end, orders and clicks committed, jobs put back. It calls
// listening, unless nil, once people can come.
func (a *App) Run(ctx context.Context, role Role, listening func()) error {
	if a.DB.Dialect() == storage.SQLite {
		if role != RoleAll {
			return fault.New(fault.Invalid, "", "SQLite serves one process that does all. Set FANFARE_DATABASE to a PostgreSQL to split the work.")
		}
		release, err := lockData(a.Data)
		if err != nil {
			return err
		}
		defer release()
	}
	if err := a.Links.Start(ctx); err != nil {
		return err
	}
	if err := a.Campaigns.Start(ctx); err != nil {
		return err
	}
	a.Orders.Start()
	a.Stores.Start()
	if role != RoleWeb {
		if err := a.Jobs.Start(ctx); err != nil {
			return err
		}
	}
	var failed error
	if role == RoleWorker {
		<-ctx.Done()
	} else {
		failed = a.serve(ctx, listening)
	}

	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 60*time.Second)
	defer cancel()
	err := errors.Join(failed, a.Jobs.Stop(stopping))
	a.Orders.Stop()
	err = errors.Join(err, a.Stores.Stop(stopping), a.Links.Stop(stopping))
	a.Log.Info("stopped")
	return err
}

func (a *App) serve(ctx context.Context, listening func()) error {
	listener, err := a.listen()
	if err != nil {
		return err
	}
	sessions, stopSessions := a.sessionStore()
	defer stopSessions()
	rehearsals := newRehearsals(ctx, a)
	defer rehearsals.wait()
	handler, err := web.New(web.Options{
		Accounts: a.Accounts, Campaigns: a.Campaigns, Links: a.Links, Orders: a.Orders, Stores: a.Stores, Reports: a.Reports,
		Community: a.Community, Media: a.Media, Webhooks: a.Webhooks,
		Sessions: sessions, PublicURL: a.PublicURL, Version: Version, CountryHeader: a.CountryHeader, TrustedProxies: a.TrustedProxies,
		Rehearse: rehearsals.start, Rehearsal: rehearsals.of,
		Now: a.Clock.Now, Ready: a.DB.Ping, Metrics: metricsHandler(a.metrics), Logger: a.Log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(handler.EndStreams)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		stopped <- server.Shutdown(draining)
	}()
	a.Log.Info("listening", "address", listener.Addr().String(), "public", a.PublicURL, "database", a.DB.Dialect())
	if err := a.inviteAdmin(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	debug.FreeOSMemory() // starting parses templates and schemas, which leaves much behind
	if listening != nil {
		listening()
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fault.Wrap(err, "serve")
	}
	return fault.Wrap(<-stopped, "finish running requests")
}

func (a *App) listen() (net.Listener, error) {
	if a.Listener != nil {
		return a.Listener, nil
	}
	listener, err := net.Listen("tcp", a.Addr)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "Cannot listen on " + a.Addr + ". Is another program there? --addr chooses another port.", Err: err}
	}
	return listener, nil
}

// inviteAdmin prints a one-time link to make the first admin, while there is
// none.
func (a *App) inviteAdmin(ctx context.Context) error {
	needed, err := a.Accounts.NeedsAdmin(ctx)
	if err != nil || !needed {
		return err
	}
	token, err := a.Accounts.SetupToken(ctx, 24*time.Hour)
	if err != nil {
		return err
	}
	fmt.Printf("\nWelcome. Make the first admin here, once, within 24 hours:\n\n  %s/setup?token=%s\n\n", a.PublicURL, token)
	return nil
}

// sessionStore keeps sessions in the database, and sweeps out old ones.
func (a *App) sessionStore() (store scs.Store, stop func()) {
	if a.DB.Dialect() == storage.Postgres {
		s := pgxstore.New(a.DB.Pool())
		return s, s.StopCleanup
	}
	s := sqlite3store.New(a.DB.SQL())
	return s, s.StopCleanup
}
