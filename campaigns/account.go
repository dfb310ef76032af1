package campaigns

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/netguard"
)

const verifyTimeout = 20 * time.Second

// ConnectAccount asks the network whose the credentials are and stores the
// account. It returns Invalid naming network, name, link_base_url, credentials
// or credentials.FIELD; Unavailable when the network does not answer.
func (s *Service) ConnectAccount(ctx context.Context, actor accounts.Actor, draft AccountDraft) (accounts.NetworkAccount, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return accounts.NetworkAccount{}, err
	}
	network, err := s.examine(&draft)
	if err != nil {
		return accounts.NetworkAccount{}, err
	}
	identity, err := verify(ctx, network, draft.Credentials)
	if err != nil {
		return accounts.NetworkAccount{}, verifyFault(err)
	}
	return s.keepAccount(ctx, actor, draft, identity)
}

func verify(ctx context.Context, network connectors.Network, credentials connectors.Credentials) (connectors.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	return network.Verify(ctx, credentials)
}

// keepAccount stores an account whose credentials the network has accepted.
func (s *Service) keepAccount(ctx context.Context, actor accounts.Actor, draft AccountDraft, identity connectors.Identity) (accounts.NetworkAccount, error) {
	base, err := linkBase(draft.LinkBaseURL, s.publicURL, identity.LinkHost)
	if err != nil {
		return accounts.NetworkAccount{}, err
	}
	account, err := s.accounts.ConnectNetworkAccount(ctx, actor, accounts.NetworkAccountDraft{
		Network: draft.Network, Name: draft.Name, Handle: identity.Handle, RemoteID: identity.RemoteID,
		LinkBaseURL: base, ExpiresAt: identity.ExpiresAt, Renewal: string(identity.Renewal), Credentials: draft.Credentials,
	})
	if network := s.networks[draft.Network]; err == nil && network != nil { // it was called before the account was known
		_, _, err = s.spend(ctx, limited{account.ID, network.Limits(draft.Credentials)}, connectors.CallVerify)
	}
	return account, err
}

// examine tidies a draft up and gives its network, as far as can be told
// without asking there.
func (s *Service) examine(draft *AccountDraft) (connectors.Network, error) {
	var wrong fault.Fields
	network := s.findNetwork(&wrong, draft.Network)
	draft.Name = checkName(&wrong, "name", draft.Name, maxAccountName)
	if draft.LinkBaseURL != "" && !isLinkBase(draft.LinkBaseURL) {
		wrong.Add("link_base_url", "account.link_base_url", "The address of campaign links must be a scheme and a host, such as https://go.example.com.", draft.LinkBaseURL, nil)
	}
	if !isObject(draft.Credentials) {
		wrong.Add("credentials", "account.credentials", "The credentials must be a JSON object.", nil, nil)
	}
	return network, wrong.Err()
}

// findNetwork gives the network of that name, and notes network as wrong when
// there is none.
func (s *Service) findNetwork(wrong *fault.Fields, name string) connectors.Network {
	network, known := s.networks[name]
	if !known {
		wrong.Add("network", "account.network", "There is no such network.", name, nil)
	}
	return network
}

func isObject(credentials connectors.Credentials) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(credentials, &object) == nil && object != nil
}

func isLinkBase(address string) bool {
	u, ok := netguard.ParseURL(address)
	return ok && u.RawQuery == "" && !u.ForceQuery && !strings.Contains(address, "#")
}

// verifyFault says in our own words why a network did not tell whose the
// credentials are.
func verifyFault(err error) error {
	var answer *connectors.Error
	if !errors.As(err, &answer) {
		answer = &connectors.Error{Kind: connectors.KindUnknown}
	}
	var wrong fault.Fields
	switch answer.Kind {
	case connectors.KindRefused:
		location := "credentials"
		if answer.Field != "" {
			location += "." + answer.Field
		}
		wrong.Add(location, answer.Key, answer.Message, nil, nil)
	case connectors.KindAttention:
		wrong.Add("credentials", answer.Key, answer.Message, nil, nil)
	default:
		return &fault.Error{
			Kind: fault.Unavailable, Key: "account.network_unavailable",
			Message: "The network does not answer at the moment. Nothing was stored.", Err: err,
		}
	}
	return wrong.Err()
}

// linkBase gives the address that an account's campaign links begin with; ""
// is the service's own. Where the network takes links to one host alone, the
// address must have that host: the author's choice is checked, and without one
// the service's own address is bent to it.
func linkBase(chosen, public, host string) (string, error) {
	if host == "" {
		return chosen, nil
	}
	base := chosen
	if base == "" {
		base = public
	}
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", fault.Wrap(err, "public URL")
	case strings.EqualFold(u.Host, host):
		return base, nil
	case chosen == "":
		return u.Scheme + "://" + host, nil
	}
	var wrong fault.Fields
	wrong.Add("link_base_url", "account.link_host", "This network takes links to "+host+" alone.", chosen, fault.Args{"Host": host})
	return "", wrong.Err()
}
