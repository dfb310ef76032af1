package twitter_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/connectors"
	"fanfare/connectors/connectortest"
	"fanfare/connectors/sandbox"
	"fanfare/connectors/twitter"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]sandbox.XApp{"confidential": sandbox.XConfidential, "public": sandbox.XPublic} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectortest.RunSignIn(t, func(t *testing.T) connectortest.SignInHarness {
				h := connectortest.SignInHarness{Harness: harness(t, sandbox.XAccount{}), CodeLife: 30 * time.Second,
					App:         encode(t, map[string]string{"client_id": app.ClientID, "client_secret": app.ClientSecret}),
					WrongApp:    encode(t, map[string]string{"client_id": app.ClientID, "client_secret": "no-such-secret"}),
					AppRequired: []string{"client_id"}, AppSecrets: []string{"no-such-secret"},
				}
				if app.ClientSecret != "" {
					h.AppSecrets = append(h.AppSecrets, app.ClientSecret)
				}
				h.Identity = h.Harness.Identity
				h.Identity.Renewal = connectors.RenewByItself
				return h
			})
		})
	}
}

// Where X's own pages are, and what they are asked for.
func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	app := connectors.Credentials(`{"client_id":"abc","client_secret":"hidden"}`)
	visit := connectors.Visit{Callback: "https://fanfare.example/settings/accounts/callback", State: "s", Verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}
	for base, site := range map[string]string{"": "https://x.com", "http://127.0.0.1:9001/": "http://127.0.0.1:9001"} {
		address, err := twitter.New(twitter.Options{BaseURL: base, Now: time.Now}).AuthorizeURL(app, visit)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(address, site+"/i/oauth2/authorize?") || strings.Contains(address, "hidden") {
			t.Errorf("%s", address)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"response_type": {"code"}, "client_id": {"abc"}, "redirect_uri": {visit.Callback}, "state": {"s"},
			"scope": {"tweet.read tweet.write users.read media.write offline.access"},
			// RFC 7636, appendix B
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
		}
		if diff := cmp.Diff(want, u.Query()); diff != "" {
			t.Error(diff)
		}
	}
}

// X is known to refuse the way of signing in without cause.
func TestVerifyAsksTwiceBeforeBelieving(t *testing.T) {
	t.Parallel()
	h := harness(t, sandbox.XAccount{})
	h.Fault(sandbox.Fault{Kind: sandbox.Unsupported})
	if _, err := h.Network.Verify(t.Context(), h.Credentials); err != nil {
		t.Errorf("refused once: %v", err)
	}
	h.Fault(sandbox.Fault{Kind: sandbox.Unsupported, Times: 2})
	if _, err := h.Network.Verify(t.Context(), h.Credentials); err == nil {
		t.Error("refused twice, and accepted")
	}
}
