package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"fanfare/fault"
	"fanfare/mail"
)

// CheckCommand is `fanfare check`.
type CheckCommand struct {
	Campaign int64 `help:"Examine this campaign before it runs, and what it needs, instead." placeholder:"ID"`
	JSON     bool  `help:"Print as JSON."`
}

// Run implements the command. It changes nothing, needs nobody to stop, and
// fails when any check does.
func (c *CheckCommand) Run(ctx context.Context, config *Config) error {
	if c.Campaign != 0 {
		return c.preflight(ctx, config)
	}
	findings := examine(ctx, *config)
	failed := 0
	for _, f := range findings {
		if f.Verdict == verdictFail {
			failed++
		}
	}
	if err := printFindings(findings, failed == 0, c.JSON); err != nil {
		return err
	}
	if failed > 0 {
		return fault.New(fault.Unavailable, "", fmt.Sprintf("%d of %d checks failed.", failed, len(findings)))
	}
	return nil
}

func printFindings(findings []finding, ok, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"ok": ok, "checks": findings})
	}
	for _, f := range findings {
		if _, err := fmt.Printf("%-4s  %-18s  %s\n", f.Verdict, f.Check, f.Detail); err != nil {
			return err
		}
	}
	return nil
}

type verdict string

const (
	verdictOK   verdict = "ok"
	verdictWarn verdict = "warn" // it works, but somebody should look
	verdictFail verdict = "fail" // it does not work, or will not at the worst moment
)

// finding is what one check found.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Detail  string  `json:"detail"`
}

// checkup goes through everything, and on where it can when something is wrong.
type checkup struct {
	Config
	findings []finding
}

func (c *checkup) ok(check, format string, args ...any)   { c.note(verdictOK, check, format, args) }
func (c *checkup) warn(check, format string, args ...any) { c.note(verdictWarn, check, format, args) }
func (c *checkup) fail(check, format string, args ...any) { c.note(verdictFail, check, format, args) }

func (c *checkup) note(v verdict, check, format string, args []any) {
	c.findings = append(c.findings, finding{check, v, fmt.Sprintf(format, args...)})
}

// examine looks over an installation, running or not.
func examine(ctx context.Context, config Config) []finding {
	config, wrong := config.withDefaults()
	c := &checkup{Config: config}
	c.checkConfiguration(wrong)
	c.checkPublicURL()
	c.checkMail(ctx)
	c.checkCountries()
	c.checkStored(ctx)
	c.checkMedia(ctx)
	for _, network := range []struct{ name, address string }{{"X", c.XURL}, {"Weibo", c.WeiboURL}} {
		c.checkNetworkClock(ctx, network.name, network.address)
	}
	return c.findings
}

func (c *checkup) checkConfiguration(err error) {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		c.ok("configuration", "serves on %s from %s", c.Addr, c.Data)
		return
	}
	for _, field := range wrong.Fields {
		if field.Value == nil {
			c.fail("configuration", "%s cannot be read. %s", field.Location, field.Message)
			continue
		}
		c.fail("configuration", "%s is %q. %s", field.Location, field.Value, field.Message)
	}
}

// checkPublicURL looks at the address that people and links come by.
func (c *checkup) checkPublicURL() {
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Host == "":
		return // checkConfiguration has said so
	case isLoopback(u.Hostname()):
		c.ok("public URL", "%s, for this machine alone", c.PublicURL)
	case u.Scheme != "https":
		c.fail("public URL", "%s is not https: passwords and cookies would travel in the clear.", c.PublicURL)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		c.fail("public URL", "%s has more than a scheme and a host: pages and links begin at the root.", c.PublicURL)
	default:
		c.ok("public URL", "%s", c.PublicURL)
	}
}

// checkMail signs in at the mail server, and sends nothing.
func (c *checkup) checkMail(ctx context.Context) {
	if c.SMTPURL == "" {
		c.warn("mail", "No mail is sent: nobody is warned before the token of an account ends, but at the desk, and who has forgotten a password needs an admin. Set FANFARE_SMTP_URL and FANFARE_MAIL_FROM.")
		return
	}
	sender, err := mail.New(c.SMTPURL, c.MailFrom)
	if err != nil {
		return // checkConfiguration has said so
	}
	if err := sender.Check(ctx); err != nil {
		c.fail("mail", "%s", explained(err))
		return
	}
	c.ok("mail", "%s takes it, from %s", hostOf(c.SMTPURL), c.MailFrom)
}

// checkCountries reads the file of countries, if there is to be one.
func (c *checkup) checkCountries() {
	if c.GeoIP == "" {
		return
	}
	if _, err := openCountries(c.GeoIP, c.Clock, c.Log); err != nil {
		c.fail("countries", "%s", explained(err))
		return
	}
	c.ok("countries", "told by %s", c.GeoIP)
}

// isLoopback tells whether a host is this machine for itself alone.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
