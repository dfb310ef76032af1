package weibo_test

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
	"fanfare/connectors/weibo"
)

const shop = "shop.example.cn"

// setup makes a connector with a sandbox Weibo behind it.
func setup(t *testing.T) connectortest.Harness {
	t.Helper()
	clock := connectortest.NewClock()
	remote := sandbox.NewWeibo(sandbox.WeiboOptions{Clock: clock.Now})
	account := remote.AddAccount(sandbox.WeiboAccount{
		Name: "小米手机", UID: "2202387347", AppKey: "1206405345", SafeDomain: shop,
	})
	server := httptest.NewServer(remote)
	t.Cleanup(server.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	network := func(url string, patience time.Duration) connectors.Network {
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		return weibo.New(weibo.Options{
			BaseURL: url, Now: clock.Now, ClientIP: "203.0.113.7",
			HTTP: &http.Client{Transport: transport, Timeout: patience},
		})
	}
	expiresAt := account.ExpiresAt
	return connectortest.Harness{
		Network:     network(server.URL, 20*time.Second),
		Impatient:   network(server.URL, 100*time.Millisecond),
		Unreachable: network(closed.URL, time.Second),
		Credentials: credentials(t, account),
		Wrong: credentials(t, sandbox.WeiboAccount{
			AppKey: account.AppKey, AppSecret: "another-secret", AccessToken: "2.00of-nobody", SafeDomain: shop,
		}),
		Required: []string{"app_key", "app_secret", "access_token", "safe_domain"},
		Secrets:  []string{account.AppSecret, account.AccessToken, "another-secret", "2.00of-nobody"},
		Identity: connectors.Identity{
			RemoteID: account.UID, Handle: account.Name, ExpiresAt: &expiresAt, LinkHost: shop, Renewal: connectors.RenewBySignIn,
		},
		Post:    func(number int) connectors.Post { return post(account.UID, number, "") },
		TooLong: post(account.UID, 0, strings.Repeat("米", weibo.Limit)),
		Page: func(author connectors.Identity, remoteID string) string {
			return server.URL + "/" + author.RemoteID + "/" + remoteID
		},
		Clock:       clock,
		Fault:       remote.Faults.Add,
		Posts:       remote.Posts,
		RetryAt:     func() time.Time { return clock.Now().Truncate(time.Hour).Add(time.Hour) },
		Delays:      true,
		TimelineMax: 5,
		MaxImages:   1,
	}
}

func credentials(t *testing.T, a sandbox.WeiboAccount) connectors.Credentials {
	t.Helper()
	raw, err := json.Marshal(map[string]string{
		"app_key": a.AppKey, "app_secret": a.AppSecret,
		"access_token": a.AccessToken, "safe_domain": a.SafeDomain,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func post(account string, number int, more string) connectors.Post {
	link := fmt.Sprintf("https://%s/r/%012d", shop, number)
	return connectors.Post{
		AccountID: account,
		Text:      fmt.Sprintf("小米手机2第%d轮开售 🎉 %s 快来%s", number, link, more),
		Link:      link,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, setup)
}
