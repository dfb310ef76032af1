package weibo_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/connectortest"
	"fanfare/connectors/weibo"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	connectortest.RunSignIn(t, func(t *testing.T) connectortest.SignInHarness {
		h := connectortest.SignInHarness{Harness: setup(t), CodeLife: 10 * time.Minute,
			AppRequired: []string{"app_key", "app_secret", "safe_domain"}, AppSecrets: []string{"no-such-secret"}}
		var keys map[string]string
		if err := json.Unmarshal(h.Credentials, &keys); err != nil {
			t.Fatal(err)
		}
		encode := func(secret string) connectors.Credentials {
			raw, err := json.Marshal(map[string]string{"app_key": keys["app_key"], "app_secret": secret, "safe_domain": keys["safe_domain"]})
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		h.App, h.WrongApp = encode(keys["app_secret"]), encode("no-such-secret")
		h.Identity = h.Harness.Identity
		h.Identity.ExpiresAt = nil
		return h
	})
}

// Every form in which Weibo was seen to tell a token's life.
func TestExchangeReadsLifetimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	visit := connectors.Visit{Callback: "https://shop.example.cn/callback", State: "s"}
	for body, want := range map[string]string{
		`{"access_token":"2.00t","expires_in":3600,"remind_in":"7200","uid":"1"}`:  "2012-08-16T13:00:00Z",
		`{"access_token":"2.00t","expires_in":"3600","remind_in":"3600","uid":1}`:  "2012-08-16T13:00:00Z",
		`{"access_token":"2.00t","remind_in":"7200","uid":"1"}`:                    "2012-08-16T14:00:00Z",
		`{"access_token":"2.00t","expires_in":0,"uid":"1"}`:                        "",
		`{"access_token":"2.00t","expires_in":"99999999999999999999","uid":"1"}`:   "",
		`{"access_token":"2.00t","expires_in":"soon","remind_in":null,"uid":"1"}`:  "",
		`{"access_token":"","expires_in":3600}`:                                    "error",
		`{"expires_in":3600}`:                                                      "error",
		`[]`:                                                                       "error",
		`{"error":"expired_token","error_code":"21327","request":"/oauth2/token"}`: "error",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		network := weibo.New(weibo.Options{BaseURL: server.URL, Now: func() time.Time { return now }})
		raw, err := network.Exchange(t.Context(), connectors.Credentials(`{"app_key":1,"app_secret":"s","safe_domain":"shop.example.cn"}`), "code", visit)
		server.Close()
		if (err != nil) != (want == "error") {
			t.Errorf("%s: %v", body, err)
		}
		var got struct {
			ExpiresAt string `json:"expires_at"`
		}
		if err == nil && (json.Unmarshal(raw, &got) != nil || got.ExpiresAt != want) {
			t.Errorf("%s: ends at %q, want %q", body, got.ExpiresAt, want)
		}
	}
}
