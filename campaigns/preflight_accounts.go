package campaigns

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/netguard"
)

const (
	verifyPatience = 10 * time.Second
	// tokenMargin is how long a token should outlive the last post: it may be
	// moved, and the outcome looked up.
	tokenMargin = 24 * time.Hour
)

// accountCheck looks at an account and at what is asked of it.
func (s *Service) accountCheck(b briefing, account accounts.NetworkAccount) check {
	return func(ctx context.Context) []Finding {
		return append(s.verify(ctx, b, account), s.quotaFindings(ctx, b, account)...)
	}
}

// verify asks the network whether it accepts an account's credentials. On Weibo
// that is two of the account's 100 calls a day.
func (s *Service) verify(ctx context.Context, b briefing, account accounts.NetworkAccount) []Finding {
	network, known := s.networks[account.Network]
	if !known {
		return []Finding{aboutAccount("account_no_network", account, nil)}
	}
	if s.endsTooSoon(account) { // renewed first, as before a post
		if err := s.renewFor(ctx, account); err != nil {
			return []Finding{aboutAccount("network_silent", account, map[string]any{"Reason": messageOf(err)})}
		}
	}
	_, credentials, err := s.accounts.NetworkAccount(ctx, account.ID)
	if err != nil {
		return []Finding{aboutAccount("account_sealed", account, map[string]any{"Reason": messageOf(err)})}
	}
	verifying, cancel := context.WithTimeout(ctx, verifyPatience)
	defer cancel()
	if err := s.allowed(verifying, limited{account.ID, network.Limits(credentials)}, connectors.CallVerify); err != nil {
		return []Finding{aboutAccount("network_silent", account, map[string]any{"Reason": messageOf(err)})}
	}
	identity, err := network.Verify(verifying, credentials)
	return accountFindings(account, identity, err, b)
}

// accountFindings judges what the network said of an account: one line about
// the account, and one about its token where that ends unless a person renews it.
func accountFindings(account accounts.NetworkAccount, identity connectors.Identity, err error, b briefing) []Finding {
	if err != nil {
		return []Finding{aboutAccount(unverifiedCode(err), account, map[string]any{"Reason": messageOf(err)})}
	}
	findings := []Finding{aboutAccount(accountCode(account, identity, b.publicURL), account, map[string]any{
		"Reason": connectors.Problem{Key: account.ProblemKey, Message: account.Problem}, "Other": identity.Handle, "Host": identity.LinkHost,
	})}
	expires := identity.ExpiresAt
	if expires == nil {
		expires = account.ExpiresAt
	}
	if expires != nil && identity.Renewal != connectors.RenewByItself {
		findings = append(findings, aboutAccount(tokenCode(*expires, b.lastDue(), b.now), account, map[string]any{"Ends": *expires, "Last": b.lastDue()}))
	}
	return findings
}

func accountCode(account accounts.NetworkAccount, identity connectors.Identity, publicURL string) string {
	base := account.LinkBaseURL
	if base == "" {
		base = publicURL
	}
	u, ok := netguard.ParseURL(base)
	switch {
	case identity.RemoteID != account.RemoteID:
		return "account_other"
	case account.Problem != "":
		return "account_problem"
	case identity.LinkHost != "" && (!ok || !strings.EqualFold(u.Host, identity.LinkHost)):
		return "account_link_host"
	}
	return "account_ok"
}

// unverifiedCode tells a network that refused from one that is silent and one
// that is busy.
func unverifiedCode(err error) string {
	var answer *connectors.Error
	switch {
	case !errors.As(err, &answer):
		return "network_silent"
	case answer.Kind == connectors.KindAttention, answer.Kind == connectors.KindRefused:
		return "account_refused"
	case answer.Status == 0:
		return "network_silent"
	}
	return "network_busy"
}

// tokenCode tells whether a token lasts until the last post.
func tokenCode(expires, lastDue, now time.Time) string {
	switch {
	case !expires.After(now):
		return "token_ended"
	case !expires.After(lastDue):
		return "token_short"
	case expires.Before(lastDue.Add(tokenMargin)):
		return "token_tight"
	}
	return "token_ok"
}

func aboutAccount(code string, account accounts.NetworkAccount, args map[string]any) Finding {
	if args == nil {
		args = map[string]any{}
	}
	args["Network"] = networkNames[account.Network]
	return find(code, handleOf(account), fmt.Sprintf("account %d", account.ID), args)
}

// networkNames are the networks' names as sentences write them.
var networkNames = map[string]string{connectors.Twitter: "X", connectors.Weibo: "Weibo"}

// messageOf gives what of an error is for people.
func messageOf(err error) connectors.Problem {
	var answer *connectors.Error
	var ours *fault.Error
	switch {
	case errors.As(err, &answer):
		return problemOf(answer)
	case errors.As(err, &ours):
		return connectors.Problem{Key: ours.Key, Message: ours.Message, Args: ours.Args}
	}
	return connectors.Problem{Message: err.Error()}
}
