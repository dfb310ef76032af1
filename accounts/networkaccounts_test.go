package accounts_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func accountDraft() accounts.NetworkAccountDraft {
	return accounts.NetworkAccountDraft{
		Network: "weibo", Name: " Mi 手机 ", Handle: "小米手机", RemoteID: "2202387347",
		LinkBaseURL: "https://go.example.com/", Credentials: []byte(`{"access_token":"2.00secret"}`),
	}
}

func TestConnectNetworkAccount(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		_, first := create(t, s, "first@example.com", accounts.Marketing)
		_, second := create(t, s, "second@example.com", accounts.Admin)
		account, err := s.ConnectNetworkAccount(t.Context(), first, accountDraft())
		if err != nil {
			t.Fatal(err)
		}
		connectedAt := clock.Now()
		if err := s.SetProblem(t.Context(), account.ID, "The token has expired.", "x.y"); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Hour)
		ends := time.Date(2012, 9, 1, 0, 0, 0, 1, time.FixedZone("CST", 8*3600))
		draft := accountDraft()
		draft.Name, draft.Handle, draft.LinkBaseURL, draft.ExpiresAt = "Mi", "@mi", "", &ends
		draft.Credentials = []byte(`{"access_token":"2.00renewed"}`)
		renewed, err := s.ConnectNetworkAccount(t.Context(), second, draft)
		if err != nil {
			t.Fatal(err)
		}
		endsUTC := time.Date(2012, 8, 31, 16, 0, 0, 0, time.UTC)
		want := accounts.NetworkAccount{
			ID: account.ID, Network: "weibo", Name: "Mi", Handle: "@mi", RemoteID: "2202387347", ExpiresAt: &endsUTC,
			CreatedBy: first.PersonID, CreatedAt: connectedAt, UpdatedAt: clock.Now(), Sealed: renewed.Sealed,
		}
		if diff := cmp.Diff(want, renewed); diff != "" {
			t.Error(diff)
		}
		got, credentials, err := s.NetworkAccount(t.Context(), account.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" || string(credentials) != `{"access_token":"2.00renewed"}` {
			t.Errorf("%s, %v, %s", credentials, err, diff)
		}
		wantActions(t, s, "account.connect", "account.problem", "account.connect")
		_, _, err = s.NetworkAccount(t.Context(), account.ID+1)
		wantKind(t, err, fault.NotFound)
	})
}

func TestNetworkAccountsAreListedWithoutSecrets(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		if list, err := s.NetworkAccounts(t.Context()); err != nil || list == nil || len(list) != 0 {
			t.Errorf("%v, %v; want an empty list", list, err)
		}
		_, actor := create(t, s, "lei@example.com", accounts.Marketing)
		for _, c := range [][3]string{{"weibo", "A", "1"}, {"twitter", "Z", "1"}, {"twitter", "B", "2"}} {
			draft := accountDraft()
			draft.Network, draft.Name, draft.RemoteID = c[0], c[1], c[2]
			if _, err := s.ConnectNetworkAccount(t.Context(), actor, draft); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.NetworkAccounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range list {
			names = append(names, a.Network+" "+a.Name)
			text, err := json.Marshal(a)
			if err != nil || a.Sealed != nil || a.LinkBaseURL != "https://go.example.com" || strings.Contains(strings.ToLower(string(text)), "sealed") {
				t.Errorf("%+v, %s, %v", a, text, err)
			}
		}
		if diff := cmp.Diff([]string{"twitter B", "twitter Z", "weibo A"}, names); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnotherSecretKeyIsToldApart(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		_, actor := create(t, s, "lei@example.com", accounts.Marketing)
		account, err := s.ConnectNetworkAccount(t.Context(), actor, accountDraft())
		if err != nil || bytes.Contains(account.Sealed, []byte("2.00secret")) {
			t.Fatal(err)
		}
		other := accounts.New(db, bytes.Repeat([]byte{8}, 32))
		_, credentials, err := other.NetworkAccount(t.Context(), account.ID)
		if !fault.Is(err, fault.Unavailable) || credentials != nil || !strings.Contains(err.Error(), "FANFARE_SECRET_KEY") {
			t.Errorf("%s, %v", credentials, err)
		}
	})
}

func TestNetworkAccountDraftsAreChecked(t *testing.T) {
	t.Parallel()
	s := newService(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	_, actor := create(t, s, "lei@example.com", accounts.Marketing)
	_, err := s.ConnectNetworkAccount(t.Context(), actor, accounts.NetworkAccountDraft{})
	wantFields(t, err, fault.Invalid, "name", "network", "credentials")
	for _, bad := range []string{"go.example.com", "ftp://example.com", "javascript:alert(1)", "https://", "https://u:p@example.com", "https://a.example?x", "https://a.example#x", "https://:443", "%"} {
		draft := accountDraft()
		draft.LinkBaseURL = bad
		_, err := s.ConnectNetworkAccount(t.Context(), actor, draft)
		t.Run(bad, func(t *testing.T) { wantFields(t, err, fault.Invalid, "link_base_url") })
	}
	_, err = s.ConnectNetworkAccount(t.Context(), accounts.System(), accountDraft())
	wantKind(t, err, fault.Forbidden) // it would have no author
}

func TestSetProblem(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		_, actor := create(t, s, "lei@example.com", accounts.Marketing)
		account, err := s.ConnectNetworkAccount(t.Context(), actor, accountDraft())
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range []string{"Expired.", "Expired.", "", ""} {
			if err := s.SetProblem(t.Context(), account.ID, problem, strings.ToLower(problem)); err != nil {
				t.Fatal(err)
			}
			if got, _, err := s.NetworkAccount(t.Context(), account.ID); err != nil || got.Problem != problem || got.ProblemKey != strings.ToLower(problem) {
				t.Errorf("%+v, %v; want %q", got, err, problem)
			}
		}
		wantActions(t, s, "account.healthy", "account.problem", "account.connect") // each once
		wantKind(t, s.SetProblem(t.Context(), account.ID+1, "x", ""), fault.NotFound)
	})
}
