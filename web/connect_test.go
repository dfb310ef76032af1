package web

import (
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/connectors/connectortest"
	"fanfare/connectors/sandbox"
)

// xForm is what somebody types to sign in at X.
func xForm() url.Values {
	return url.Values{
		"kind": {"twitter-sign-in"}, "name": {"Mi at X"}, "link_base_url": {"https://go.example.com"},
		"credentials.client_id": {sandbox.XConfidential.ClientID}, "credentials.client_secret": {sandbox.XConfidential.ClientSecret},
	}
}

// leave sends a form that leads to a network, and gives the address there.
func (b *browser) leave(path string, form url.Values) string {
	b.h.t.Helper()
	status, body, _ := b.post(path, form)
	b.wants(200, `http-equiv="refresh"`)(status, body, "")
	return html.UnescapeString(between(b.h.t, body, `<a class="button main" href="`, `"`))
}

// answer goes through the network's page and comes back.
func (b *browser) answer(address, answer, account string) (int, string, string) {
	b.h.t.Helper()
	return b.get("/settings/accounts/callback?" + connectortest.Consent(b.h.t, address, answer, account).Encode())
}

func TestSignInAtX(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	mi, poco := h.x.AddAccount(sandbox.XAccount{Handle: "mi", Name: "Mi"}), h.x.AddAccount(sandbox.XAccount{Handle: "poco"})
	b, actor := h.signedIn(accounts.Marketing)
	b.wants(200, "Sign in at X", h.url+"/settings/accounts/callback")(b.get("/settings/accounts/new"))
	bad := xForm()
	bad.Del("credentials.client_id")
	b.wants(422, `id="f-credentials.client_id-why"`, `value="Mi at X"`)(b.post("/settings/accounts/sign-in", bad))

	b.wants(303, "Location: /settings/accounts\n")(b.answer(b.leave("/settings/accounts/sign-in", xForm()), "allow", mi.ID))
	b.wants(200, "@mi", "Mi at X", "https://go.example.com", "Healthy, renews itself", "Connected: Mi at X", `action="/settings/accounts/1/renew"`)(b.get("/settings/accounts"))

	// Renewed in place, but not by another account.
	b.wants(409, "@poco signed in, not @mi.", `role="alert"`)(b.answer(b.leave("/settings/accounts/1/renew", nil), "allow", poco.ID))
	h.must(h.accounts.SetProblem(t.Context(), 1, "Refused.", ""))
	b.wants(200, "Needs a person", "Renew now")(b.get("/settings/accounts"))
	b.wants(303)(b.answer(b.leave("/settings/accounts/1/renew", nil), "allow", mi.ID))
	b.wants(200, "Healthy, renews itself")(b.get("/settings/accounts"))
	all, err := h.accounts.NetworkAccounts(t.Context())
	if err != nil || len(all) != 1 || all[0].CreatedBy != actor.PersonID || all[0].Name != "Mi at X" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestSignInAtWeibo(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	host := strings.TrimPrefix(h.url, "http://")
	user := h.weibo.AddAccount(sandbox.WeiboAccount{Name: "小米手机", SafeDomain: host})
	b, _ := h.signedIn(accounts.Admin)
	form := url.Values{
		"kind": {"weibo-sign-in"}, "name": {"Weibo"}, "credentials.app_key": {user.AppKey},
		"credentials.app_secret": {user.AppSecret}, "credentials.safe_domain": {host},
	}
	b.wants(303)(b.answer(b.leave("/settings/accounts/sign-in", form), "allow", ""))
	b.wants(200, "小米手机", "Healthy, 30 days left")(b.get("/settings/accounts"))
	h.clock.Advance(24*24*time.Hour - time.Hour)
	b.wants(200, "The token of 小米手机 ends in 6 days.", `href="/settings/accounts">Renew now</a>`)(b.get("/calendar"))
	b.wants(200, "Token ends in 6 days")(b.get("/settings/accounts"))
	b.wants(303)(b.answer(b.leave("/settings/accounts/1/renew", nil), "allow", ""))
	status, body, _ := b.get("/calendar")
	if status != 200 || strings.Contains(body, "expiry-note") {
		t.Error("the note stands after the renewal")
	}
	product, _ := h.signedIn(accounts.Product)
	product.wants(403)(product.post("/settings/accounts/1/renew", nil))
	product.wants(403)(product.get("/settings/accounts/callback?state=s&code=c"))
	stranger := h.browser()
	stranger.wants(303, "Location: /sign-in?next=")(stranger.get("/settings/accounts/callback?state=s&code=c"))
}

// Whatever goes wrong on the way says so on the page, keeps what was typed but
// for secrets, and stores nothing.
func TestSignInsThatComeToNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.x.AddAccount(sandbox.XAccount{Handle: "mi"})
	b, _ := h.signedIn(accounts.Marketing)
	for name, test := range map[string]struct {
		status int
		says   string
		come   func(address string) (int, string, string)
	}{
		"denied": {422, "The account was not opened to this app.", func(a string) (int, string, string) { return b.answer(a, "deny", "") }},
		"forged": {409, "This answer belongs to another sign-in.", func(a string) (int, string, string) {
			back := connectortest.Consent(t, a, "allow", "")
			back.Set("state", "forged")
			return b.get("/settings/accounts/callback?" + back.Encode())
		}},
		"an old code": {422, "it took too long, or was used already.", func(a string) (int, string, string) {
			back := connectortest.Consent(t, a, "allow", "")
			h.clock.Advance(31 * time.Second)
			return b.get("/settings/accounts/callback?" + back.Encode())
		}},
		"too slow": {409, "longer than ten minutes", func(a string) (int, string, string) {
			h.clock.Advance(11 * time.Minute)
			return b.answer(a, "allow", "")
		}},
		"network down": {503, "The network did not answer.", func(a string) (int, string, string) {
			h.x.Faults.Add(sandbox.Fault{Kind: sandbox.BadGateway, Call: sandbox.CallToken})
			return b.answer(a, "allow", "")
		}},
		"network down after the exchange": {503, "The network did not answer.", func(a string) (int, string, string) {
			h.x.Faults.Add(sandbox.Fault{Kind: sandbox.ServerError, Call: sandbox.CallVerify})
			return b.answer(a, "allow", "")
		}},
		"broken off": {422, "The network broke the sign-in off.", func(a string) (int, string, string) {
			u, err := url.Parse(a)
			h.must(err)
			return b.get("/settings/accounts/callback?error=%3Cscript%3E&state=" + url.QueryEscape(u.Query().Get("state")))
		}},
	} {
		status, body, _ := test.come(b.leave("/settings/accounts/sign-in", xForm()))
		if status != test.status || !strings.Contains(html.UnescapeString(body), test.says) || !strings.Contains(body, `value="Mi at X"`) {
			t.Errorf("%s: %d\n%s", name, status, body)
		}
		for _, secret := range []string{sandbox.XConfidential.ClientSecret, "<script>", "callback?"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s: the page shows %s", name, secret)
			}
		}
		// It is over, but for a forged answer: the same again finds nothing.
		if name == "forged" {
			continue
		}
		b.wants(409, "No sign-in is under way here")(b.get("/settings/accounts/callback?state=s&code=c"))
	}
	wrong := xForm()
	wrong.Set("credentials.client_secret", "wrong")
	b.wants(422, `id="f-credentials.client_id-why"`)(b.answer(b.leave("/settings/accounts/sign-in", wrong), "allow", ""))
	if all, err := h.accounts.NetworkAccounts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("stored: %+v, %v", all, err)
	}
}

// An answer is of the session in which it was asked for.
func TestSignInIsOfItsSession(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.x.AddAccount(sandbox.XAccount{Handle: "mi"})
	b, _ := h.signedIn(accounts.Marketing)
	admin, _ := h.signedIn(accounts.Admin)
	address := b.leave("/settings/accounts/sign-in", xForm())
	admin.leave("/settings/accounts/sign-in", xForm())
	admin.wants(409, "This answer belongs to another sign-in.")(admin.answer(address, "allow", ""))
}

// Of two tabs the one that began last goes on, whichever answers first.
func TestAnEarlierSignInLeavesTheLaterAlone(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	mi := h.x.AddAccount(sandbox.XAccount{Handle: "mi"})
	b, _ := h.signedIn(accounts.Marketing)
	earlier := b.leave("/settings/accounts/sign-in", xForm())
	later := b.leave("/settings/accounts/sign-in", xForm())
	b.wants(409, "This answer belongs to another sign-in.")(b.answer(earlier, "allow", mi.ID))
	b.wants(409, "This answer belongs to another sign-in.")(b.get("/settings/accounts/callback?state=forged&code=c"))
	b.wants(303, "Location: /settings/accounts\n")(b.answer(later, "allow", mi.ID))
	b.wants(409, "No sign-in is under way here")(b.get("/settings/accounts/callback?state=s&code=c"))
}
