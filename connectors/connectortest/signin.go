package connectortest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// SignInHarness is a Harness of a network that people sign in at.
type SignInHarness struct {
	Harness
	App      connectors.Credentials // the app's keys
	WrongApp connectors.Credentials // the same with a secret that is none
	// AppRequired are the fields of App that must not be missing.
	AppRequired []string
	AppSecrets  []string
	CodeLife    time.Duration
	Identity    connectors.Identity // of who signs in, but for ExpiresAt
}

var visit = connectors.Visit{
	Callback: "http://127.0.0.1:9/settings/accounts/callback?a=b", State: "state-of-the-visit",
	Verifier: "verifier-verifier-verifier-verifier-verifier",
}

// RunSignIn puts a network's sign-in through everything that may happen to it.
func RunSignIn(t *testing.T, setup func(t *testing.T) SignInHarness) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, h SignInHarness)
	}{
		{"signs in", signsIn},
		{"brings a refusal back", bringsRefusalBack},
		{"takes a code once", takesCodeOnce},
		{"does not take an old code", refusesOldCode},
		{"does not take a code for another callback", refusesOtherCallback},
		{"names a missing key of the app", namesMissingAppKey},
		{"blames the app for a wrong secret", blamesApp},
		{"survives a lost exchange", survivesLostExchange},
		{"knows when nothing was asked", knowsNothingAsked},
		{"renews, or asks for a person", renewsOrAsks},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := setup(t)
			h.Secrets = append(h.Secrets, h.AppSecrets...)
			h.Secrets = append(h.Secrets, visit.Verifier)
			test.run(t, h)
		})
	}
}

// signIn is the part of the network that this suite is about.
func (h SignInHarness) signIn() connectors.SignIn { return h.Network.(connectors.SignIn) }

func signsIn(t *testing.T, h SignInHarness) {
	back := h.visit(t, "allow")
	if back.Get("state") != visit.State || back.Get("a") != "b" || back.Get("error") != "" {
		t.Errorf("the browser came back with %v", back)
	}
	credentials, err := h.signIn().Exchange(t.Context(), h.App, back.Get("code"), visit)
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Network.Verify(t.Context(), credentials)
	if err != nil {
		t.Fatal(err)
	}
	if got.ExpiresAt == nil || !got.ExpiresAt.After(h.Clock.Now().Add(time.Hour)) {
		t.Errorf("the token ends at %v", got.ExpiresAt)
	}
	got.ExpiresAt = nil
	if diff := gocmp.Diff(h.Identity, got); diff != "" {
		t.Error(diff)
	}
	post := h.Post(1)
	if _, err := h.Network.Publish(t.Context(), credentials, post); err != nil {
		t.Errorf("publish: %v", err)
	}
	// The same keys, with a token in them, serve a second sign-in.
	again, err := h.signIn().Exchange(t.Context(), credentials, h.visit(t, "allow").Get("code"), visit)
	if err != nil || string(again) == string(credentials) {
		t.Errorf("the second sign-in gave the same or %v", err)
	}
}

func bringsRefusalBack(t *testing.T, h SignInHarness) {
	back := h.visit(t, "deny")
	if back.Get("error") != "access_denied" || back.Get("state") != visit.State || back.Has("code") {
		t.Errorf("the browser came back with %v", back)
	}
}

func takesCodeOnce(t *testing.T, h SignInHarness) {
	code := h.visit(t, "allow").Get("code")
	if _, err := h.signIn().Exchange(t.Context(), h.App, code, visit); err != nil {
		t.Fatal(err)
	}
	h.refusesCode(t, code, visit)
	h.refusesCode(t, "invented", visit)
	h.refusesCode(t, "", visit)
}

func refusesOldCode(t *testing.T, h SignInHarness) {
	code := h.visit(t, "allow").Get("code")
	h.Clock.Advance(h.CodeLife + time.Second)
	h.refusesCode(t, code, visit)
}

func refusesOtherCallback(t *testing.T, h SignInHarness) {
	other := visit
	other.Callback = "http://127.0.0.1:9/elsewhere"
	h.refusesCode(t, h.visit(t, "allow").Get("code"), other)
}

func namesMissingAppKey(t *testing.T, h SignInHarness) {
	for _, name := range h.AppRequired {
		var fields map[string]any
		if err := json.Unmarshal(h.App, &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, name)
		app, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.signIn().AuthorizeURL(app, visit)
		if failed := h.failed(t, err, connectors.KindRefused); failed != nil && failed.Field != name {
			t.Errorf("without %s, field %q is to blame", name, failed.Field)
		}
	}
	for _, text := range []string{``, `[]`, `null`, `{`} {
		_, err := h.signIn().AuthorizeURL(connectors.Credentials(text), visit)
		h.failed(t, err, connectors.KindRefused)
		_, err = h.signIn().Exchange(t.Context(), connectors.Credentials(text), "code", visit)
		h.failed(t, err, connectors.KindRefused)
	}
}

func blamesApp(t *testing.T, h SignInHarness) {
	_, err := h.signIn().Exchange(t.Context(), h.WrongApp, h.visit(t, "allow").Get("code"), visit)
	if failed := h.failed(t, err, connectors.KindRefused); failed != nil && failed.Field == "" {
		t.Error("no field of the app is to blame")
	}
}

// survivesLostExchange: whatever cuts the call, nobody is told a verdict, and
// no answer of a stranger gets into an error.
func survivesLostExchange(t *testing.T, h SignInHarness) {
	for _, kind := range []sandbox.FaultKind{sandbox.Reset, sandbox.Timeout, sandbox.ServerError, sandbox.BadGateway, sandbox.Truncated} {
		for _, accepted := range []bool{false, true} {
			network := h.signIn()
			if kind == sandbox.Timeout {
				network = h.Impatient.(connectors.SignIn)
			}
			code := h.visit(t, "allow").Get("code")
			h.Secrets = append(h.Secrets, code)
			h.Fault(sandbox.Fault{Kind: kind, Accepted: accepted, Call: sandbox.CallToken})
			credentials, err := network.Exchange(t.Context(), h.App, code, visit)
			if h.failed(t, err, connectors.KindUnknown) == nil || credentials != nil {
				t.Errorf("with %s, accepted %v", kind, accepted)
			}
		}
	}
	h.Fault(sandbox.Fault{Kind: sandbox.RateLimited, Call: sandbox.CallToken})
	_, err := h.signIn().Exchange(t.Context(), h.App, h.visit(t, "allow").Get("code"), visit)
	h.failed(t, err, connectors.KindRetry)
}

func knowsNothingAsked(t *testing.T, h SignInHarness) {
	_, err := h.Unreachable.(connectors.SignIn).Exchange(t.Context(), h.App, "code", visit)
	h.failed(t, err, connectors.KindRetry)
}

// renewsOrAsks: what Verify says of the renewal is true.
func renewsOrAsks(t *testing.T, h SignInHarness) {
	credentials, err := h.signIn().Exchange(t.Context(), h.App, h.visit(t, "allow").Get("code"), visit)
	if err != nil {
		t.Fatal(err)
	}
	renewed, ends, err := h.signIn().Renew(t.Context(), credentials)
	if h.Identity.Renewal != connectors.RenewByItself {
		h.failed(t, err, connectors.KindAttention)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Network.Verify(t.Context(), renewed)
	if err != nil || got.RemoteID != h.Identity.RemoteID || got.Renewal != connectors.RenewByItself || !got.ExpiresAt.Equal(ends) {
		t.Errorf("after the renewal: %+v, %v", got, err)
	}
	// What was renewed is used up: to try again kills the whole family.
	_, _, err = h.signIn().Renew(t.Context(), credentials)
	h.failed(t, err, connectors.KindAttention)
	_, _, err = h.signIn().Renew(t.Context(), renewed)
	h.failed(t, err, connectors.KindAttention)
}

// refusesCode trades a code and must be refused for the code's sake.
func (h SignInHarness) refusesCode(t *testing.T, code string, v connectors.Visit) {
	t.Helper()
	_, err := h.signIn().Exchange(t.Context(), h.App, code, v)
	if failed := h.failed(t, err, connectors.KindRefused); failed != nil && failed.Field != "" {
		t.Errorf("field %q is to blame, not the code", failed.Field)
	}
}

// visit goes through the network's page as a browser does, and gives what the
// browser brings back.
func (h SignInHarness) visit(t *testing.T, answer string) url.Values {
	t.Helper()
	address, err := h.signIn().AuthorizeURL(h.App, visit)
	if err != nil {
		t.Fatal(err)
	}
	return Consent(t, address, answer, "")
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// Consent answers a sandbox's sign-in page, "allow" or "deny", for the account
// with an id, the first when it is "". It gives the query with which the
// browser is sent back.
func Consent(t testing.TB, address, answer, account string) url.Values {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the sign-in page gave %d, %v: %s", response.StatusCode, err, body)
	}
	page := string(body)
	form := url.Values{"answer": {answer}, "account": {account}}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(field[1], unescape.Replace(field[2]))
	}
	if _, rest, ok := strings.Cut(page, `<option value="`); ok && account == "" {
		first, _, _ := strings.Cut(rest, `"`)
		form.Set("account", first)
	}
	target := response.Request.URL
	target.RawQuery = ""
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	sent, err := client.PostForm(target.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	defer sent.Body.Close()
	back, err := sent.Location()
	if err != nil {
		t.Fatalf("the consent gave %d: %v", sent.StatusCode, err)
	}
	return back.Query()
}

var unescape = strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#39;", "'", "&#34;", `"`)
