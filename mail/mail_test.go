package mail

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"fanfare/fault"
)

// server speaks SMTP, RFC 5321, to one client after the other, and keeps the
// mails that it took. answers replaces its word on a command.
type server struct {
	address string
	mails   chan string
	lines   chan string
}

func listen(t *testing.T, answers map[string]string) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &server{address: listener.Addr().String(), mails: make(chan string, 10), lines: make(chan string, 100)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.talk(conn, answers)
		}
	}()
	return s
}

func (s *server) talk(conn net.Conn, answers map[string]string) {
	defer conn.Close()
	fmt.Fprint(conn, "220 test ESMTP\r\n")
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.lines <- line
		command := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
		switch said, replaced := answers[command]; {
		case replaced:
			fmt.Fprint(conn, said+"\r\n")
			if said == "" {
				return
			}
		case command == "EHLO":
			fmt.Fprint(conn, "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n")
		case command == "AUTH":
			fmt.Fprint(conn, "235 welcome\r\n")
		case command == "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			var mail strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				mail.WriteString(line)
			}
			s.mails <- mail.String()
			fmt.Fprint(conn, "250 taken\r\n")
		case command == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	sender, err := New("smtp://fan%40fare:se%3Acret@"+s.address, "Fanfare <fanfare@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	text := "小米手机 的授权将在 3 天后到期。\n\nhttps://fan.example/settings/accounts\n"
	if err := sender.Send(t.Context(), Letter{"lei@example.com", "授权将在 3 天后到期", text, at}); err != nil {
		t.Fatal(err)
	}
	got, err := mail.ReadMessage(strings.NewReader(<-s.mails))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "授权将在 3 天后到期" {
		t.Errorf("subject %q, %v", subject, err)
	}
	if date, err := got.Header.Date(); err != nil || !date.Equal(at) {
		t.Errorf("date %v, %v", date, err)
	}
	for name, want := range map[string]string{
		"From": `"Fanfare" <fanfare@example.com>`, "To": "<lei@example.com>", "Auto-Submitted": "auto-generated",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != text {
		t.Errorf("%q, %v", body, err)
	}
	want := "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00fan@fare\x00se:cret"))
	for signedIn := false; !signedIn; {
		select {
		case line := <-s.lines:
			signedIn = line == want
		default:
			t.Fatal("it did not sign in")
		}
	}
}

func TestSendFails(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]map[string]string{
		"wrong password":     {"AUTH": "535 no"},
		"unknown person":     {"RCPT": "550 nobody here"},
		"full":               {"DATA": "452 full"},
		"gone in the middle": {"MAIL": ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, answers)
			sender, err := New("smtp://u:secret@"+s.address, "fanfare@example.com")
			if err != nil {
				t.Fatal(err)
			}
			err = sender.Send(t.Context(), Letter{To: "lei@example.com", Subject: "s", Text: "t"})
			if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
			if len(s.mails) != 0 {
				t.Error("a mail was taken")
			}
		})
	}
	sender, err := New("smtp://127.0.0.1:1", "fanfare@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Check(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody listens: %v", err)
	}
	if err := sender.Send(t.Context(), Letter{To: "not an address\r\nBcc: x@example.com"}); err == nil {
		t.Error("an address with a line of its own is taken")
	}
}

// A server elsewhere that offers no TLS must get neither password nor mail.
func TestNoTLSElsewhere(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	_, port, _ := net.SplitHostPort(s.address)
	sender, err := New("smtp://u:secret@127.0.0.1:"+port, "fanfare@example.com")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := New("smtp://u:secret@mail.example:"+port, "fanfare@example.com")
	if err != nil {
		t.Fatal(err)
	}
	sender.options = elsewhere.options // the same place under another name
	if err := sender.Check(t.Context()); err == nil {
		t.Error("it spoke in the clear")
	}
	for len(s.lines) > 0 {
		if line := <-s.lines; strings.HasPrefix(line, "AUTH") {
			t.Error("the password went out in the clear")
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	sender, err := New("smtp://"+s.address+"/", "fanfare@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Check(t.Context()); err != nil || len(s.mails) != 0 {
		t.Errorf("%v, %d mails", err, len(s.mails))
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "mail.example.com", "http://u:secret@mail.example", "smtp://", "smtp://u:secret@mail.example:0",
		"smtp://u:secret@mail.example:99999", "smtp://u:secret@mail.example/x", "smtp://u:secret@mail.example?a=b", "smtp://u:sec ret@mail.example",
	} {
		if _, err := New(address, "fanfare@example.com"); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := New("smtp://mail.example", "fanfare"); !fault.Is(err, fault.Invalid) {
		t.Errorf("no sender: %v", err)
	}
}
