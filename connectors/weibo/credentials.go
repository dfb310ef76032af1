package weibo

import (
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"fanfare/connectors"
)

// credentials is what an account's owner gives us.
type credentials struct {
	AppKey      string
	AppSecret   string
	AccessToken string
	SafeDomain  string // host, with a port only for a sandbox; lower case
	ExpiresAt   *time.Time
}

// parseCredentials reads and checks the JSON object; each error names its
// field.
func parseCredentials(raw connectors.Credentials) (credentials, *connectors.Error) {
	var fields map[string]json.RawMessage
	// The cause is left out on purpose, here and below: an error of
	// encoding/json may quote what it could not read, and that may be a secret.
	if json.Unmarshal(raw, &fields) != nil {
		return credentials{}, refuseField("credentials", saying{"network.key_object", "The credentials must be a JSON object."})
	}
	return parseFields(fields, allFields)
}

// What must be there: of an account, and of an app before anybody has signed in.
var (
	allFields = []string{"app_key", "app_secret", "access_token", "safe_domain"}
	appFields = []string{"app_key", "app_secret", "safe_domain"}
)

func parseFields(fields map[string]json.RawMessage, required []string) (credentials, *connectors.Error) {
	var c credentials
	into := map[string]*string{
		"app_key": &c.AppKey, "app_secret": &c.AppSecret, "access_token": &c.AccessToken, "safe_domain": &c.SafeDomain,
	}
	for _, name := range required {
		var bad *connectors.Error
		if *into[name], bad = readField(name, fields[name]); bad != nil {
			return credentials{}, bad
		}
	}
	if c.SafeDomain = strings.ToLower(c.SafeDomain); !isHost(c.SafeDomain) {
		return credentials{}, refuseField("safe_domain", saying{"weibo.key_domain",
			"The security domain must be a bare host such as shop.example.cn, as it stands in Weibo's app settings."})
	}
	var bad *connectors.Error
	c.ExpiresAt, bad = readExpiry(fields["expires_at"])
	return c, bad
}

// readField reads a string without white space inside. An app key is digits,
// so it may come as a number.
func readField(name string, raw json.RawMessage) (string, *connectors.Error) {
	var read text
	number := len(raw) > 0 && raw[0] != '"' && string(raw) != "null"
	if len(raw) > 0 && json.Unmarshal(raw, &read) != nil || number && name != "app_key" {
		return "", refuseField(name, saying{"network.key_string", "The Weibo credential " + name + " must be a string."})
	}
	value := strings.TrimSpace(string(read))
	switch {
	case value == "":
		return "", refuseField(name, saying{"network.key_missing", "The Weibo credential " + name + " is missing."})
	case strings.ContainsFunc(value, unicode.IsSpace):
		return "", refuseField(name, saying{"network.key_space", "The Weibo credential " + name + " must not hold white space."})
	}
	return value, nil
}

// readExpiry reads an optional time; nil is none.
func readExpiry(raw json.RawMessage) (*time.Time, *connectors.Error) {
	var value string
	if len(raw) > 0 && json.Unmarshal(raw, &value) != nil {
		value = "not a string"
	}
	if value == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return nil, refuseField("expires_at", saying{"network.key_time", "The expiry must be a time such as 2026-08-16T12:00:00Z."})
	}
	at = at.UTC()
	return &at, nil
}

// storedCredentials reads credentials that Verify has seen. Should they be bad
// all the same, the account needs a person; no text is to blame.
func storedCredentials(raw connectors.Credentials) (credentials, *connectors.Error) {
	c, bad := parseCredentials(raw)
	if bad != nil {
		bad.Kind, bad.Key = connectors.KindAttention, "network.keys_unusable" // no form stands beside it
	}
	return c, bad
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// isHost tells whether s is a host name or an IPv4 address, perhaps with a port.
func isHost(s string) bool {
	if host, port, err := net.SplitHostPort(s); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
		s = host
	}
	return len(s) <= 253 && hostName.MatchString(s)
}

func refuseField(field string, say saying) *connectors.Error {
	return &connectors.Error{Kind: connectors.KindRefused, Field: field, Message: say.message, Key: say.key}
}

// scrub makes an error safe to show: net/http puts the address, and with it
// the token of a GET, into its errors, and a server may repeat what it was sent.
func (c credentials) scrub(err error) error {
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	said := err.Error()
	clean := said
	for _, secret := range []string{c.AccessToken, c.AppSecret} {
		if secret == "" {
			continue // an app has no token yet
		}
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			clean = strings.ReplaceAll(clean, form, "[secret]")
		}
	}
	if clean == said {
		return err
	}
	return errors.New(clean)
}
