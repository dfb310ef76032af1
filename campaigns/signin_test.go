package campaigns

import (
	"errors"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestSignInConnects(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, _ *storagetest.Clock) {
		d.tokens.signedIn = "somebody"
		must(t, signIn(t, d, 0, SignInAnswer{Code: "good"}))
		all, err := d.accounts.NetworkAccounts(t.Context())
		must(t, err)
		account := all[len(all)-2] // by network and name: mi, new, token, xiaomi
		for _, a := range all {
			if a.Handle == "@somebody" {
				account = a
			}
		}
		if account.Name != "new" || account.Renewal != accounts.RenewByItself || account.ExpiresAt == nil {
			t.Errorf("%+v", account)
		}
	})
}

// Each way in which a sign-in comes to nothing has a message of its own, and
// leaves everything as it was.
func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	d := openTokenDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	badApp := netErr(connectors.KindRefused)
	badApp.Field = "client_id"
	for name, test := range map[string]struct {
		answer SignInAnswer
		err    error // of the exchange
		user   string
		kind   fault.Kind
		key    string
	}{
		"another state":     {SignInAnswer{State: "forged", Code: "good"}, nil, "token", fault.Conflict, "account.sign_in_state"},
		"denied":            {SignInAnswer{Error: "access_denied"}, nil, "token", fault.Invalid, "account.sign_in_denied"},
		"broken off":        {SignInAnswer{Error: "invalid_scope"}, nil, "token", fault.Invalid, "account.sign_in_failed"},
		"no code":           {SignInAnswer{}, nil, "token", fault.Invalid, "account.sign_in_failed"},
		"a dead code":       {SignInAnswer{Code: "old"}, nil, "token", fault.Invalid, "account.sign_in_refused"},
		"no answer":         {SignInAnswer{Code: "good"}, netErr(connectors.KindUnknown), "token", fault.Unavailable, "account.sign_in_unavailable"},
		"not reached":       {SignInAnswer{Code: "good"}, netErr(connectors.KindRetry), "token", fault.Unavailable, "account.sign_in_unavailable"},
		"a stranger's bug":  {SignInAnswer{Code: "good"}, errors.New("?"), "token", fault.Unavailable, "account.sign_in_unavailable"},
		"a wrong app":       {SignInAnswer{Code: "good"}, badApp, "token", fault.Invalid, ""},
		"another signed in": {SignInAnswer{Code: "good"}, nil, "stranger", fault.Conflict, "account.sign_in_other"},
	} {
		d.tokens.signedIn, d.tokens.errs = test.user, nil
		if test.err != nil {
			d.tokens.errs = []error{test.err}
		}
		before, number := d.row(t)
		err := signIn(t, d, d.id, test.answer)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != test.kind || test.key != "" && f.Key != test.key {
			t.Errorf("%s: %v", name, err)
		}
		if after, now := d.row(t); now != number || after.UpdatedAt != before.UpdatedAt || after.Handle != "@token" {
			t.Errorf("%s: something was stored", name)
		}
	}
	all, err := d.accounts.NetworkAccounts(t.Context())
	must(t, err)
	if len(all) != 3 {
		t.Errorf("%d accounts", len(all))
	}
}

func TestSignInEnds(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock()
	d := openTokenDesk(t, storagetest.Open(t, storage.SQLite, clock))
	_, waiting, err := d.BeginRenewal(t.Context(), d.actor, d.id, "https://fan.example/back")
	must(t, err)
	pending, err := d.OpenSignIn(d.actor, waiting)
	must(t, err)
	clock.Advance(signInPatience + time.Second)
	_, err = d.FinishSignIn(t.Context(), d.actor, pending, SignInAnswer{State: pending.Visit.State, Code: "good"})
	wantKey(t, err, "account.sign_in_late")

	stranger := d.actor
	stranger.PersonID++
	for _, c := range []struct {
		actor   accounts.Actor
		waiting []byte
	}{{stranger, waiting}, {d.actor, nil}, {d.actor, []byte("x")}, {d.actor, append([]byte{1}, make([]byte, 40)...)}} {
		_, err := d.OpenSignIn(c.actor, c.waiting)
		wantKey(t, err, "account.sign_in_lost")
	}
}

func TestSignInAsksForRolesAndKeys(t *testing.T) {
	t.Parallel()
	d := openTokenDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	fan := accounts.Actor{PersonID: d.actor.PersonID, Role: accounts.Fan}
	draft := AccountDraft{Network: connectors.Twitter, Name: "n", Credentials: connectors.Credentials(`{}`)}
	_, _, err := d.BeginSignIn(t.Context(), fan, draft, "https://fan.example/back")
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("begin: %v", err)
	}
	_, _, err = d.BeginRenewal(t.Context(), fan, d.id, "https://fan.example/back")
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("renew: %v", err)
	}
	_, err = d.FinishSignIn(t.Context(), fan, SignIn{}, SignInAnswer{})
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("finish: %v", err)
	}
	_, _, err = d.BeginRenewal(t.Context(), d.actor, d.account, "https://fan.example/back")
	wantKey(t, err, "account.sign_in_by_keys")
	_, _, err = d.BeginRenewal(t.Context(), d.actor, 99, "https://fan.example/back")
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("an account that is not there: %v", err)
	}
	draft.Credentials = connectors.Credentials(`{"bad":"yes"}`)
	_, _, err = d.BeginSignIn(t.Context(), d.actor, draft, "https://fan.example/back")
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Location != "credentials.client_id" {
		t.Errorf("bad keys: %v", err)
	}
	draft.Name = " "
	_, _, err = d.BeginSignIn(t.Context(), d.actor, draft, "https://fan.example/back")
	if !errors.As(err, &f) || f.Fields[0].Location != "name" {
		t.Errorf("no name: %v", err)
	}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}
