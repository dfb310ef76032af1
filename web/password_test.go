package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/storage"
)

const newPassword = "staple battery horse"

// posts has the service send letters, into the slice that it gives back.
func (h *harness) posts() *[]accounts.PasswordLetter {
	var letters []accounts.PasswordLetter
	h.accounts.SendLetters(func(_ *storage.Tx, letter accounts.PasswordLetter) error {
		letters = append(letters, letter)
		return nil
	})
	return &letters
}

func (h *harness) passwordLink(id int64) string {
	h.t.Helper()
	link, err := h.accounts.PasswordLink(h.t.Context(), accounts.System(), id)
	h.must(err)
	return passwordPath(link)
}

// signIn is a browser in which somebody who is known has signed in.
func (h *harness) signIn(email, password string) *browser {
	h.t.Helper()
	b := h.browser()
	b.wants(303)(b.post("/sign-in", url.Values{"email": {email}, "password": {password}}))
	return b
}

// cookies are those of our site.
func (b *browser) cookies() []*http.Cookie {
	address, err := url.Parse(b.h.url)
	b.h.must(err)
	return b.http.Jar.Cookies(address)
}

func TestChangingAPassword(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Marketing)
	other := h.signIn("marketing@example.com", testPassword)
	stranger := h.browser()
	if _, body, _ := stranger.get("/preferences"); strings.Contains(body, "current_password") {
		t.Error("a stranger is asked for a password")
	}
	stranger.wants(303, "Location: /sign-in?next=%2Fpreferences%2Fpassword\n")(stranger.get("/preferences/password"))
	stranger.wants(303, "Location: /preferences/password\n")(stranger.get("/.well-known/change-password"))
	b.wants(200, `action="/preferences/password#password"`, "API keys work on.")(b.get("/preferences/password"))

	status, body, _ := b.post("/preferences/password", url.Values{"current_password": {"wrong password"}, "password": {"short"}})
	b.wants(422, `id="f-current_password-why"`, "This is not your present password.", `id="f-password-why"`, "at least 10 characters")(status, body, "")
	if strings.Count(body, `class="note is-bad"`) != 1 || strings.Contains(body, "wrong password") {
		t.Error("the page tells the fault at both forms, or shows what was typed")
	}
	stolen := b.cookies()
	b.wants(303, "Location: /preferences\n")(b.post("/preferences/password", url.Values{"current_password": {testPassword}, "password": {newPassword}}))
	b.wants(200, "Password changed.")(b.get("/preferences"))
	b.wants(200)(b.get("/calendar"))
	other.wants(303, "Location: /sign-in")(other.get("/calendar"))
	thief := h.browser()
	address, err := url.Parse(h.url)
	h.must(err)
	thief.http.Jar.SetCookies(address, stolen)
	thief.wants(303, "Location: /sign-in")(thief.get("/calendar"))
	other.wants(401)(other.post("/sign-in", url.Values{"email": {"marketing@example.com"}, "password": {testPassword}}))
	h.signIn("marketing@example.com", newPassword).wants(200)(b.get("/calendar"))
	if status, _ := h.call(h.adminKey, "GET", "/api/v1/people", nil); status != 200 {
		t.Errorf("an API key gets %d", status)
	}
}

func TestForgottenPasswordTellsNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.person("fan@example.com", accounts.Fan)
	h.person("admin@example.com", accounts.Admin)
	b := h.browser()
	b.wants(200, "Ask whoever runs this service")(b.get("/sign-in?lang=en"))
	b.wants(200, "This service sends no mail.")(b.get("/password/forgotten"))
	b.wants(404)(b.post("/password/forgotten", url.Values{"email": {"fan@example.com"}}))

	letters := h.posts()
	b.wants(200, `<a href="/password/forgotten">`)(b.get("/sign-in"))
	b.wants(200, `action="/password/forgotten"`)(b.get("/password/forgotten"))
	b.wants(422, "This is not an email address.", `value="fan"`)(b.post("/password/forgotten", url.Values{"email": {"fan"}}))
	for range 3 {
		for _, email := range []string{"fan@example.com", "nobody@example.com"} {
			other := h.browser()
			status, body, location := other.post("/password/forgotten", url.Values{"email": {email}})
			if status != 303 || body != "" || location != "/password/forgotten?sent=1" || len(other.cookies()) != 0 {
				t.Errorf("%s: %d, %q, %q, %v", email, status, body, location, other.cookies())
			}
		}
	}
	b.wants(200, "If somebody here has this address")(b.get("/password/forgotten?sent=1"))
	if len(*letters) != 6 || (*letters)[0].PersonID == 0 || (*letters)[1].PersonID != 0 {
		t.Errorf("letters %+v", *letters)
	}
	_, known, _ := b.post("/password/forgotten", url.Values{"email": {"fan@example.com"}})
	_, unknown, _ := b.post("/password/forgotten", url.Values{"email": {"nobody@example.com"}})
	b.wants(429, "Several letters")(429, known, "")
	if strings.ReplaceAll(known, "fan@example.com", "nobody@example.com") != unknown {
		t.Error("when it has had enough, it tells who is known")
	}
	b.wants(429, "from your network just now")(b.post("/password/forgotten", url.Values{"email": {"two@example.com"}}))
}

func TestPasswordLinks(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	fan, actor := h.signedIn(accounts.Fan)
	older := h.passwordLink(actor.PersonID)
	link := h.passwordLink(actor.PersonID)
	b := h.browser()
	for _, dead := range []string{"/password", "/password?token=wrong", older} {
		b.wants(404, "This link does not work")(b.get(dead))
		b.wants(404, "This link does not work")(b.post(dead, url.Values{"password": {newPassword}}))
	}
	b.wants(404, "This service sends no mail.")(b.get(older))
	for range 2 { // a mail scanner looks first
		b.wants(200, "fan@example.com", `<form class="form" method="post">`)(b.get(link))
	}
	b.wants(422, `id="f-password-why"`, "at least 10 characters")(b.post(link, url.Values{"password": {"short"}}))
	fan.wants(200)(fan.get("/ideas/new"))
	b.wants(303, "Location: /sign-in\n")(b.post(link, url.Values{"password": {newPassword}}))
	b.wants(200, "Your password is set.")(b.get("/sign-in"))
	fan.wants(303, "Location: /sign-in")(fan.get("/ideas/new"))
	b.wants(404)(b.post(link, url.Values{"password": {testPassword}}))
	h.signIn("fan@example.com", newPassword).wants(200)(b.get("/sign-in"))

	late := h.passwordLink(actor.PersonID)
	h.clock.Advance(7 * 24 * time.Hour)
	b.wants(404, "This link does not work")(b.get(late))
	b.wants(404)(b.post(late, url.Values{"password": {testPassword}}))
}

// TestPasswordLinkInOnesOwnBrowser: whoever is signed in and has forgotten the
// password is signed out, and told that the new one is set.
func TestPasswordLinkInOnesOwnBrowser(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	fan, actor := h.signedIn(accounts.Fan)
	admin, _ := h.signedIn(accounts.Admin)
	fan.wants(303, "Location: /sign-in\n")(fan.post(h.passwordLink(actor.PersonID), url.Values{"password": {newPassword}}))
	fan.wants(200, "Your password is set.", `action="/sign-in"`)(fan.get("/sign-in"))
	admin.wants(303)(admin.post(h.passwordLink(actor.PersonID), url.Values{"password": {newPassword}}))
	admin.wants(200, "Your password is set.")(admin.get("/calendar")) // their own session goes on
}

// TestSecretAddressesStayHere: pages with a secret in their address name it to
// no other page, and still tell where their forms come from.
func TestSecretAddressesStayHere(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	setup, err := h.accounts.SetupToken(t.Context(), time.Hour)
	h.must(err)
	link := h.passwordLink(h.person("fan@example.com", accounts.Fan).PersonID)
	for _, call := range [][2]string{{"GET", "/setup?token=" + setup}, {"GET", link}, {"POST", link}, {"GET", "/password?token=x"}} {
		request, err := http.NewRequestWithContext(t.Context(), call[0], h.url+call[1], nil)
		h.must(err)
		response, err := http.DefaultClient.Do(request)
		h.must(err)
		response.Body.Close()
		if got := response.Header["Referrer-Policy"]; len(got) != 1 || got[0] != "strict-origin" {
			t.Errorf("%s %s: Referrer-Policy %q", call[0], call[1], got)
		}
		if got := response.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("%s %s: Cache-Control %q", call[0], call[1], got)
		}
	}
}

func TestInvitingPeople(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, admin := h.signedIn(accounts.Admin)
	form := url.Values{"name": {"Lin"}, "email": {"lin@example.com"}, "role": {"product"}, "locale": {"en"}, "time_zone": {"UTC"}, "password": {""}}
	b.wants(200, "Leave it empty and you get a link")(b.get("/settings/people"))
	status, body, _ := b.post("/settings/people", form)
	b.wants(201, "This is the only time that the link is shown.")(status, body, "")
	link := strings.TrimPrefix(between(t, body, "<code>", "</code>"), h.url)
	lin := h.browser()
	lin.wants(303)(lin.post(link, url.Values{"password": {newPassword}}))
	h.signIn("lin@example.com", newPassword)

	id := between(t, func() string { _, body, _ := b.get("/settings/people"); return body }(), `id="link-`, `"`)
	status, body, _ = b.post("/settings/people/"+id+"/password-link", nil)
	b.wants(200, "/password?token=", "Link for Lin")(status, body, "")
	b.wants(403)(b.post("/settings/people/"+formatNumber("en", admin.PersonID)+"/password-link", nil))
	b.wants(404)(b.post("/settings/people/999/password-link", nil))
	fan, _ := h.signedIn(accounts.Marketing)
	fan.wants(403)(fan.post("/settings/people/"+id+"/password-link", nil))

	letters := h.posts()
	form.Set("email", "lei@example.com")
	b.wants(200, "they get a letter")(b.get("/settings/people"))
	b.wants(303, "Location: /settings/people\n")(b.post("/settings/people", form))
	b.wants(200, "A letter with a link is on its way.")(b.get("/settings/people"))
	form.Set("email", "han@example.com")
	form.Set("password", testPassword)
	b.wants(303)(b.post("/settings/people", form))
	b.wants(200, "Added: Lin")(b.get("/settings/people"))
	if len(*letters) != 1 || !(*letters)[0].Invited {
		t.Errorf("letters %+v", *letters)
	}
	b.wants(200, "Made a link to choose a password", "Changed a password")(b.get("/settings/audit"))
}
