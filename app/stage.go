package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"fanfare/accounts"
	"fanfare/connectors/sandbox"
	"fanfare/fault"
	"fanfare/storage"
)

// stage is a service of its own between the two sandbox networks, for the demo
// and for rehearsals: its database, its key and its credentials are made for
// it, and nothing of it is anybody else's.
type stage struct {
	app      *App
	config   Config
	x        *sandbox.X
	weibo    *sandbox.Weibo
	xURL     string
	weiboURL string
	api      client // with an admin's key
}

// stageOptions are where a stage stands.
type stageOptions struct {
	folder string // empty, for its data
	stay   bool   // take the ports that people may want to come back to
	x      sandbox.XOptions
	weibo  sandbox.WeiboOptions
	// before is called once the service is open and not yet running.
	before func() error
}

// raise starts the networks and the service. On an error it has stopped what
// it had started.
func (s *stage) raise(ctx context.Context, config Config, o stageOptions) (lower func() error, err error) {
	var undo []func() error
	lower = func() error {
		var err error
		for i := range undo {
			err = errors.Join(err, undo[len(undo)-1-i]())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lower())
		}
	}()
	s.config = config
	s.config.Data, s.config.Database = o.folder, ""
	s.config.SMTPURL = "" // its people are made up: no mail goes to them
	o.x.Clock, o.weibo.Clock = storage.SystemClock{}.Now, storage.SystemClock{}.Now
	s.x, s.weibo = sandbox.NewX(o.x), sandbox.NewWeibo(o.weibo)
	xServer, xURL, err := serveLocal(s.x, preferred(o.stay, "127.0.0.1:9001"))
	if err != nil {
		return nil, err
	}
	undo = append(undo, xServer.Close)
	weiboServer, weiboURL, err := serveLocal(s.weibo, preferred(o.stay, "127.0.0.1:9002"))
	if err != nil {
		return nil, err
	}
	undo = append(undo, weiboServer.Close)
	listener, err := listenLocal(preferred(o.stay, config.Addr))
	if err != nil {
		return nil, err
	}
	s.xURL, s.weiboURL = xURL, weiboURL
	s.config.XURL, s.config.WeiboURL = xURL, weiboURL
	s.config.Listener, s.config.Addr = listener, listener.Addr().String()
	s.config.PublicURL = "http://" + s.config.Addr
	if s.app, err = Open(ctx, s.config); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	undo = append(undo, func() error { return s.app.Close(context.WithoutCancel(ctx)) })
	if err := s.makeKey(ctx); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if err := o.before(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	stop, err := s.run(ctx)
	if err != nil {
		return nil, err
	}
	undo = append(undo, stop)
	return lower, nil
}

func (s *stage) makeKey(ctx context.Context) error {
	_, key, err := s.app.Accounts.CreateKey(ctx, accounts.System(), "Stage", accounts.Admin)
	s.api = newClient(s.config.PublicURL, key)
	return err
}

// run serves until stop is called. The service outlives an interrupted story,
// to stop in order after it.
func (s *stage) run(ctx context.Context) (stop func() error, err error) {
	serving, quit := context.WithCancel(context.WithoutCancel(ctx))
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- s.app.Run(serving, RoleAll, func() { close(up) }) }()
	select {
	case <-up:
		return func() error {
			quit()
			return <-ended
		}, nil
	case err := <-ended:
		quit()
		return nil, err
	}
}

// preferred gives an address to try first; a stage that is lowered by itself
// takes any free port, so that many can stand at once.
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
