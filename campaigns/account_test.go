package campaigns

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/shoptest"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestConnectAccount(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		d := openDesk(t, db)
		for user, c := range map[string]struct{ network, base, want string }{
			"own":    {connectors.Twitter, "", ""},
			"chosen": {connectors.Twitter, "https://go.mi.example/x", "https://go.mi.example/x"},
			"bent":   {connectors.Weibo, "", "https://go.example.cn"},
			"plain":  {connectors.Weibo, "http://GO.example.cn", "http://GO.example.cn"},
		} {
			account, err := d.ConnectAccount(t.Context(), d.actor, AccountDraft{
				Network: c.network, Name: user, LinkBaseURL: c.base, Credentials: connectors.Credentials(`{"user":"` + user + `"}`),
			})
			must(t, err)
			if account.LinkBaseURL != c.want || account.Handle != "@"+user || account.RemoteID != "id-"+user {
				t.Errorf("%s: %+v", user, account)
			}
		}
	})
}

func TestConnectAccountRefuses(t *testing.T) {
	t.Parallel()
	d := openDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	good := AccountDraft{Network: connectors.Weibo, Name: "n", Credentials: connectors.Credentials(`{"user":"n"}`)}
	refused := netErr(connectors.KindRefused)
	refused.Field = "app_key"
	cases := map[string]struct {
		change func(*AccountDraft)
		verify error
		want   []string
	}{
		"everything":     {func(a *AccountDraft) { *a = AccountDraft{LinkBaseURL: "x"} }, nil, []string{"network", "name", "link_base_url", "credentials"}},
		"no object":      {func(a *AccountDraft) { a.Credentials = connectors.Credentials(`["user"]`) }, nil, []string{"credentials"}},
		"null":           {func(a *AccountDraft) { a.Credentials = connectors.Credentials(`null`) }, nil, []string{"credentials"}},
		"two objects":    {func(a *AccountDraft) { a.Credentials = connectors.Credentials(`{}{}`) }, nil, []string{"credentials"}},
		"link query":     {func(a *AccountDraft) { a.LinkBaseURL = "https://go.example.cn/?a=b" }, nil, []string{"link_base_url"}},
		"link fragment":  {func(a *AccountDraft) { a.LinkBaseURL = "https://go.example.cn/#" }, nil, []string{"link_base_url"}},
		"other host":     {func(a *AccountDraft) { a.LinkBaseURL = "https://www.go.example.cn" }, nil, []string{"link_base_url"}},
		"other port":     {func(a *AccountDraft) { a.LinkBaseURL = "https://go.example.cn:8443" }, nil, []string{"link_base_url"}},
		"wrong field":    {func(*AccountDraft) {}, refused, []string{"credentials.app_key"}},
		"wrong somehow":  {func(*AccountDraft) {}, netErr(connectors.KindRefused), []string{"credentials"}},
		"not accepted":   {func(*AccountDraft) {}, netErr(connectors.KindAttention), []string{"credentials"}},
		"unreachable":    {func(*AccountDraft) {}, netErr(connectors.KindUnknown), nil},
		"limited":        {func(*AccountDraft) {}, netErr(connectors.KindRetry), nil},
		"something else": {func(*AccountDraft) {}, context.DeadlineExceeded, nil},
	}
	for name, c := range cases {
		draft := good
		c.change(&draft)
		d.weibo.verifyErr = c.verify
		_, err := d.ConnectAccount(t.Context(), d.actor, draft)
		if c.want == nil {
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: %v, want Unavailable", name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, shoptest.InvalidFields(t, err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var e *fault.Error
		errors.As(err, &e)
		for _, f := range e.Fields {
			if strings.HasPrefix(f.Location, "credentials") && f.Value != nil {
				t.Errorf("%s: a secret comes back: %v", name, f.Value)
			}
		}
	}
}
