package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
)

// requestIn is a request of a browser that asks for languages.
func requestIn(languages string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Accept-Language", languages)
	return request
}

// wants fails unless the answer has the status and holds all the texts.
func (b *browser) wants(status int, texts ...string) func(int, string, string) {
	b.h.t.Helper()
	return func(got int, body, location string) {
		b.h.t.Helper()
		if got != status {
			b.h.t.Errorf("status %d, want %d: %.300s", got, status, body)
		}
		for _, text := range texts {
			if !strings.Contains(body+"\nLocation: "+location+"\n", text) {
				b.h.t.Errorf("%q is missing in: %s %.1500s", text, location, body)
			}
		}
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.browser().wants(303, "Location: /ideas\n")(h.browser().get("/"))
	for role, path := range map[accounts.Role]string{
		accounts.Admin: "/calendar", accounts.Marketing: "/calendar", accounts.Product: "/ranking",
		accounts.Moderator: "/ideas", accounts.Fan: "/ideas",
	} {
		b, _ := h.signedIn(role)
		b.wants(303, "Location: "+path+"\n")(b.get("/"))
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.person("fan@example.com", accounts.Fan)
	b := h.browser()
	right := url.Values{"email": {" FAN@example.com "}, "password": {testPassword}, "next": {"/ideas/new?title=a+b"}}

	b.wants(200, `value="/ideas/new"`)(b.get("/sign-in?next=/ideas/new"))
	b.wants(401, "Email and password do not belong together.", `value="fan@example.com"`)(
		b.post("/sign-in", url.Values{"email": {"fan@example.com"}, "password": {"wrong"}}))
	b.wants(401, "Email and password do not belong together.")(
		b.post("/sign-in", url.Values{"email": {"nobody@example.com"}, "password": {testPassword}}))
	b.wants(303, "Location: /sign-in?next=%2Fideas%2Fnew\n")(b.get("/ideas/new"))
	b.wants(303, "Location: /ideas/new?title=a+b\n")(b.post("/sign-in", right))
	b.wants(200, `name="title" value="a b"`)(b.get("/ideas/new?title=a+b"))
	b.wants(303, "Location: /ideas\n")(b.get("/sign-in?next=/ideas")) // who is in need not sign in
	b.wants(303, "Location: /ideas\n")(b.post("/sign-out", nil))
	b.wants(303, "Location: /sign-in?next=%2Fideas%2Fnew\n")(b.get("/ideas/new"))
}

// TestSignInLeadsNowhereElse: a link to our sign-in must not end at another site.
func TestSignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.person("fan@example.com", accounts.Fan)
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/\t/evil.example", "\t//evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x"} {
		b := h.browser()
		b.wants(303, "Location: /\n")(b.post("/sign-in", url.Values{
			"email": {"fan@example.com"}, "password": {testPassword}, "next": {next},
		}))
	}
}

func TestSigningOutEndsTheOldToken(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Fan)
	address, err := url.Parse(h.url)
	h.must(err)
	stolen := b.http.Jar.Cookies(address)
	b.post("/sign-out", nil)
	thief := h.browser()
	thief.http.Jar.SetCookies(address, stolen)
	thief.wants(303, "Location: /sign-in")(thief.get("/ideas/new"))
}

func TestAPersonThatIsBlockedIsOutAtOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, actor := h.signedIn(accounts.Fan)
	_, err := h.accounts.SetBlocked(t.Context(), accounts.System(), actor.PersonID, true)
	h.must(err)
	b.wants(303, "Location: /sign-in")(b.get("/ideas/new"))
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.browser()
	form := url.Values{"name": {"Lin"}, "email": {"lin@example.com"}, "password": {"ninechars"}, "time_zone": {"Asia/Taipei"}, "next": {"/ideas"}}
	b.wants(200, "At least 10 characters")(b.get("/sign-up"))
	b.wants(422, "at least 10 characters", `value="Lin"`, `aria-invalid="true"`)(b.post("/sign-up?lang=en", form))

	form.Set("password", "tencharact")
	b.wants(303, "Location: /ideas\n")(b.post("/sign-up?lang=zh-Hant", form))
	b.wants(200, "歡迎你，Lin。", `lang="zh-Hant"`)(b.get("/ideas"))
	person, err := h.accounts.SignIn(t.Context(), "lin@example.com", "tencharact")
	h.must(err)
	if person.Role != accounts.Fan || person.TimeZone != "Asia/Taipei" || person.Locale != "zh-Hant" {
		t.Errorf("made %+v", person)
	}

	other := h.browser()
	other.wants(409, "Somebody has this email already.")(other.post("/sign-up", form))
	form.Set("email", "two@example.com")
	form.Set("time_zone", "Mars/Olympus") // nobody typed it: it must not be in the way
	form.Set("role", "admin")
	other.wants(303, "Location: /ideas\n")(other.post("/sign-up", form))
	if person, err := h.accounts.SignIn(t.Context(), "two@example.com", "tencharact"); err != nil || person.Role != accounts.Fan || person.TimeZone != "UTC" {
		t.Errorf("made %+v, %v", person, err)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.browser()
	b.wants(200, "Nobody runs this service yet")(b.get("/sign-in"))
	token, err := h.accounts.SetupToken(t.Context(), time.Hour)
	h.must(err)

	b.wants(404, "This link does not work")(b.get("/setup?token=wrong"))
	b.wants(404, "This link does not work")(b.get("/setup"))
	b.wants(200, `value="`+token+`"`)(b.get("/setup?token=" + token))
	form := url.Values{"token": {token}, "name": {"Ada"}, "email": {"ada@example.com"}, "password": {"short"}}
	b.wants(422, "at least 10 characters")(b.post("/setup", form))
	form.Set("password", testPassword)
	b.wants(303, "Location: /\n")(b.post("/setup", form))
	b.wants(303, "Location: /calendar\n")(b.get("/"))
	h.browser().wants(404)(h.browser().post("/setup", form)) // once
	if _, body, _ := h.browser().get("/sign-in"); strings.Contains(body, "Nobody runs") {
		t.Error("sign-in still asks for a first admin")
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	stranger := h.browser()
	stranger.wants(200, "Preferences")(stranger.get("/preferences"))
	stranger.wants(303, "Location: /ideas?sort=recent\n")(
		stranger.post("/preferences/locale", url.Values{"locale": {"de"}, "back": {"/ideas?lang=en&sort=recent"}}))
	stranger.wants(303, "Location: /\n")(stranger.post("/preferences/theme", url.Values{"theme": {"dark"}, "back": {"https://evil.example"}}))
	stranger.wants(200, `lang="de" data-theme="dark"`, "Ideen")(stranger.get("/ideas"))
	stranger.wants(303)(stranger.post("/preferences/theme", url.Values{"theme": {""}}))
	if _, body, _ := stranger.get("/ideas"); strings.Contains(body, "data-theme") {
		t.Error("the theme does not follow the system again")
	}
	stranger.wants(422)(stranger.post("/preferences/locale", url.Values{"locale": {"tlh"}}))

	fan, actor := h.signedIn(accounts.Fan)
	fan.wants(422, "This is not a time zone", `value="Nowhere"`)(
		fan.post("/preferences", url.Values{"locale": {"en"}, "time_zone": {"Nowhere"}}))
	fan.wants(303)(fan.post("/preferences", url.Values{"locale": {"zh-Hans"}, "time_zone": {"Asia/Shanghai"}, "theme": {"light"}}))
	fan.wants(200, "偏好设置已保存。", `data-theme="light"`, `value="Asia/Shanghai"`)(fan.get("/preferences"))
	if got, err := h.accounts.Actor(t.Context(), actor.PersonID); err != nil || got.Locale != "zh-Hans" || got.TimeZone != "Asia/Shanghai" {
		t.Errorf("kept %+v, %v", got, err)
	}
	fan.wants(303)(fan.post("/preferences/locale", url.Values{"locale": {"en"}, "back": {"/ideas"}}))
	if got, err := h.accounts.Actor(t.Context(), actor.PersonID); err != nil || got.Locale != "en" || got.TimeZone != "Asia/Shanghai" {
		t.Errorf("the foot's language kept %+v, %v", got, err)
	}
}

func TestFaultPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Fan)
	b.wants(404, "Nothing here", `href="/"`)(b.get("/nowhere"))
	b.wants(403, "Not yours to open", `href="/"`)(b.get("/settings/people"))
	b.wants(405, "That did not work")(b.post("/ideas", nil))
}

// TestRail: the words of the rail are those that the routes let each role open.
func TestRail(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for role, want := range map[accounts.Role]string{
		accounts.Fan: "", accounts.Admin: "/calendar /campaigns /orders /ranking /settings",
	} {
		v := view{Actor: &accounts.Actor{Role: role}, Path: "/campaigns/3?x=1", access: h.server.access}
		var paths []string
		for _, item := range v.Rail() {
			paths = append(paths, item.Path)
			if item.Current != (item.Path == "/campaigns") {
				t.Errorf("%s current is %v", item.Path, item.Current)
			}
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s sees %q, want %q", role, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ada Lovelace": "AL", "ada": "A", "Anna-Katharina von Hohenstein": "AH", "王小明": "王", "林 志遠": "林",
		"": "?", "!!": "?", "élodie": "É", "7 of 9": "79",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
}
