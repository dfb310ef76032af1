// Package app puts the rooms together: it is the one place that knows them
// all. It holds the configuration, the command line, start and shutdown, and
// the demo.
package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fanfare/fault"
	"fanfare/mail"
	"fanfare/media"
	"fanfare/storage"
	"fanfare/web"
)

// Config is what every command shares. Kong fills it from flags and from
// FANFARE_… variables.
type Config struct {
	Addr      string `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	PublicURL string `help:"Address that browsers and links use; http://ADDR when empty." name:"public-url" placeholder:"URL"`
	Data      string `help:"Folder of the database, uploads and the key file." default:"./data" placeholder:"DIR"`
	Database  string `help:"sqlite:PATH or postgres://…; a file in the data folder when empty." placeholder:"URL"`
	MediaURL  string `help:"Where images are kept: s3://KEY:SECRET@host/bucket?region=REGION; the data folder when empty." name:"media" env:"FANFARE_MEDIA" placeholder:"URL"`
	XURL      string `help:"Where X's API is." name:"x-url" env:"FANFARE_X_URL" default:"https://api.x.com" placeholder:"URL"`
	WeiboURL  string `help:"Where Weibo's API is." name:"weibo-url" env:"FANFARE_WEIBO_URL" default:"https://api.weibo.com" placeholder:"URL"`
	ClientIP  string `help:"This machine's public address: Weibo asks for it with every post." name:"client-ip" env:"FANFARE_CLIENT_IP" default:"127.0.0.1" placeholder:"IP"`
	SMTPURL   string `help:"Mail server: smtp://user:password@host:587 or smtps://…; no mail when empty." name:"smtp-url" env:"FANFARE_SMTP_URL" placeholder:"URL"`
	MailFrom  string `help:"Sender of mails." name:"mail-from" env:"FANFARE_MAIL_FROM" placeholder:"ADDRESS"`
	Metrics   string `help:"Whether to ask the networks how published posts do: ${enum}. X charges for what is read." enum:"on,off" default:"on"`
	LogLevel  string `help:"Least severity to log: ${enum}." enum:"debug,info,warn,error" default:"info"`

	// Who visitors are, and where.
	TrustedProxies []string `help:"Addresses and networks of the proxies in front: they tell whom they serve, and nobody else is believed; this machine when empty." placeholder:"IP,NETWORK"`
	CountryHeader  string   `help:"Header in which a trusted proxy tells a visitor's country, such as CF-IPCountry; no header is believed when empty." placeholder:"NAME"`
	GeoIP          string   `help:"MaxMind DB file that tells countries by address." name:"geoip" env:"FANFARE_GEOIP" placeholder:"FILE.mmdb"`

	Clock storage.Clock `kong:"-"` // the system's when nil; tests set their own
	Log   *slog.Logger  `kong:"-"` // to standard error when nil
	// Listener takes the place of Addr where somebody has opened one already,
	// to know its port before the links are made.
	Listener net.Listener `kong:"-"`
	// Networks calls the social networks; each has a client of its own when nil.
	Networks *http.Client `kong:"-"`
	// Secret takes the place of the key in the data folder or the environment.
	Secret []byte `kong:"-"`
}

// hidden stands for a value that holds a password.
const hidden = "(hidden)"

// withDefaults fills in what follows from the rest, and checks it.
func (c Config) withDefaults() (Config, error) {
	var wrong fault.Fields
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		wrong.Add("FANFARE_ADDR", "", "The address to listen on must be HOST:PORT.", c.Addr, nil)
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Addr
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	for name, value := range map[string]string{"FANFARE_PUBLIC_URL": c.PublicURL, "FANFARE_X_URL": c.XURL, "FANFARE_WEIBO_URL": c.WeiboURL} {
		if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			wrong.Add(name, "", "This must be an http or https address.", value, nil)
		}
	}
	if _, err := media.OpenStore(c.MediaURL, c.Data); err != nil {
		wrong.Add("FANFARE_MEDIA", "", err.Error(), nil, nil) // not its value, which holds a secret
	}
	for _, proxy := range c.TrustedProxies {
		if _, err := web.ParseProxy(proxy); err != nil {
			wrong.Add("FANFARE_TRUSTED_PROXIES", "", "Each must be an address, or a network such as 10.0.0.0/8.", proxy, nil)
		}
	}
	if c.SMTPURL != "" {
		if _, err := mail.New(c.SMTPURL, c.MailFrom); err != nil {
			wrong.Add("FANFARE_SMTP_URL or FANFARE_MAIL_FROM", "", explained(err), hidden, nil)
		}
	}
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Data, "fanfare.db")
	}
	if c.Clock == nil {
		c.Clock = storage.SystemClock{}
	}
	if c.Log == nil {
		var level slog.Level
		_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	}
	return c, wrong.Err()
}
