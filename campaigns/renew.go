package campaigns

import (
	"context"
	"strconv"
	"time"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// The times of a renewal. A call ends well within the lease, so nobody else
// begins before it is known what became of it.
const (
	renewAhead = 15 * time.Minute // before the credentials end
	renewCall  = 20 * time.Second
	renewLease = time.Minute
	renewPause = time.Minute // after an attempt of which nobody knows what became
	renewLook  = 250 * time.Millisecond
	renewSaves = 3 // attempts to store what a network gave out once
)

// renewJob renews ahead of time what the service renews itself.
type renewJob struct{}

// Kind names the job to the scheduler.
func (renewJob) Kind() string { return "campaigns.renew" }

// renewDue renews one account after the other: there are few. What failed
// rests, and the next minute's job tries again.
func (s *Service) renewDue(ctx context.Context, _ renewJob) error {
	ids, err := s.accounts.RenewalsDue(ctx, s.db.Clock().Now().Add(renewAhead))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.renew(ctx, id); err != nil {
			s.log.Warn("account not renewed", "account", id, "error", err)
		}
	}
	return ctx.Err()
}

// endsTooSoon tells whether credentials that the service renews might end
// before a call that is about to begin is over.
func (s *Service) endsTooSoon(account accounts.NetworkAccount) bool {
	return account.Renewal == accounts.RenewByItself && account.Problem == "" && account.ExpiresAt != nil &&
		account.ExpiresAt.Before(s.db.Clock().Now().Add(scheduler.Lead+s.timing.Call))
}

// renewFor renews an account for a call. While the old credentials live, a
// failure leaves the call to them; afterwards it must wait, for a network that
// refuses dead credentials would have the account stopped.
func (s *Service) renewFor(ctx context.Context, account accounts.NetworkAccount) error {
	err := s.renew(ctx, account.ID)
	if err != nil && account.ExpiresAt.After(s.db.Clock().Now().Add(scheduler.Lead)) {
		s.log.Warn("account not renewed", "account", account.ID, "error", err)
		return nil
	}
	return err
}

// renew sees to it that an account's credentials are renewed if they end
// within renewAhead, by us or by whoever is at it. nil means that they are, or
// that a person must see to it, which the account's problem tells.
func (s *Service) renew(ctx context.Context, id int64) error {
	_, err, _ := s.renewals.Do(strconv.FormatInt(id, 10), func() (any, error) {
		return nil, s.renewOrWait(ctx, id)
	})
	return err
}

func (s *Service) renewOrWait(ctx context.Context, id int64) error {
	clock := s.db.Clock()
	for {
		before := clock.Now().Add(renewAhead)
		lease, ok, err := s.accounts.LeaseRenewal(ctx, id, before, renewLease)
		if err != nil {
			return err
		}
		if ok {
			// A shutdown must not cut it short: a new pair would be lost.
			return s.renewLeased(context.WithoutCancel(ctx), lease)
		}
		state, err := s.accounts.RenewalState(ctx, id)
		switch {
		case err != nil:
			return err
		case state.Problem != "" || state.ExpiresAt == nil || !state.ExpiresAt.Before(before):
			return nil
		case !state.Busy:
			return fault.New(fault.Unavailable, "", "The network did not renew the account's token. It is asked again in a minute.")
		}
		if err := clock.WaitUntil(ctx, clock.Now().Add(renewLook)); err != nil {
			return err
		}
	}
}

// renewLeased asks the network, outside any transaction, and commits what it
// came to. Only a refusal stops the account. After anything else it rests for a
// while and the same refresh token is tried again: if the network has used it
// up without our hearing of it, the next answer is the refusal.
func (s *Service) renewLeased(ctx context.Context, lease accounts.Lease) error {
	network, ok := s.networks[lease.Account.Network].(connectors.SignIn)
	if !ok {
		return fault.New(fault.Internal, "", "No connector renews accounts of the network "+lease.Account.Network+".")
	}
	account := limited{lease.Account.ID, s.networks[lease.Account.Network].Limits(lease.Credentials)}
	credentials, ends, err := s.callRenew(ctx, network, account, lease)
	if err == nil {
		return s.saveRenewed(ctx, lease, credentials, ends)
	}
	e := networkError(err)
	if e.Kind == connectors.KindAttention || e.Kind == connectors.KindRefused {
		s.log.Warn("account needs attention", "account", lease.Account.ID, "code", e.Code, "status", e.Status)
		return s.accounts.RenewalRefused(ctx, lease, e.Message, e.Key)
	}
	pause := max(renewPause, e.RetryAt.Sub(s.db.Clock().Now()))
	if err := s.accounts.RenewalPutOff(ctx, lease, pause); err != nil {
		return err
	}
	return &fault.Error{Kind: fault.Unavailable, Key: e.Key, Message: e.Message, Err: e}
}

// callRenew asks the network, if a limit leaves a call, and keeps what a refusal
// tells of it.
func (s *Service) callRenew(ctx context.Context, network connectors.SignIn, account limited, lease accounts.Lease) (connectors.Credentials, time.Time, error) {
	if err := s.allowed(ctx, account, connectors.CallRenew); err != nil {
		return nil, time.Time{}, err
	}
	calling, cancel := context.WithTimeout(ctx, renewCall)
	defer cancel()
	credentials, ends, failed := network.Renew(calling, lease.Credentials)
	if failed != nil {
		if err := s.db.Write(ctx, func(tx *storage.Tx) error {
			return s.heard(tx, account, connectors.CallRenew, networkError(failed).Limits)
		}); err != nil {
			s.log.Warn("a limit is not kept", "account", lease.Account.ID, "error", err)
		}
	}
	return credentials, ends, failed
}

// saveRenewed stores what the network gives out only once, so it tries again
// when the database does not answer at that moment.
func (s *Service) saveRenewed(ctx context.Context, lease accounts.Lease, credentials connectors.Credentials, ends time.Time) error {
	clock := s.db.Clock()
	for attempt := 1; ; attempt++ {
		stored, err := s.accounts.Renewed(ctx, lease, credentials, ends)
		if err == nil && !stored {
			s.log.Warn("account connected anew during its renewal", "account", lease.Account.ID)
		}
		if err == nil || attempt == renewSaves {
			return err
		}
		if err := clock.WaitUntil(ctx, clock.Now().Add(time.Second)); err != nil {
			return err
		}
	}
}

// believe weighs what a network says before it stops an account. Where it
// speaks of credentials that were renewed since the post was prepared, or is
// known to say so without cause and did not say it before, the post goes once
// more: in either case it is surely not out.
func (s *Service) believe(ctx context.Context, out outgoing, saidBefore string, err error) error {
	if err == nil {
		return nil
	}
	e := networkError(err)
	if e.Kind != connectors.KindAttention {
		return err
	}
	if !(e.Spurious && e.Message != saidBefore) && !s.replaced(ctx, out.account) {
		return err
	}
	doubted := *e
	doubted.Kind, doubted.RetryAt = connectors.KindRetry, s.db.Clock().Now().Add(time.Second)
	return &doubted
}

// replaced tells whether an account has other credentials by now.
func (s *Service) replaced(ctx context.Context, account accounts.NetworkAccount) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	changed := false
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		var sealed [][]byte
		err := tx.Model(&accounts.NetworkAccount{}).Where("id = ?", account.ID).Pluck("sealed", &sealed).Error
		changed = len(sealed) == 1 && string(sealed[0]) != string(account.Sealed)
		return err
	})
	return err == nil && changed
}
