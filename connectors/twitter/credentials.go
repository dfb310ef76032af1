package twitter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"fanfare/connectors"
)

// The dialects of the API, as credentials name them.
const (
	v2  = "v2"
	v11 = "v1.1"
)

// credentials are an account's keys: OAuth 1.0a, or OAuth 2.0 when ClientID is set.
type credentials struct {
	API            string `json:"api,omitempty"`
	ConsumerKey    string `json:"consumer_key,omitempty"`
	ConsumerSecret string `json:"consumer_secret,omitempty"`
	AccessToken    string `json:"access_token,omitempty"`
	AccessSecret   string `json:"access_secret,omitempty"`
	ClientID       string `json:"client_id,omitempty"`
	ClientSecret   string `json:"client_secret,omitempty"` // "" for a public client
	RefreshToken   string `json:"refresh_token,omitempty"`
	ExpiresAt      string `json:"expires_at,omitempty"` // RFC 3339

	expiresAt *time.Time
	heard     answer // the last one: credentials are read anew for each call of ours
}

func (c *credentials) oauth2() bool { return c.ClientID != "" }

func (c *credentials) renewal() connectors.Renewal {
	switch {
	case !c.oauth2():
		return connectors.RenewByKeys
	case c.RefreshToken == "":
		return connectors.RenewBySignIn
	}
	return connectors.RenewByItself
}

// secrets are the values that must never be seen.
func (c *credentials) secrets() []string {
	return []string{c.ConsumerSecret, c.AccessToken, c.AccessSecret, c.ClientSecret, c.RefreshToken}
}

// parseCredentials reads and examines what an account's owner gave us. Its
// error is of KindRefused and names the field.
func parseCredentials(raw connectors.Credentials) (*credentials, *connectors.Error) {
	c, bad := readCredentials(raw)
	if bad != nil {
		return nil, bad
	}
	return c, c.complete()
}

// readCredentials examines each field by itself.
func readCredentials(raw connectors.Credentials) (*credentials, *connectors.Error) {
	c := new(credentials)
	if err := json.Unmarshal(raw, c); err != nil {
		field := "credentials"
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			field = wrong.Field
		}
		// The cause could quote a secret, so it stays here.
		return nil, badField(field, saying{"network.key_object", "The credentials must be a JSON object of strings."})
	}
	for name, value := range c.fields() {
		*value = strings.TrimSpace(*value)
		if !printable(*value) {
			return nil, badField(name, saying{"network.key_characters", "This holds characters that no key of X has."})
		}
	}
	if c.API == "" {
		c.API = v2
	}
	if c.API != v2 && c.API != v11 {
		return nil, badField("api", saying{"twitter.api", `This must be "v2" or "v1.1".`})
	}
	return c, nil
}

// fields gives every value by its name in the API.
func (c *credentials) fields() map[string]*string {
	return map[string]*string{
		"api": &c.API, "consumer_key": &c.ConsumerKey, "consumer_secret": &c.ConsumerSecret,
		"access_token": &c.AccessToken, "access_secret": &c.AccessSecret,
		"client_id": &c.ClientID, "client_secret": &c.ClientSecret,
		"refresh_token": &c.RefreshToken, "expires_at": &c.ExpiresAt,
	}
}

// complete examines the fields together.
func (c *credentials) complete() *connectors.Error {
	required := []string{"consumer_key", "consumer_secret", "access_token", "access_secret"}
	if c.oauth2() {
		required = []string{"access_token"}
		if c.API == v11 {
			return badField("api", saying{"twitter.api_keys", "API v1.1 takes OAuth 1.0a keys only."})
		}
	}
	fields := c.fields()
	for _, name := range required {
		if *fields[name] == "" {
			return badField(name, saying{"network.key_missing", fmt.Sprintf("The %s is missing.", strings.ReplaceAll(name, "_", " "))})
		}
	}
	if c.ExpiresAt == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, c.ExpiresAt)
	if err != nil {
		return badField("expires_at", saying{"network.key_time", "This is not a time such as 2026-08-16T12:00:00Z."})
	}
	at = at.UTC()
	c.expiresAt = &at
	return nil
}

// storedCredentials is parseCredentials for an account that Verify has seen:
// if they are bad now, the account needs a person, and the text is not to blame.
func storedCredentials(raw connectors.Credentials) (*credentials, *connectors.Error) {
	c, bad := parseCredentials(raw)
	if bad != nil {
		bad.Kind, bad.Key = connectors.KindAttention, "network.keys_unusable" // no form stands beside it
		return nil, bad
	}
	return c, nil
}

func badField(field string, say saying) *connectors.Error {
	return &connectors.Error{Kind: connectors.KindRefused, Field: field, Message: say.message, Key: say.key}
}

// printable tells whether s is ASCII without spaces and controls, as every key
// and token is; anything else could not stand in a header.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
