// Package mail sends letters over SMTP. It knows no domain: others write what
// it sends.
package mail

import (
	"context"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"fanfare/fault"
)

const patience = 30 * time.Second // for one letter, from the connection to the server's word

// Sender sends letters through one server.
type Sender struct {
	from    *mail.Address
	options []gomail.Option
	host    string
}

// Letter is one mail to one person, in plain text.
type Letter struct {
	To      string // an address, without a name
	Subject string
	Text    string
	At      time.Time // its date
}

// New reads the address of a server: smtp://user:password@host:587, which
// speaks in the clear only to this machine and wants STARTTLS of all others, or
// smtps://… for TLS from the first byte. from is an address, perhaps with a
// name. Its errors never quote the password.
func New(address, from string) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, fault.New(fault.Invalid, "", "The mail server must be given as smtp://user:password@host:587 or smtps://user:password@host.")
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fault.New(fault.Invalid, "", "The sender must be an address such as fanfare@example.com.")
	}
	s := &Sender{from: sender, host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(patience)}}
	port, auth := 587, gomail.SMTPAuthAutoDiscover
	switch {
	case u.Scheme == "smtps":
		port = 465
		s.options = append(s.options, gomail.WithSSL())
	case isLoopback(u.Hostname()):
		auth = gomail.SMTPAuthPlain // the other finds no way without TLS
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, fault.New(fault.Invalid, "", "The mail server's port is no number from 1 to 65535.")
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	if password, ok := u.User.Password(); ok {
		s.options = append(s.options, gomail.WithSMTPAuth(auth),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send delivers a letter to the server. It returns Unavailable with the cause
// when the server does not take it.
func (s *Sender) Send(ctx context.Context, letter Letter) error {
	message := gomail.NewMsg()
	message.FromMailAddress(s.from)
	if err := message.To(letter.To); err != nil {
		return fault.Wrap(err, "address a mail")
	}
	message.Subject(letter.Subject)
	message.SetDateWithValue(letter.At)
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation notes in return
	message.SetBodyString(gomail.TypeTextPlain, letter.Text)
	return s.talk(ctx, message)
}

// Check signs in at the server and sends nothing.
func (s *Sender) Check(ctx context.Context) error { return s.talk(ctx) }

func (s *Sender) talk(ctx context.Context, messages ...*gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := gomail.NewClient(s.host, s.options...)
	if err == nil {
		err = client.DialAndSendWithContext(ctx, messages...)
	}
	if err != nil {
		return &fault.Error{Kind: fault.Unavailable, Message: "The mail server " + s.host + " did not take the mail.", Err: err}
	}
	return nil
}
