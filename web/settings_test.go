package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/community"
	"fanfare/connectors/sandbox"
)

func TestSettingsShowWhatIsYours(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for role, want := range map[accounts.Role]string{
		accounts.Admin:     "/settings/accounts /settings/people /settings/keys /settings/sources /settings/webhooks /settings/audit /preferences",
		accounts.Marketing: "/settings/accounts /settings/sources /settings/webhooks /preferences",
		accounts.Product:   "/preferences",
	} {
		b, _ := h.signedIn(role)
		_, body, _ := b.get("/settings")
		var shown []string
		for _, s := range allSettings {
			if strings.Contains(body, `<a class="card" href="`+s.Path+`"`) {
				shown = append(shown, s.Path)
			}
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("%s sees %s, want %s", role, got, want)
		}
	}
}

func TestConnectingAnAccount(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Marketing)
	b.wants(200, "No accounts yet")(b.get("/settings/accounts"))
	weibo := h.weibo.AddAccount(sandbox.WeiboAccount{Name: "小米手机", SafeDomain: strings.TrimPrefix(h.url, "http://"), ExpiresAt: h.clock.Now().Add(6*24*time.Hour + time.Hour)})
	form := url.Values{
		"kind": {"weibo"}, "name": {"Weibo"}, "credentials.app_key": {weibo.AppKey}, "credentials.app_secret": {weibo.AppSecret},
		"credentials.access_token": {""}, "credentials.safe_domain": {weibo.SafeDomain},
	}
	status, body, _ := b.post("/settings/accounts", form)
	b.wants(422, `id="f-credentials.access_token-why"`, `value="`+weibo.AppKey+`"`)(status, body, "")
	if strings.Contains(body, weibo.AppSecret) {
		t.Error("the page shows a secret again")
	}
	form.Set("credentials.access_token", "wrong")
	b.wants(422, "Weibo does not accept the account’s access token.")(b.post("/settings/accounts", form))
	form.Set("credentials.access_token", weibo.AccessToken)
	form.Set("link_base_url", "https://elsewhere.example")
	b.wants(422, `id="f-link_base_url-why"`)(b.post("/settings/accounts", form))
	form.Set("link_base_url", "")
	b.wants(303, "Location: /settings/accounts\n")(b.post("/settings/accounts", form))
	b.wants(200, "小米手机", "Token ends in 6 days", "Connected: Weibo")(b.get("/settings/accounts"))

	x := h.x.AddAccount(sandbox.XAccount{Handle: "mi"})
	b.wants(303)(b.post("/settings/accounts", url.Values{
		"kind": {"twitter"}, "name": {"X"}, "credentials.consumer_key": {x.ConsumerKey}, "credentials.consumer_secret": {x.ConsumerSecret},
		"credentials.access_token": {x.AccessToken}, "credentials.access_secret": {x.AccessSecret},
	}))
	b.wants(200, "@mi", "Healthy")(b.get("/settings/accounts"))
}

func TestHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) *time.Time { at := now.Add(d); return &at }
	for _, test := range []struct {
		expires *time.Time
		problem string
		want    health
	}{
		{nil, "", health{"healthy", "social.healthy", 0}},
		{nil, "refused", health{"failed", "social.problem", 0}},
		{in(30 * 24 * time.Hour), "", health{"healthy", "social.healthy_until", 30}},
		{in(14 * 24 * time.Hour), "", health{"is-warning", "social.ends", 14}},
		{in(24 * time.Hour), "", health{"is-warning", "social.ends", 1}},
		{in(23 * time.Hour), "", health{"is-warning", "social.ends_today", 0}},
		{in(0), "", health{"failed", "social.ended", 0}},
		{in(-time.Hour), "refused", health{"failed", "social.ended", 0}},
		{in(time.Hour), "refused", health{"failed", "social.problem", 0}},
	} {
		if got := healthOf(accounts.NetworkAccount{ExpiresAt: test.expires, Problem: test.problem}, now); got != test.want {
			t.Errorf("%v, %q: %+v, want %+v", test.expires, test.problem, got, test.want)
		}
	}
	for _, test := range []struct {
		expires *time.Time
		problem string
		want    health
	}{
		{in(time.Hour), "", health{State: "healthy", Key: "social.renews_itself"}},
		{in(0), "", health{State: "is-warning", Key: "social.renewing"}},
		{in(time.Hour), "refused", health{State: "failed", Key: "social.problem"}},
		{nil, "", health{State: "healthy", Key: "social.renews_itself"}},
	} {
		got := healthOf(accounts.NetworkAccount{ExpiresAt: test.expires, Problem: test.problem, Renewal: accounts.RenewByItself}, now)
		if got != test.want {
			t.Errorf("renewed by us, %v, %q: %+v, want %+v", test.expires, test.problem, got, test.want)
		}
	}
}

func TestKeysAreShownOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Admin)
	b.wants(422, "A name is needed.")(b.post("/settings/keys", url.Values{"name": {" "}, "role": {"marketing"}}))
	status, body, _ := b.post("/settings/keys", url.Values{"name": {"Web store"}, "role": {"marketing"}})
	if status != 201 {
		t.Fatalf("status %d", status)
	}
	key := between(t, body, "<code>", "</code>")
	if status, _ := h.call(key, "GET", "/api/v1/orders", nil); status != 200 {
		t.Errorf("the key gets %d", status)
	}
	_, list, _ := b.get("/settings/keys")
	if strings.Contains(list, key) || !strings.Contains(list, "…"+key[len(key)-4:]) {
		t.Error("the list shows the key, or lacks its end")
	}
	b.wants(303)(b.post("/settings/keys/2/revoke", nil)) // 1 is the harness's own
	if status, _ := h.call(key, "GET", "/api/v1/orders", nil); status != 401 {
		t.Errorf("the revoked key gets %d", status)
	}
	b.wants(200, "Revoked", "The key is revoked.")(b.get("/settings/keys"))
	b.wants(404)(b.post("/settings/keys/99/revoke", nil))
}

func TestPeople(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, admin := h.signedIn(accounts.Admin)
	form := url.Values{"name": {"Lin Bin"}, "email": {"lin@example.com"}, "role": {"product"}, "password": {"short"}, "locale": {"zh-Hans"}, "time_zone": {"Asia/Shanghai"}}
	status, body, _ := b.post("/settings/people", form)
	b.wants(422, `value="Lin Bin"`, `id="f-password-why"`, `<option value="product" selected>`)(status, body, "")
	if strings.Contains(body, `value="short"`) {
		t.Error("the page shows the password again")
	}
	form.Set("password", testPassword)
	b.wants(303)(b.post("/settings/people", form))
	b.wants(200, "lin@example.com", "Added: Lin Bin")(b.get("/settings/people"))
	b.wants(409, "Somebody has this email already.")(b.post("/settings/people", form))

	lin := h.browser()
	lin.wants(303)(lin.post("/sign-in", url.Values{"email": {"lin@example.com"}, "password": {testPassword}}))
	lin.wants(200)(lin.get("/ranking"))
	id := between(t, func() string { _, body, _ := b.get("/settings/people"); return body }(), `id="block-`, `"`)
	b.wants(303)(b.post("/settings/people/"+id+"/block", nil))
	lin.wants(303, "Location: /sign-in")(lin.get("/ranking"))
	b.wants(200, "Blocked", "/settings/people/"+id+"/unblock")(b.get("/settings/people"))
	b.wants(303)(b.post("/settings/people/"+id+"/unblock", nil))
	b.wants(403)(b.post(fmt.Sprintf("/settings/people/%d/block", admin.PersonID), nil))
}

func TestAuditTrail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.schedule("Go {link}", time.Hour)
	admin, _ := d.signedIn(accounts.Admin)
	admin.wants(200, "Scheduled a post", `<a href="/posts/1">1</a>`, "Connected a social account", "marketing", "Fanfare itself",
		"Thu 16 Aug, 20:00:00")(admin.get("/settings/audit"))
	admin.wants(200, "排期帖子", "系统")(admin.get("/settings/audit?lang=zh-Hans"))
}

func TestRankingPage(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, _ := h.signedIn(accounts.Product)
	b.wants(200, "No ideas yet")(b.get("/ranking"))
	for i := range ideasPerPage + 1 {
		fan := h.person(fmt.Sprintf("fan%d@example.com", i), accounts.Fan)
		idea, err := h.community.SubmitIdea(t.Context(), fan, community.IdeaDraft{Title: fmt.Sprintf("Number %d of the wishes", i+1), Body: "Please."})
		h.must(err)
		if idea.Number == ideasPerPage+1 {
			_, err = h.community.Vote(t.Context(), h.person("voter@example.com", accounts.Fan), idea.Number)
			h.must(err)
		}
	}
	status, body, _ := b.get("/ranking")
	b.wants(200, "Most votes.", `/ranking/export?format=xlsx&amp;sort=top`)(status, body, "")
	if first := between(t, body, `<th scope="row"><a href="/ideas/`, `"`); first != fmt.Sprint(ideasPerPage+1) {
		t.Errorf("idea %s leads, not the one with two votes", first)
	}
	next := strings.ReplaceAll(between(t, body, `rel="next" href="`, `"`), "&amp;", "&")
	b.wants(200, fmt.Sprintf(`<td class="figure rank">%d</td>`, ideasPerPage+1), `href="/ranking?sort=top"`)(b.get(next))
	b.wants(200, "rank,number,title")(b.get("/ranking/export?format=csv&sort=top"))
	b.wants(422)(b.get("/ranking?sort=luck"))
	b.wants(422)(b.get("/ranking/export?format=pdf"))
}
