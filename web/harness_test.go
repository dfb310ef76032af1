package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	_ "time/tzdata" // main brings it along in the program

	"github.com/alexedwards/scs/v2/memstore"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
	"fanfare/campaigns/stores"
	"fanfare/community"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/connectors/twitter"
	"fanfare/connectors/weibo"
	"fanfare/media"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
	"fanfare/webhooks"
)

const testPassword = "correct horse battery"

// harness is a whole server on a database of its own, over real HTTP, with the
// sandbox networks behind it. Its clock stands still until a test moves it.
type harness struct {
	t         testing.TB
	server    *Server
	url       string
	clock     *storagetest.Clock
	db        *storage.DB
	x         *sandbox.X
	xURL      string
	weiboURL  string
	weibo     *sandbox.Weibo
	accounts  *accounts.Service
	links     *links.Service
	orders    *orders.Service
	stores    *stores.Service
	campaigns *campaigns.Service
	community *community.Service
	media     *media.Service
	webhooks  *webhooks.Service
	adminKey  string
	settled   sync.Once
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	h := &harness{t: t, clock: storagetest.NewClock()}
	h.db = storagetest.Open(t, storage.SQLite, h.clock)
	h.x = sandbox.NewX(sandbox.XOptions{Clock: h.clock.Now})
	h.weibo = sandbox.NewWeibo(sandbox.WeiboOptions{Clock: h.clock.Now})
	xServer, weiboServer := httptest.NewServer(h.x), httptest.NewServer(h.weibo)
	h.xURL, h.weiboURL = xServer.URL, weiboServer.URL
	t.Cleanup(xServer.Close)
	t.Cleanup(weiboServer.Close)

	front := httptest.NewUnstartedServer(nil)
	h.url = "http://" + front.Listener.Addr().String()
	secret := bytes.Repeat([]byte{7}, 32)
	jobs, err := scheduler.New(h.db, nil)
	h.must(err)
	h.accounts = accounts.New(h.db, secret)
	images, err := media.OpenStore("", t.TempDir())
	h.must(err)
	h.media = media.New(h.db, images)
	h.webhooks, err = webhooks.New(webhooks.Options{DB: h.db, Jobs: jobs, Accounts: h.accounts, PublicURL: h.url})
	h.must(err)
	h.links, err = links.New(links.Options{DB: h.db, Secret: secret, PublicURL: h.url})
	h.must(err)
	h.must(h.links.Start(t.Context()))
	h.orders, err = orders.New(orders.Options{DB: h.db, Jobs: jobs, Links: h.links, Secret: secret, Tell: h.webhooks.Tell})
	h.must(err)
	h.orders.Start()
	h.stores = stores.New(stores.Options{DB: h.db, Accounts: h.accounts, Tokens: h.links.Codec(), Orders: h.orders, PublicURL: h.url})
	h.stores.Start()
	h.campaigns, err = campaigns.New(campaigns.Options{
		DB: h.db, Jobs: jobs, Accounts: h.accounts, Links: h.links, PublicURL: h.url,
		Networks: []connectors.Network{
			twitter.New(twitter.Options{BaseURL: xServer.URL, Now: h.clock.Now}),
			weibo.New(weibo.Options{BaseURL: weiboServer.URL, Now: h.clock.Now}),
		},
		Media: h.media, Tell: h.webhooks.Tell,
	})
	h.must(err)
	h.must(h.campaigns.Start(t.Context()))
	h.community, err = community.New(h.db, jobs, slog.New(slog.DiscardHandler))
	h.must(err)
	h.server, err = New(Options{
		Accounts: h.accounts, Campaigns: h.campaigns, Links: h.links, Orders: h.orders, Stores: h.stores, Reports: reports.New(h.db), Community: h.community, Media: h.media, Webhooks: h.webhooks,
		Sessions: memstore.NewWithCleanupInterval(0), PublicURL: h.url, Version: "test",
		Now: h.clock.Now, Ready: h.db.Ping, Metrics: http.NotFoundHandler(),
	})
	h.must(err)
	front.Config.Handler = h.watched()
	front.Start()
	t.Cleanup(func() {
		front.Close()
		h.settle()
		h.must(h.accounts.Close(context.Background()))
	})
	h.adminKey = h.key(accounts.Admin)
	return h
}

// settle closes the intake and flushes the clicks, so that reports hold them.
func (h *harness) settle() {
	h.settled.Do(func() {
		h.orders.Stop()
		h.must(errors.Join(h.stores.Stop(context.Background()), h.links.Stop(context.Background())))
	})
}

func (h *harness) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// key makes an API key of a role.
func (h *harness) key(role accounts.Role) string {
	h.t.Helper()
	_, key, err := h.accounts.CreateKey(h.t.Context(), accounts.System(), "test "+string(role), role)
	h.must(err)
	return key
}

// person makes somebody who can sign in, and gives them as an actor.
func (h *harness) person(email string, role accounts.Role) accounts.Actor {
	h.t.Helper()
	p, err := h.accounts.CreatePerson(h.t.Context(), accounts.System(), accounts.PersonDraft{
		Email: email, Name: strings.Split(email, "@")[0], Role: role, Password: testPassword, TimeZone: "Asia/Hong_Kong",
	})
	h.must(err)
	actor, err := h.accounts.Actor(h.t.Context(), p.ID)
	h.must(err)
	return actor
}

// call sends a call of the API with a key and decodes the answer.
func (h *harness) call(key, method, path string, in any) (status int, answer map[string]any) {
	h.t.Helper()
	body := ""
	if in != nil {
		content, err := json.Marshal(in)
		h.must(err)
		body = string(content)
	}
	return h.callRaw(key, method, path, body)
}

// callRaw is call with a body as it goes over the wire.
func (h *harness) callRaw(key, method, path, body string) (status int, answer map[string]any) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	h.must(err)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	h.must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	h.must(err)
	if len(content) > 0 {
		_ = json.Unmarshal(content, &answer) // what is no object stays nil
	}
	return response.StatusCode, answer
}

// browser is a visitor with cookies of their own, who does not follow
// redirects by themselves.
type browser struct {
	h    *harness
	http *http.Client
}

func (h *harness) browser() *browser {
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &browser{h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is a browser in which somebody of a role has signed in.
func (h *harness) signedIn(role accounts.Role) (*browser, accounts.Actor) {
	h.t.Helper()
	actor := h.person(string(role)+"@example.com", role)
	b := h.browser()
	status, _, _ := b.post("/sign-in", url.Values{"email": {string(role) + "@example.com"}, "password": {testPassword}})
	if status != http.StatusSeeOther {
		h.t.Fatalf("signing in gave %d", status)
	}
	return b, actor
}

func (b *browser) get(path string) (status int, body, location string) {
	b.h.t.Helper()
	request, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodGet, b.h.url+path, nil)
	b.h.must(err)
	return b.send(request)
}

func (b *browser) post(path string, form url.Values) (status int, body, location string) {
	b.h.t.Helper()
	request, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodPost, b.h.url+path, strings.NewReader(form.Encode()))
	b.h.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(request)
}

func (b *browser) send(request *http.Request) (status int, body, location string) {
	b.h.t.Helper()
	response, err := b.http.Do(request)
	b.h.must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	b.h.must(err)
	return response.StatusCode, string(content), response.Header.Get("Location")
}
