package app

import (
	"context"
	"net"
	"testing"

	"fanfare/accounts"
)

// TestPasswordLettersAreSentByJobs: what is asked for is sent soon after, once
// the mail server takes it, and only to who is here.
func TestPasswordLettersAreSentByJobs(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, config Config) {
		box := openMailbox(t, &config)
		err := with(t.Context(), &config, func(a *App) error {
			draft := accounts.PersonDraft{Email: "lei@example.com", Name: "Lei", Role: accounts.Fan}
			if _, err := a.Accounts.Invite(t.Context(), accounts.System(), draft); err != nil {
				return err
			}
			if err := a.Jobs.Start(t.Context()); err != nil {
				return err
			}
			if got := <-box.came; got != "lei@example.com" {
				t.Errorf("the invitation went to %q", got)
			}
			for _, email := range []string{"nobody@example.com", "lei@example.com"} {
				if err := a.Accounts.ForgotPassword(t.Context(), email); err != nil {
					return err
				}
			}
			if got := <-box.came; got != "lei@example.com" {
				t.Errorf("the letter went to %q", got)
			}
			return a.Jobs.Stop(context.WithoutCancel(t.Context()))
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// openMailbox has a mail server for the configuration.
func openMailbox(t *testing.T, config *Config) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	box := &mailbox{came: make(chan string, 10)}
	go box.serve(listener)
	config.SMTPURL, config.MailFrom = "smtp://"+listener.Addr().String(), "fanfare@example.com"
	return box
}
