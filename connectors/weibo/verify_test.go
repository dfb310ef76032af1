package weibo

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/connectors"
)

func TestCredentialsNameTheWrongField(t *testing.T) {
	t.Parallel()
	good := map[string]any{
		"app_key": "1", "app_secret": "s", "access_token": "t", "safe_domain": "shop.example.cn",
		"expires_at": "2012-09-01T00:00:00Z",
	}
	for _, c := range []struct {
		field string
		value any
	}{
		{"app_key", ""}, {"app_key", nil}, {"app_secret", "  "}, {"access_token", ""}, {"safe_domain", ""},
		{"safe_domain", "https://shop.example.cn"}, {"safe_domain", "shop.example.cn/"},
		{"safe_domain", "shop example.cn"}, {"safe_domain", "a@b.cn"}, {"safe_domain", "a.cn:0"},
		{"safe_domain", "a.cn:65536"}, {"safe_domain", "a.cn:x"}, {"safe_domain", ".cn"},
		{"safe_domain", "-a.cn"}, {"safe_domain", strings.Repeat("a.", 150) + "cn"},
		{"expires_at", "tomorrow"}, {"expires_at", 1346457600},
		{"app_key", true}, {"app_key", "1 2"}, {"app_secret", 7}, {"access_token", []string{"t"}}, {"access_token", "a\u3000b"},
	} {
		in := maps.Clone(good)
		in[c.field] = c.value
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		_, failed := stopped().Verify(t.Context(), raw)
		if got := wantKind(t, c.field, failed, connectors.KindRefused); got.Field != c.field {
			t.Errorf("%s = %v: field %q is blamed", c.field, c.value, got.Field)
		}
	}
	for _, raw := range []string{"", "[]", `"x"`, "{"} {
		_, failed := stopped().Verify(t.Context(), connectors.Credentials(raw))
		if got := wantKind(t, raw, failed, connectors.KindRefused); got.Field != "credentials" {
			t.Errorf("%s: field %q is blamed", raw, got.Field)
		}
	}
}

func TestBadStoredCredentialsNeedAPerson(t *testing.T) {
	t.Parallel()
	_, err := stopped().Publish(t.Context(), connectors.Credentials(`{}`), connectors.Post{})
	wantKind(t, "Publish", err, connectors.KindAttention)
}

func FuzzCredentials(f *testing.F) {
	for _, seed := range []string{string(ours), "{}", "null", `{"app_key":1,"app_secret":"2","access_token":"3","safe_domain":"127.0.0.1:80","expires_at":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, bad := parseCredentials(raw)
		if bad != nil {
			if bad.Field == "" || bad.Kind != connectors.KindRefused {
				t.Errorf("%q: %+v", raw, bad)
			}
			return
		}
		if c.AppKey == "" || c.AppSecret == "" || c.AccessToken == "" || strings.ContainsAny(c.SafeDomain, "/ @?#%") {
			t.Errorf("%q was taken", raw)
		}
	})
}

// verifying answers the two calls of Verify.
func verifying(tokenInfo, user string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/oauth2/get_token_info":
			answer(200, tokenInfo)(w, r)
		case "/2/users/show.json":
			answer(200, user)(w, r)
		default:
			http.NotFound(w, r)
		}
	}
}

func TestVerifyTrustsTheRemainingLife(t *testing.T) {
	t.Parallel()
	raw := connectors.Credentials(`{"app_key":"1","app_secret":"s","access_token":"t","safe_domain":"Shop.Example.CN","expires_at":"2020-01-01T08:00:00+08:00"}`)
	later := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for info, want := range map[string]time.Time{
		`{"uid":77,"appkey":"1","expire_in":"86400"}`: noon.Add(24 * time.Hour),
		`{"uid":"77","appkey":1,"expire_in":86400}`:   noon.Add(24 * time.Hour),
		`{"uid":"77"}`: later,
		`{"uid":"77","appkey":null,"expire_in":"soon"}`:       later,
		`{"uid":"77","appkey":"1","expire_in":9999999999999}`: later,
	} {
		got, err := serve(t, verifying(info, `{"screen_name":"小米手机"}`)).Verify(t.Context(), raw)
		if err != nil {
			t.Errorf("%s: %v", info, err)
			continue
		}
		if got.RemoteID != "77" || got.Handle != "小米手机" || got.LinkHost != "shop.example.cn" ||
			got.ExpiresAt == nil || !got.ExpiresAt.Equal(want) {
			t.Errorf("%s: %+v, want the expiry %v", info, got, want)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	const name = `{"screen_name":"小米手机"}`
	for _, c := range []struct {
		what, info, user string
		kind             connectors.ErrorKind
		field            string
	}{
		{"another app", `{"uid":"77","appkey":"2","expire_in":60}`, name, connectors.KindRefused, "app_key"},
		{"expired", `{"uid":"77","appkey":"1","expire_in":-5}`, name, connectors.KindAttention, "access_token"},
		{"ends now", `{"uid":"77","appkey":"1","expire_in":0}`, name, connectors.KindAttention, "access_token"},
		{"unknown token", `{"error":"invalid_access_token","error_code":21332}`, name, connectors.KindAttention, "access_token"},
		{"bad request", `{"error":"param","error_code":10008}`, name, connectors.KindAttention, "access_token"},
		{"Weibo is ill", `{"error":"system error","error_code":10001}`, name, connectors.KindRetry, ""},
		{"nobody", `{"appkey":"1","expire_in":60}`, name, connectors.KindRetry, ""},
		{"an odd account", `{"uid":"../2","appkey":"1","expire_in":60}`, name, connectors.KindRetry, ""},
		{"not JSON", `<html>`, name, connectors.KindRetry, ""},
		{"name refused", `{"uid":"77","appkey":"1","expire_in":60}`, `{"error":"?","error_code":10014}`, connectors.KindAttention, "access_token"},
		{"calls used up", `{"uid":"77","appkey":"1","expire_in":60}`, `{"error":"?","error_code":10023}`, connectors.KindRetry, ""},
	} {
		_, err := serve(t, verifying(c.info, c.user)).Verify(t.Context(), ours)
		if got := wantKind(t, c.what, err, c.kind); got.Field != c.field {
			t.Errorf("%s: field %q is blamed, want %q", c.what, got.Field, c.field)
		}
	}
}
