package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fanfare/accounts"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
)

// TestNoSecretIsWrittenDown goes wrong in every way that has a secret, a
// signature or a customer in it, and right once, and then looks for them in the
// log, the database's files, and what others may read.
func TestNoSecretIsWrittenDown(t *testing.T) {
	t.Parallel()
	config, log := testConfig(t, storage.SQLite), &lockedBuffer{}
	config.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Database = "sqlite:" + filepath.Join(config.Data, "fanfare.db")
	x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
	config.XURL = listen(t, x)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError) // and says what it was sent, as some do
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+r.URL.RawQuery)
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(broken.Close)
	config.WeiboURL = broken.URL
	a, stop := start(t, config)
	_, key, err := a.Accounts.CreateKey(t.Context(), accounts.System(), "desk", accounts.Admin)
	if err != nil {
		t.Fatal(err)
	}
	m := &marked{T: t, base: config.PublicURL, key: key}
	m.accounts(x)
	m.sources()
	m.orders()
	m.others()
	kept := m.read("/api/v1/accounts", "/api/v1/sources", "/api/v1/sources/shop/deliveries", "/api/v1/orders", "/api/v1/keys", "/api/v1/webhooks",
		"/settings/sources", "/settings/accounts", "/settings/webhooks", "/settings/keys", "/settings/audit", "/orders", "/metrics")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{"the log": log.String(), "what others may read": kept}
	files, err := filepath.Glob(filepath.Join(config.Data, "fanfare.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		places[filepath.Base(file)] = string(content)
	}
	if !strings.Contains(kept, "kept_first") || !strings.Contains(places["fanfare.db"], "mi-store") || !strings.Contains(places["the log"], "request failed") {
		t.Error("what should be found is not, so that nothing would be")
	}
	for _, secret := range append(m.secrets, key) {
		for place, content := range places {
			if at := strings.Index(content, secret); at >= 0 {
				t.Errorf("%s holds %s: …%q", place, secret, content[max(0, at-100):min(len(content), at+60)])
			}
		}
	}
}

// marked sends requests with secrets in them, each of which it remembers.
type marked struct {
	*testing.T
	base, key string
	secrets   []string
}

func (m *marked) secret(what string) string {
	text := fmt.Sprintf("marked-%s-%d", what, len(m.secrets))
	m.secrets = append(m.secrets, text)
	return text
}

func (m *marked) send(method, path, contentType, body string, header ...string) string {
	m.Helper()
	request, err := http.NewRequestWithContext(m.Context(), method, m.base+path, strings.NewReader(body))
	if err != nil {
		m.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+m.key)
	request.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		m.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		m.Fatal(err)
	}
	return string(content)
}

func (m *marked) call(path, format string, values ...any) string {
	m.Helper()
	return m.send("POST", "/api/v1/"+path, "application/json", fmt.Sprintf(format, values...))
}

func (m *marked) read(paths ...string) (all string) {
	m.Helper()
	for _, path := range paths {
		all += m.send("GET", path, "text/plain", "")
	}
	return all
}

func (m *marked) accounts(x *sandbox.X) {
	m.Helper()
	good := x.AddAccount(sandbox.XAccount{}).Info().Credentials
	m.secrets = append(m.secrets, good["consumer_secret"], good["access_token"], good["access_secret"])
	one := `{"network":"twitter","name":"x","credentials":{"api":"v2","consumer_key":%q,"consumer_secret":%q,"access_token":%q,"access_secret":%q}}`
	m.call("accounts", one, good["consumer_key"], good["consumer_secret"], good["access_token"], good["access_secret"])
	m.call("accounts", one, good["consumer_key"], good["consumer_secret"], good["access_token"], good["access_secret"]) // there already
	m.call("accounts", one, good["consumer_key"], m.secret("consumer"), m.secret("token"), m.secret("access"))
	m.call("accounts", `{"network":"twitter","name":"x","credentials":{"client_id":"c","client_secret":%q,"access_token":%q,"refresh_token":%q,"expires_at":"soon"}}`, m.secret("client"), m.secret("oauth2"), m.secret("refresh"))
	m.call("accounts", `{"network":"twitter","name":"x","credentials":{"consumer_secret":[%q]}}`, m.secret("type"))
	m.call("accounts", `{"network":"weibo","name":"w","credentials":{"app_key":"k","app_secret":%q,"access_token":%q,"safe_domain":"example.com"}}`, m.secret("app"), m.secret("weibo"))
	m.call("accounts", `{"network":"none","credentials":%q}`, m.secret("credentials"))
}

func (m *marked) sources() {
	m.Helper()
	secret := m.secret("source")
	one := `{"name":%q,"kind":%q,"store":"mi-store","secret":%q}`
	m.call("sources", one, "shop", "generic", secret)
	m.call("sources", one, "shop", "generic", m.secret("taken"))
	m.call("sources", one, "No Name", "generic", m.secret("name"))
	m.call("sources", one, "shop-2", "none", m.secret("kind"))
	m.call("sources", `{"name":"shop-3","kind":"generic","store":"s","secret":%q,"more":1}`, m.secret("field"))
	hook := func(body string) {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		signature := hex.EncodeToString(mac.Sum(nil))
		m.secrets = append(m.secrets, signature)
		m.send("POST", "/hooks/orders/shop", "application/json", body, "X-Fanfare-Signature", signature)
	}
	m.send("POST", "/hooks/orders/shop", "application/json", `{}`, "X-Fanfare-Signature", m.secret("signature"))
	order := `{"order_id":%q,"kind":"order","units":1,"total":%d,"currency":"CNY","placed_at":"2026-01-01T00:00:00Z","customer":%q}`
	hook(fmt.Sprintf(order, "1", 5, m.secret("customer")))
	hook(fmt.Sprintf(order, "1", 6, m.secret("customer"))) // the first is kept
	hook(fmt.Sprintf(order, "2", -1, m.secret("customer")))
	hook(fmt.Sprintf(`{"order_id":"3","customer":[%q]}`, m.secret("customer")))
	hook(m.secret("body"))
	hook(fmt.Sprintf(`{"order_id":"4","email":%q}`, m.secret("email")))
	m.send("POST", "/settings/sources/shop/secret", "application/x-www-form-urlencoded", url.Values{"secret": {"short"}}.Encode())
	m.send("POST", "/settings/sources/shop/secret", "application/x-www-form-urlencoded", url.Values{"secret": {m.secret("changed")}}.Encode())
}

func (m *marked) orders() {
	m.Helper()
	order := `{"store":"mi-store","order_id":%q,"kind":"order","units":%d,"total":5,"currency":"CNY","placed_at":"2026-01-01T00:00:00Z","customer":%q}`
	for i, units := range []int{1, 1, 2, -1} {
		m.call("orders", order, "a", units, m.secret(fmt.Sprint("buyer", i)))
	}
	m.call("orders", `{"store":"mi-store","customer":{"email":%q}}`, m.secret("nested"))
	m.call("orders", `{"store":"mi-store","customr":%q}`, m.secret("mistyped"))
	lines := ""
	for i, units := range []int{1, 1, 2, -1} {
		lines += fmt.Sprintf(order, fmt.Sprint("b", i/2), units, m.secret("batch")) + "\n"
	}
	m.send("POST", "/api/v1/orders/batch", "application/x-ndjson", lines+m.secret("line")+"\n"+`{"customer":["`+m.secret("line")+`"]}`)
}

func (m *marked) others() {
	m.Helper()
	password := m.secret("password")
	m.call("webhooks", `{"url":"https://me:%s@example.com","events":["post.failed"]}`, m.secret("url"))
	m.call("webhooks", `{"url":%q,"events":["post.failed"]}`, m.base+"/hooks/orders/none")
	m.send("POST", "/api/v1/webhooks/1/test", "application/json", "")
	m.send("GET", "/api/v1/orders", "text/plain", "", "Authorization", "Bearer fan_"+strings.Repeat("x", 20)+m.secret("key"))
	m.send("GET", "/api/v1/orders", "text/plain", "", "Authorization", "Basic "+m.secret("basic"))
	form := "application/x-www-form-urlencoded"
	m.send("POST", "/sign-in", form, url.Values{"email": {"lei@example.com"}, "password": {password}}.Encode(), "Authorization", "")
	m.send("POST", "/sign-up", form, url.Values{"email": {"no address"}, "name": {"Lei"}, "password": {m.secret("password")}}.Encode(), "Authorization", "")
	m.send("POST", "/sign-up", form, url.Values{"email": {"lei@example.com"}, "name": {"Lei"}, "password": {password}}.Encode(), "Authorization", "")
	m.send("GET", "/setup?token="+m.secret("setup"), "text/plain", "", "Authorization", "")
	m.send("GET", "/settings/accounts/callback?code="+m.secret("code")+"&state="+m.secret("state"), "text/plain", "")
}
