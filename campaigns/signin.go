package campaigns

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
)

const (
	// signInPatience is how long somebody may take on a network's page.
	signInPatience = 10 * time.Minute
	exchangeWithin = 20 * time.Second
	sealSignIn     = "sign-in at a network v1"
)

// SignIn is a sign-in at a network that is under way.
type SignIn struct {
	Draft     AccountDraft // Credentials are the app's keys
	AccountID int64        // the account to renew; 0 is a new one
	Visit     connectors.Visit
	Until     time.Time
}

// SignInAnswer is what the browser brings back: RFC 6749, section 4.1.2.
type SignInAnswer struct{ State, Code, Error string }

// BeginSignIn prepares the connection of an account at its network: it gives
// the address to send the browser to, and what to keep for FinishSignIn, sealed
// for this actor. draft.Credentials are the app's keys alone.
func (s *Service) BeginSignIn(_ context.Context, actor accounts.Actor, draft AccountDraft, callback string) (address string, waiting []byte, err error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return "", nil, err
	}
	if _, err := s.examine(&draft); err != nil {
		return "", nil, err
	}
	return s.beginSignIn(actor, SignIn{Draft: draft}, callback)
}

// BeginRenewal is BeginSignIn for an account that is there, with the app's keys
// that are stored. It returns Conflict where its keys are not of such an app.
func (s *Service) BeginRenewal(ctx context.Context, actor accounts.Actor, accountID int64, callback string) (address string, waiting []byte, err error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return "", nil, err
	}
	account, credentials, err := s.accounts.NetworkAccount(ctx, accountID)
	if err != nil {
		return "", nil, err
	}
	if account.Renewal == accounts.RenewByKeys {
		return "", nil, fault.New(fault.Conflict, "account.sign_in_by_keys", "This account was connected with keys. Give it new ones.")
	}
	return s.beginSignIn(actor, SignIn{AccountID: account.ID, Draft: AccountDraft{
		Network: account.Network, Name: account.Name, LinkBaseURL: account.LinkBaseURL, Credentials: credentials,
	}}, callback)
}

func (s *Service) beginSignIn(actor accounts.Actor, in SignIn, callback string) (string, []byte, error) {
	network, err := s.signInAt(in.Draft.Network)
	if err != nil {
		return "", nil, err
	}
	in.Until = s.db.Clock().Now().Add(signInPatience)
	// rand.Text has 128 bits; RFC 7636 wants 43 characters of a verifier at the least.
	in.Visit = connectors.Visit{Callback: callback, State: rand.Text(), Verifier: rand.Text() + rand.Text()}
	address, err := network.AuthorizeURL(in.Draft.Credentials, in.Visit)
	if err != nil {
		return "", nil, signInFault(err)
	}
	plain, err := json.Marshal(in)
	if err != nil {
		return "", nil, fault.Wrap(err, "sign-in")
	}
	waiting, err := s.accounts.Seal(sealSignIn, signInBinding(actor), plain)
	return address, waiting, err
}

func signInBinding(actor accounts.Actor) string { return fmt.Sprintf("person %d", actor.PersonID) }

func (s *Service) signInAt(name string) (connectors.SignIn, error) {
	network, ok := s.networks[name].(connectors.SignIn)
	if !ok {
		return nil, fault.New(fault.Internal, "", "No connector signs in at the network "+name+".")
	}
	return network, nil
}

// OpenSignIn opens what BeginSignIn gave to the same actor. It returns Conflict
// when there is nothing.
func (s *Service) OpenSignIn(actor accounts.Actor, waiting []byte) (SignIn, error) {
	var in SignIn
	plain, err := s.accounts.Unseal(sealSignIn, signInBinding(actor), waiting)
	if len(waiting) == 0 || err != nil || json.Unmarshal(plain, &in) != nil {
		return SignIn{}, fault.New(fault.Conflict, "account.sign_in_lost", "No sign-in is under way here, or it is over. Nothing was stored. Please begin again.")
	}
	return in, nil
}

// FinishSignIn trades the answer for credentials, asks whose they are, and
// stores the account. Nothing is stored with any error: Invalid for what a
// person did or an app lacks, Conflict where another account signed in than the
// one to renew, Unavailable when the network does not answer.
func (s *Service) FinishSignIn(ctx context.Context, actor accounts.Actor, in SignIn, answer SignInAnswer) (accounts.NetworkAccount, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return accounts.NetworkAccount{}, err
	}
	if err := in.check(answer, s.db.Clock().Now()); err != nil {
		return accounts.NetworkAccount{}, err
	}
	network, err := s.signInAt(in.Draft.Network)
	if err != nil {
		return accounts.NetworkAccount{}, err
	}
	exchanging, cancel := context.WithTimeout(ctx, exchangeWithin)
	defer cancel()
	draft := in.Draft
	if draft.Credentials, err = network.Exchange(exchanging, in.Draft.Credentials, answer.Code, in.Visit); err != nil {
		return accounts.NetworkAccount{}, signInFault(err)
	}
	identity, err := verify(ctx, s.networks[draft.Network], draft.Credentials)
	if err != nil {
		return accounts.NetworkAccount{}, signInFault(err)
	}
	if err := s.checkSame(ctx, in.AccountID, identity); err != nil {
		return accounts.NetworkAccount{}, err
	}
	return s.keepAccount(ctx, actor, draft, identity)
}

// AskedFor tells whether an answer is to this question, not to an earlier one in
// another tab, or forged.
func (in SignIn) AskedFor(answer SignInAnswer) bool {
	return subtle.ConstantTimeCompare([]byte(answer.State), []byte(in.Visit.State)) == 1
}

// check refuses an answer that is not to this question.
func (in SignIn) check(answer SignInAnswer, now time.Time) error {
	switch {
	case !in.AskedFor(answer):
		return fault.New(fault.Conflict, "account.sign_in_state", "This answer belongs to another sign-in. Nothing was stored. Please begin again.")
	case now.After(in.Until):
		return fault.New(fault.Conflict, "account.sign_in_late", "The sign-in took longer than ten minutes. Nothing was stored. Please begin again.")
	case answer.Error == "access_denied":
		return fault.New(fault.Invalid, "account.sign_in_denied", "The account was not opened to this app. Nothing was stored.")
	case answer.Error != "" || answer.Code == "":
		return fault.New(fault.Invalid, "account.sign_in_failed", "The network broke the sign-in off. Nothing was stored. Look at the app's settings there: its callback address and its permissions.")
	}
	return nil
}

// checkSame keeps a renewal from putting another account into the row: whoever
// was signed in at the network in this browser has answered.
func (s *Service) checkSame(ctx context.Context, accountID int64, identity connectors.Identity) error {
	if accountID == 0 {
		return nil
	}
	account, _, err := s.accounts.NetworkAccount(ctx, accountID)
	if err != nil || account.RemoteID == identity.RemoteID {
		return err
	}
	return &fault.Error{
		Kind: fault.Conflict, Key: "account.sign_in_other", Args: fault.Args{"Other": identity.Handle, "Handle": account.Handle},
		Message: identity.Handle + " signed in, not " + account.Handle + ". Nothing was stored. Switch the account at the network, then renew again.",
	}
}

// signInFault says why a sign-in came to nothing. A field of the app's keys
// that is to blame is named as in ConnectAccount.
func signInFault(err error) error {
	var answer *connectors.Error
	if !errors.As(err, &answer) {
		answer = &connectors.Error{Kind: connectors.KindUnknown}
	}
	switch {
	case answer.Kind == connectors.KindRefused && answer.Field != "":
		return verifyFault(answer)
	case answer.Kind == connectors.KindRefused, answer.Kind == connectors.KindAttention:
		return &fault.Error{
			Kind: fault.Invalid, Key: "account.sign_in_refused", Args: fault.Args{"Reason": problemOf(answer)},
			Message: answer.Message + " Nothing was stored. Please begin again.", Err: err,
		}
	}
	return &fault.Error{
		Kind: fault.Unavailable, Key: "account.sign_in_unavailable",
		Message: "The network did not answer. Nothing was stored. Please sign in again in a moment.", Err: err,
	}
}
