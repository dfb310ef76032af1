package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"fanfare/connectors/sandbox"
	"fanfare/fault"
	"fanfare/storage"
)

// SandboxCommand is `fanfare sandbox`.
type SandboxCommand struct {
	XAddr     string `help:"Address of the local X." name:"x-addr" default:"127.0.0.1:9001"`
	WeiboAddr string `help:"Address of the local Weibo." default:"127.0.0.1:9002"`
}

// Run implements the command: it serves both networks until interrupted.
func (s *SandboxCommand) Run(ctx context.Context, config *Config) error {
	c, err := config.withDefaults()
	if err != nil {
		return err
	}
	clock := storage.SystemClock{}.Now
	x := sandbox.NewX(sandbox.XOptions{Clock: clock})
	weibo := sandbox.NewWeibo(sandbox.WeiboOptions{Clock: clock})
	xAccount := x.AddAccount(sandbox.XAccount{Handle: "mi_sandbox", Name: "Mi Sandbox"})
	public := hostOf(c.PublicURL)
	weiboAccount := weibo.AddAccount(sandbox.WeiboAccount{Name: "小米沙盒", SafeDomain: public})

	fmt.Printf("Start Fanfare with FANFARE_X_URL=http://%s FANFARE_WEIBO_URL=http://%s and connect these accounts.\n\n", s.XAddr, s.WeiboAddr)
	fmt.Printf("X      http://%s\n  client_id        %s\n  client_secret    %s\n\n  consumer_key     %s\n  consumer_secret  %s\n  access_token     %s\n  access_secret    %s\n\n",
		s.XAddr, sandbox.XConfidential.ClientID, sandbox.XConfidential.ClientSecret, xAccount.ConsumerKey, xAccount.ConsumerSecret, xAccount.AccessToken, xAccount.AccessSecret)
	fmt.Printf("Weibo  http://%s\n  app_key          %s\n  app_secret       %s\n  access_token     %s\n  safe_domain      %s\n\n",
		s.WeiboAddr, weiboAccount.AppKey, weiboAccount.AppSecret, weiboAccount.AccessToken, weiboAccount.SafeDomain)

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return listenAndServe(ctx, s.XAddr, x) })
	group.Go(func() error { return listenAndServe(ctx, s.WeiboAddr, weibo) })
	return group.Wait()
}

func listenAndServe(ctx context.Context, addr string, handler http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return &fault.Error{Kind: fault.Unavailable, Message: "Cannot listen on " + addr + ". Is another program there?", Err: err}
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fault.Wrap(err, "serve "+addr)
	}
	return nil
}

// hostOf gives the host, with its port, of a checked address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
