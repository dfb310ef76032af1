package twitter_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/connectortest"
	"fanfare/connectors/sandbox"
	"fanfare/connectors/twitter"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, account := range map[string]sandbox.XAccount{
		"v2":      {},
		"v1.1":    {Legacy: true},
		"OAuth 2": {OAuth2: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, func(t *testing.T) connectortest.Harness { return harness(t, account) })
		})
	}
}

// harness is the connector before a sandbox with one account.
func harness(t *testing.T, account sandbox.XAccount) connectortest.Harness {
	clock := connectortest.NewClock()
	x := sandbox.NewX(sandbox.XOptions{Clock: clock.Now})
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	account.Handle = "xiaomi"
	account = x.AddAccount(account)

	network := func(base string, timeout time.Duration) connectors.Network {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		t.Cleanup(transport.CloseIdleConnections)
		return twitter.New(twitter.Options{
			BaseURL: base, Now: clock.Now, HTTP: &http.Client{Transport: transport, Timeout: timeout},
		})
	}
	good := account.Info().Credentials
	return connectortest.Harness{
		Network:     network(server.URL, 30*time.Second),
		Impatient:   network(server.URL, 100*time.Millisecond),
		Unreachable: network("http://127.0.0.1:1", 30*time.Second),
		Credentials: encode(t, good),
		Wrong:       wrong(t, good),
		Required:    required(account),
		Secrets:     secrets(good),
		Identity:    connectors.Identity{RemoteID: account.ID, Handle: "@xiaomi", Renewal: renewal(account)},
		Post: func(number int) connectors.Post {
			link := fmt.Sprintf("https://go.mi.com/r/k%d", number)
			return connectors.Post{AccountID: account.ID, Link: link,
				Text: fmt.Sprintf("Sale %d opens at noon. 小米手机 2 现在开售 🎉 %s", number, link)}
		},
		TooLong: connectors.Post{AccountID: account.ID, Text: strings.Repeat("米", 141)},
		Page: func(author connectors.Identity, remoteID string) string {
			return server.URL + "/" + strings.TrimPrefix(author.Handle, "@") + "/status/" + remoteID
		},
		Clock:     clock,
		Fault:     x.Faults.Add,
		Posts:     x.Posts,
		Burst:     50,
		MaxImages: 4, Ahead: true,
		TellsLimits: true,
		RetryAt:     func() time.Time { return clock.Now().Add(15 * time.Minute) },
	}
}

func renewal(a sandbox.XAccount) connectors.Renewal {
	if a.OAuth2 {
		return connectors.RenewBySignIn // its token has no refresh token beside it
	}
	return connectors.RenewByKeys
}

func encode(t *testing.T, v any) connectors.Credentials {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wrong gives credentials of the same shape that nobody knows.
func wrong(t *testing.T, good map[string]string) connectors.Credentials {
	bad := make(map[string]string)
	for name, value := range good {
		if name != "api" {
			value += "x"
		}
		bad[name] = value
	}
	return encode(t, bad)
}

func required(a sandbox.XAccount) []string {
	if a.OAuth2 {
		return []string{"access_token"}
	}
	return []string{"consumer_key", "consumer_secret", "access_token", "access_secret"}
}

func secrets(good map[string]string) []string {
	var list []string
	for name, value := range good {
		if name != "api" && name != "consumer_key" && name != "client_id" {
			list = append(list, value)
		}
	}
	return list
}
