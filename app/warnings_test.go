package app

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/mail"
	"fanfare/storage"
	"fanfare/web"
)

// mailbox is a mail server that takes mails, or not.
type mailbox struct {
	mu      sync.Mutex
	refuses string      // who gets nothing
	to      []string    // who got a mail
	came    chan string // the same, one by one
}

func (m *mailbox) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		m.talk(conn)
	}
}

func (m *mailbox) talk(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 test\r\n")
	in := bufio.NewScanner(conn)
	var to string
	inMail := false
	for in.Scan() {
		line := in.Text()
		m.mu.Lock()
		said := "250 ok"
		switch {
		case inMail && line != ".":
			said = ""
		case strings.HasPrefix(line, "RCPT TO:<"):
			to = strings.TrimSuffix(strings.TrimPrefix(line, "RCPT TO:<"), ">")
			if to == m.refuses {
				said = "450 later"
			}
		case line == "DATA":
			said, inMail = "354 go on", true
		case line == ".":
			m.to, inMail = append(m.to, to), false
			m.came <- to
		case line == "QUIT":
			said = "221 bye"
		}
		m.mu.Unlock()
		if said != "" {
			fmt.Fprint(conn, said+"\r\n")
		}
	}
}

func (m *mailbox) got() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	got := strings.Join(m.to, " ")
	m.to = nil
	return got
}

func TestWarningsAreSentOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	box := openMailbox(t, &config)
	err := with(t.Context(), &config, func(a *App) error {
		var actor accounts.Actor
		for email, role := range map[string]accounts.Role{"admin@example.com": accounts.Admin, "marketing@example.com": accounts.Marketing, "fan@example.com": accounts.Fan} {
			person, err := a.Accounts.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: email, Name: "Lin", Role: role})
			if err != nil {
				return err
			}
			if role == accounts.Admin {
				actor, err = a.Accounts.Actor(t.Context(), person.ID)
			}
			if err != nil {
				return err
			}
		}
		ends := a.Clock.Now().Add(6 * 24 * time.Hour)
		_, err := a.Accounts.ConnectNetworkAccount(t.Context(), actor, accounts.NetworkAccountDraft{
			Network: "weibo", Name: "Weibo", Handle: "小米手机", RemoteID: "1", ExpiresAt: &ends, Renewal: accounts.RenewBySignIn, Credentials: []byte("{}"),
		})
		if err != nil {
			return err
		}
		sender, err := mail.New(a.SMTPURL, a.MailFrom)
		if err != nil {
			return err
		}
		letters, err := web.NewLetters(a.PublicURL)
		if err != nil {
			return err
		}
		for _, step := range []struct{ refuses, want string }{
			{"marketing@example.com", "admin@example.com"},
			{"marketing@example.com", ""},
			{"", "marketing@example.com"},
			{"", ""},
		} {
			box.mu.Lock()
			box.refuses = step.refuses
			box.mu.Unlock()
			if err := a.warn(context.WithoutCancel(t.Context()), sender, letters); err != nil {
				return err
			}
			if got := box.got(); got != step.want {
				t.Errorf("mails went to %q, want %q", got, step.want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckLooksAtTheMail(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	wantFinding(t, examine(t.Context(), config), "mail", verdictWarn, "FANFARE_SMTP_URL")
	config.SMTPURL, config.MailFrom = "smtp://u:pass-word@127.0.0.1:1", "fanfare@example.com"
	findings := examine(t.Context(), config)
	wantFinding(t, findings, "mail", verdictFail, "127.0.0.1")
	config.MailFrom = "nobody"
	findings = append(findings, examine(t.Context(), config)...)
	wantFinding(t, findings[len(findings)/2:], "configuration", verdictFail, "FANFARE_MAIL_FROM")
	if told := fmt.Sprint(findings); strings.Contains(told, "pass-word") {
		t.Errorf("the password is told: %s", told)
	}
}
