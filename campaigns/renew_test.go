package campaigns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// tokenNetwork is a network whose tokens live two hours and are renewed by
// refresh tokens that are good once: using one twice kills the account's whole
// family.
type tokenNetwork struct {
	*fakeNetwork
	person bool // its tokens are renewed by a person alone

	tokens   sync.Mutex
	newest   int  // number of the newest pair
	dead     bool // the family
	renewals int  // calls that came
	errs     []error
	lost     bool   // the next renewal takes effect, and nobody hears of it
	during   func() // while a renewal is under way
	signedIn string // who signs in
}

type tokenCredentials struct {
	User   string    `json:"user"`
	Number int       `json:"number"`
	Ends   time.Time `json:"ends"`
}

func (n *tokenNetwork) AuthorizeURL(app connectors.Credentials, visit connectors.Visit) (string, error) {
	var keys struct{ User, Bad string }
	if err := json.Unmarshal(app, &keys); err != nil || keys.Bad != "" {
		return "", &connectors.Error{Kind: connectors.KindRefused, Field: "client_id", Message: "Bad."}
	}
	return "https://net.example/authorize?state=" + visit.State, nil
}

func (n *tokenNetwork) Exchange(_ context.Context, _ connectors.Credentials, code string, _ connectors.Visit) (connectors.Credentials, error) {
	n.tokens.Lock()
	defer n.tokens.Unlock()
	if err := n.next(); err != nil {
		return nil, err
	}
	if code != "good" {
		return nil, netErr(connectors.KindRefused)
	}
	n.dead = false
	credentials, _ := n.issue(n.signedIn)
	return credentials, nil
}

func (n *tokenNetwork) Renew(_ context.Context, raw connectors.Credentials) (connectors.Credentials, time.Time, error) {
	n.tokens.Lock()
	defer n.tokens.Unlock()
	n.renewals++
	if n.during != nil {
		n.during()
	}
	if err := n.next(); err != nil {
		return nil, time.Time{}, err
	}
	var c tokenCredentials
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, time.Time{}, err
	}
	if n.dead = n.dead || c.Number != n.newest; n.dead {
		return nil, time.Time{}, netErr(connectors.KindAttention)
	}
	renewed, ends := n.issue(c.User)
	if n.lost {
		n.lost = false
		return nil, time.Time{}, netErr(connectors.KindUnknown)
	}
	return renewed, ends, nil
}

func (n *tokenNetwork) next() (err error) {
	if len(n.errs) > 0 {
		err, n.errs = n.errs[0], n.errs[1:]
	}
	return err
}

func (n *tokenNetwork) issue(user string) (connectors.Credentials, time.Time) {
	n.newest++
	ends := n.clock.Now().Add(2 * time.Hour)
	raw, _ := json.Marshal(tokenCredentials{user, n.newest, ends})
	return raw, ends
}

func (n *tokenNetwork) Verify(ctx context.Context, raw connectors.Credentials) (connectors.Identity, error) {
	identity, err := n.fakeNetwork.Verify(ctx, raw)
	var c tokenCredentials
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	identity.ExpiresAt, identity.Renewal = &c.Ends, connectors.RenewByItself
	if n.person {
		identity.Renewal = connectors.RenewBySignIn
	}
	return identity, err
}

// Publish refuses every token but the newest, while it lives.
func (n *tokenNetwork) Publish(ctx context.Context, raw connectors.Credentials, post connectors.Post) (connectors.Receipt, error) {
	var c tokenCredentials
	if err := json.Unmarshal(raw, &c); err != nil {
		return connectors.Receipt{}, err
	}
	receipt, err := n.fakeNetwork.Publish(ctx, raw, post)
	n.tokens.Lock()
	defer n.tokens.Unlock()
	if c.Number != n.newest || !c.Ends.After(n.clock.Now()) || n.dead {
		return connectors.Receipt{}, &connectors.Error{Kind: connectors.KindAttention, Status: 401, Message: "The token is dead."}
	}
	return receipt, err
}

// tokenDesk is a desk whose account on the first network has such a token.
type tokenDesk struct {
	*desk
	tokens *tokenNetwork
	id     int64
}

func openTokenDesk(t testing.TB, db *storage.DB) *tokenDesk {
	t.Helper()
	d := &tokenDesk{desk: openDesk(t, db)}
	d.tokens = &tokenNetwork{fakeNetwork: d.net, signedIn: "token"}
	d.networks[connectors.Twitter] = d.tokens
	credentials, _ := d.tokens.issue("token")
	account, err := d.ConnectAccount(t.Context(), d.actor, AccountDraft{Network: connectors.Twitter, Name: "token", Credentials: credentials})
	must(t, err)
	d.id = account.ID
	return d
}

// row reads the account, with the number of the token that is stored.
func (d *tokenDesk) row(t testing.TB) (account accounts.NetworkAccount, number int) {
	t.Helper()
	account, raw, err := d.accounts.NetworkAccount(context.WithoutCancel(t.Context()), d.id)
	must(t, err)
	var c tokenCredentials
	must(t, json.Unmarshal(raw, &c))
	return account, c.Number
}

func eachTokenDesk(t *testing.T, f func(t *testing.T, d *tokenDesk, clock *storagetest.Clock)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) { f(t, openTokenDesk(t, db), clock) })
}

func TestRenewsAheadOfTime(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		for range 3 {
			clock.Advance(2*time.Hour - renewAhead)
			must(t, d.renewDue(t.Context(), renewJob{}))
			before := d.tokens.renewals
			clock.Advance(time.Second)
			must(t, d.renewDue(t.Context(), renewJob{}))
			account, number := d.row(t)
			if d.tokens.renewals != before+1 || number != d.tokens.newest || !account.ExpiresAt.Equal(clock.Now().Add(2*time.Hour)) {
				t.Fatalf("token %d of %d after %d calls, ends %v at %v", number, d.tokens.newest, d.tokens.renewals, account.ExpiresAt, clock.Now())
			}
			must(t, d.renewDue(t.Context(), renewJob{}))
		}
		if d.tokens.renewals != 3 {
			t.Errorf("%d calls for 3 renewals", d.tokens.renewals)
		}
	})
}

// What each failure of a renewal leaves behind, and what the next minute makes
// of it.
func TestFailedRenewals(t *testing.T) {
	t.Parallel()
	limited := netErr(connectors.KindRetry)
	for name, test := range map[string]struct {
		err            error
		lost           bool
		stops, recover bool
	}{
		"refused":                        {err: netErr(connectors.KindAttention), stops: true},
		"bad at the network":             {err: netErr(connectors.KindRefused), stops: true},
		"a broken connection":            {err: netErr(connectors.KindUnknown), recover: true},
		"not sent":                       {err: limited, recover: true},
		"used up without our hearing it": {lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
				clock.Advance(2*time.Hour - renewAhead + time.Second)
				if d.tokens.lost = test.lost; test.err != nil {
					d.tokens.errs = []error{test.err}
				}
				must(t, d.renewDue(t.Context(), renewJob{}))
				account, number := d.row(t)
				if (account.Problem != "") != test.stops || number != 1 {
					t.Fatalf("problem %q, token %d", account.Problem, number)
				}
				must(t, d.renewDue(t.Context(), renewJob{})) // rests
				if d.tokens.renewals != 1 {
					t.Errorf("%d calls at once", d.tokens.renewals)
				}
				clock.Advance(renewPause)
				must(t, d.renewDue(t.Context(), renewJob{}))
				account, number = d.row(t)
				if recovered := account.Problem == "" && number == d.tokens.newest; recovered != test.recover {
					t.Errorf("problem %q, token %d of %d", account.Problem, number, d.tokens.newest)
				}
			})
		})
	}
}

func TestDeliveryRenewsBeforeItsCall(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		draft := d.draft()
		draft.Accounts, draft.DueAt = []int64{d.id}, clock.Now().Add(3*time.Hour)
		id := d.schedule(t, draft).ID
		clock.Set(draft.DueAt)
		d.tokens.errs = []error{netErr(connectors.KindUnknown)}
		if err := d.publish(t.Context(), publishJob{id}); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("with a dead token: %v", err)
		}
		account, _ := d.row(t)
		if d.wantState(t, id, Scheduled); account.Problem != "" || d.net.calls != 0 {
			t.Fatalf("problem %q, %d calls", account.Problem, d.net.calls)
		}
		clock.Advance(renewPause)
		must(t, d.publish(t.Context(), publishJob{id}))
		if d.wantState(t, id, Published); d.tokens.renewals != 2 {
			t.Errorf("%d renewals", d.tokens.renewals)
		}
	})
}

// A token that lives a little longer carries a call, though it cannot be renewed.
func TestDeliveryGoesWithWhatItHas(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		draft := d.draft()
		draft.Accounts, draft.DueAt = []int64{d.id}, clock.Now().Add(2*time.Hour-scheduler.Lead-time.Second)
		id := d.schedule(t, draft).ID
		clock.Set(draft.DueAt)
		d.tokens.errs = []error{netErr(connectors.KindUnknown)}
		must(t, d.publish(t.Context(), publishJob{id}))
		d.wantState(t, id, Published)
	})
}

func TestRefusedRenewalStopsTheQueueAndASignInStartsIt(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		draft := d.draft()
		draft.Accounts, draft.DueAt = []int64{d.id}, clock.Now().Add(3*time.Hour)
		id := d.schedule(t, draft).ID
		clock.Set(draft.DueAt)
		d.tokens.dead = true
		must(t, d.publish(t.Context(), publishJob{id}))
		if row := d.wantState(t, id, Scheduled); row.Error == "" || d.net.calls != 0 {
			t.Fatalf("%q after %d calls", row.Error, d.net.calls)
		}
		must(t, signIn(t, d, d.id, SignInAnswer{Code: "good"}))
		must(t, d.publish(t.Context(), publishJob{id}))
		d.wantState(t, id, Published)
	})
}

// The credentials that a post was prepared with may be renewed while it waits.
func TestOldTokenIsNoProblem(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		draft := d.draft()
		draft.Accounts = []int64{d.id}
		id := d.schedule(t, draft).ID
		clock.Set(draft.DueAt)
		d.net.script(reply{err: netErr(connectors.KindUnknown), during: func() {
			lease, ok, err := d.accounts.LeaseRenewal(context.Background(), d.id, clock.Now().Add(3*time.Hour), renewLease)
			if err != nil || !ok {
				t.Errorf("no lease: %v", err)
			}
			must(t, d.renewLeased(context.Background(), lease))
		}})
		must(t, d.publish(t.Context(), publishJob{id}))
		account, _ := d.row(t)
		if d.wantState(t, id, Scheduled); account.Problem != "" {
			t.Fatalf("problem %q", account.Problem)
		}
		clock.Advance(time.Second)
		must(t, d.publish(t.Context(), publishJob{id}))
		d.wantState(t, id, Published)
	})
}

// Some demands for a person are known to come without cause.
func TestSpuriousDemandIsBelievedTheSecondTime(t *testing.T) {
	t.Parallel()
	for _, times := range []int{1, 2} {
		scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
			for range times {
				e := netErr(connectors.KindAttention)
				e.Spurious, e.Status = true, 403
				d.net.script(reply{err: e})
			}
			clock.Advance(time.Minute)
			must(t, d.publish(t.Context(), publishJob{id}))
			row := d.wantState(t, id, Scheduled)
			clock.Set(*row.WakeAt)
			must(t, d.publish(t.Context(), publishJob{id}))
			account, _, err := d.accounts.NetworkAccount(t.Context(), d.account)
			must(t, err)
			want := map[int]State{1: Published, 2: Scheduled}[times]
			if d.wantState(t, id, want); (account.Problem != "") != (times == 2) {
				t.Errorf("said %d times: problem %q", times, account.Problem)
			}
		})
	}
}

// Two services on one database, as two machines are, and many callers in each:
// one call reaches the network, and all see what it brought.
func TestTwoServicesRenewOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openTokenDesk(t, db)
		jobs, err := scheduler.New(db, nil)
		must(t, err)
		second, err := New(Options{DB: db, Jobs: jobs, Accounts: accounts.New(db, testSecret), Links: openLinks(t, db, "https://fan.example"),
			PublicURL: "https://fan.example", Networks: []connectors.Network{d.tokens, d.weibo}})
		must(t, err)
		clock.Advance(2*time.Hour - time.Minute)
		began, goOn := make(chan struct{}), make(chan struct{})
		d.tokens.during = func() { close(began); <-goOn } // a second call would panic here
		var wait sync.WaitGroup
		for _, s := range []*Service{d.Service, second} {
			for range 4 {
				wait.Go(func() { must(t, s.renew(t.Context(), d.id)) })
			}
		}
		done := make(chan struct{})
		go func() { wait.Wait(); close(done) }()
		<-began
		close(goOn)
		for _, number := d.row(t); number == 1; _, number = d.row(t) {
			runtime.Gosched() // the clock must not outrun the lease
		}
		for waiting := true; waiting; {
			select {
			case <-done:
				waiting = false
			case <-time.After(time.Millisecond): // hours must not go by while they look
				clock.Advance(renewLook)
			}
		}
		account, number := d.row(t)
		if d.tokens.renewals != 1 || number != 2 || account.Problem != "" {
			t.Errorf("%d calls, token %d, problem %q", d.tokens.renewals, number, account.Problem)
		}
	})
}

// A process that dies in the middle of a renewal holds the lease until it ends,
// and a late answer of its does not overwrite what came after.
func TestDeadRenewalEndsWithItsLease(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		clock.Advance(2*time.Hour - time.Minute)
		lost, ok, err := d.accounts.LeaseRenewal(t.Context(), d.id, clock.Now().Add(renewAhead), renewLease)
		if err != nil || !ok {
			t.Fatal("no lease", err)
		}
		if _, ok, err := d.accounts.LeaseRenewal(t.Context(), d.id, clock.Now().Add(renewAhead), renewLease); err != nil || ok {
			t.Fatal("two leases", err)
		}
		clock.Advance(renewLease)
		must(t, d.renewDue(t.Context(), renewJob{}))
		stored, err := d.accounts.Renewed(t.Context(), lost, []byte(`{"user":"token","number":99}`), clock.Now())
		must(t, err)
		if _, number := d.row(t); stored || number != 2 {
			t.Errorf("stored %v, token %d", stored, number)
		}
	})
}

// Whatever happens in whatever order, the account has the newest pair, or a
// person is asked; and no refresh token is used twice without one being lost.
func TestRenewalsAtAnyPace(t *testing.T) {
	t.Parallel()
	template := storagetest.URL(t, storage.SQLite)
	rapid.Check(t, func(r *rapid.T) {
		clock := storagetest.NewClock()
		db, err := storage.Open(context.Background(), storage.Config{URL: template, Clock: clock, Throwaway: true})
		must(t, err)
		defer db.Close()
		must(t, db.Write(context.Background(), func(tx *storage.Tx) error {
			for _, table := range []string{"network_accounts", "campaigns", "sales", "audit_events", "people", "river_job"} {
				if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		d := openTokenDesk(t, db)
		everLost := false
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			switch rapid.IntRange(0, 4).Draw(r, "step") {
			case 0:
				d.tokens.errs = []error{netErr(rapid.SampledFrom([]connectors.ErrorKind{connectors.KindUnknown, connectors.KindRetry}).Draw(r, "error"))}
			case 1:
				d.tokens.lost, everLost = true, true
			case 2:
				d.tokens.errs = nil
				must(t, signIn(t, d, d.id, SignInAnswer{Code: "good"}))
				d.tokens.lost, everLost = false, false
			default:
				clock.Advance(time.Duration(rapid.IntRange(1, 130).Draw(r, "minutes")) * time.Minute)
				must(t, d.renewDue(context.Background(), renewJob{}))
			}
			account, number := d.row(t)
			if number != d.tokens.newest && !everLost {
				r.Fatalf("token %d of %d is stored", number, d.tokens.newest)
			}
			if account.Problem != "" && !everLost || d.tokens.dead && account.Problem == "" {
				r.Fatalf("problem %q, family dead: %v", account.Problem, d.tokens.dead)
			}
		}
	})
}

// signIn goes through a sign-in for an account, 0 for a new one; an answer
// without a state gets the right one.
func signIn(t testing.TB, d *tokenDesk, accountID int64, answer SignInAnswer) error {
	t.Helper()
	var waiting []byte
	var err error
	if ctx := context.WithoutCancel(t.Context()); accountID == 0 {
		_, waiting, err = d.BeginSignIn(ctx, d.actor, AccountDraft{Network: connectors.Twitter, Name: "new", Credentials: connectors.Credentials(`{"client":"c"}`)}, "https://fan.example/back")
	} else {
		_, waiting, err = d.BeginRenewal(ctx, d.actor, accountID, "https://fan.example/back")
	}
	must(t, err)
	if bytes.Contains(waiting, []byte("client")) {
		t.Error("what waits is not sealed")
	}
	pending, err := d.OpenSignIn(d.actor, waiting)
	must(t, err)
	if answer.State == "" {
		answer.State = pending.Visit.State
	}
	_, err = d.FinishSignIn(context.WithoutCancel(t.Context()), d.actor, pending, answer)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// A token that renews itself need not last until the last post.
func TestPreflightTrustsRenewal(t *testing.T) {
	t.Parallel()
	now := storagetest.NewClock().Now()
	ends := now.Add(time.Hour)
	for renewal, want := range map[connectors.Renewal]int{connectors.RenewBySignIn: 2, connectors.RenewByItself: 1} {
		identity := connectors.Identity{RemoteID: "1", ExpiresAt: &ends, Renewal: renewal}
		if got := accountFindings(accounts.NetworkAccount{RemoteID: "1"}, identity, nil, briefing{now: now}); len(got) != want {
			t.Errorf("%q: %+v", renewal, got)
		}
	}
}
