package accounts

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"fanfare/storage"
)

// How an account's credentials are kept alive, as NetworkAccount.Renewal has it.
const (
	RenewByKeys   = ""        // keys are given anew by form
	RenewBySignIn = "sign_in" // a person signs in at the network again
	RenewByItself = "itself"  // the service renews them, until that is refused
)

// Lease is the right to renew an account's credentials: nobody else does until
// it is given back or ends.
type Lease struct {
	Account     NetworkAccount
	Credentials []byte // as they are now, opened
	number      int64  // of the account's renewals
}

// LeaseRenewal takes the lease for a span, in a transaction of its own, so that
// the call to the network comes after its commit. It is given where the service
// renews the credentials itself, they end before a time, no problem stops the
// account, and nobody else holds the lease; else ok is false.
func (s *Service) LeaseRenewal(ctx context.Context, id int64, endingBefore time.Time, span time.Duration) (lease Lease, ok bool, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		taken := tx.Exec(`UPDATE network_accounts SET renewals = renewals + 1, renewing_until = ?
			WHERE id = ? AND renewal = ? AND problem = '' AND expires_at < ?
			AND (renewing_until IS NULL OR renewing_until <= ?) AND (renew_after IS NULL OR renew_after <= ?)`,
			tx.Now.Add(span), id, RenewByItself, endingBefore.UTC(), tx.Now, tx.Now)
		if ok = taken.RowsAffected == 1; taken.Error != nil || !ok {
			return taken.Error
		}
		if lease.Account, err = networkAccountByID(tx, id); err != nil {
			return err
		}
		return tx.Table("network_accounts").Where("id = ?", id).Select("renewals").Scan(&lease.number).Error
	})
	if err != nil || !ok {
		return Lease{}, false, err
	}
	a := lease.Account
	lease.Credentials, err = unseal(s.secret, a.Sealed, a.Network, a.RemoteID)
	return lease, err == nil, err
}

// Renewed stores new credentials and gives the lease back. stored is false when
// it was lost meanwhile, as to a person who connected the account anew: what is
// there stays.
func (s *Service) Renewed(ctx context.Context, lease Lease, credentials []byte, expiresAt time.Time) (stored bool, err error) {
	sealed, err := seal(s.secret, credentials, lease.Account.Network, lease.Account.RemoteID)
	if err != nil {
		return false, err
	}
	return s.endLease(ctx, lease, func(tx *storage.Tx) (map[string]any, error) {
		return map[string]any{
			"sealed": sealed, "expires_at": *cutTime(&expiresAt), "updated_at": tx.Now,
		}, nil
	})
}

// RenewalRefused notes why a person must sign in again, as SetProblem does, and
// gives the lease back.
func (s *Service) RenewalRefused(ctx context.Context, lease Lease, problem, key string) error {
	_, err := s.endLease(ctx, lease, func(tx *storage.Tx) (map[string]any, error) {
		return map[string]any{"problem": problem, "problem_key": key, "updated_at": tx.Now},
			Record(tx, System(), "account.problem", subject("account", lease.Account.ID))
	})
	return err
}

// RenewalPutOff gives the lease back and lets nobody try for a while.
func (s *Service) RenewalPutOff(ctx context.Context, lease Lease, pause time.Duration) error {
	_, err := s.endLease(ctx, lease, func(tx *storage.Tx) (map[string]any, error) {
		return map[string]any{"renew_after": tx.Now.Add(pause)}, nil
	})
	return err
}

// endLease makes a change if the lease is still the newest.
func (s *Service) endLease(ctx context.Context, lease Lease, change func(*storage.Tx) (map[string]any, error)) (ended bool, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		ended = false
		var held []int64
		err := tx.Table("network_accounts").Clauses(clause.Locking{Strength: "UPDATE"}).
			Where("id = ? AND renewals = ?", lease.Account.ID, lease.number).Pluck("id", &held).Error
		if err != nil || len(held) == 0 {
			return err
		}
		columns, err := change(tx)
		if err != nil {
			return err
		}
		columns["renewing_until"] = nil
		if _, resting := columns["renew_after"]; !resting {
			columns["renew_after"] = nil
		}
		ended = true
		return tx.Table("network_accounts").Where("id = ?", lease.Account.ID).Updates(columns).Error
	})
	return ended, err
}

// RenewalState is how a renewal stands, for who waits on somebody else's.
type RenewalState struct {
	ExpiresAt *time.Time
	Problem   string
	Busy      bool // somebody holds the lease
}

// RenewalState reads how the renewal of an account stands.
func (s *Service) RenewalState(ctx context.Context, id int64) (state RenewalState, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var row struct {
			ExpiresAt, RenewingUntil *time.Time
			Problem                  string
		}
		err := tx.Table("network_accounts").Where("id = ?", id).Take(&row).Error
		state = RenewalState{row.ExpiresAt, row.Problem, row.RenewingUntil != nil && row.RenewingUntil.After(tx.Now)}
		return err
	})
	return state, err
}

// RenewalsDue lists the accounts, by id, whose credentials the service must
// renew because they end before a time.
func (s *Service) RenewalsDue(ctx context.Context, endingBefore time.Time) (ids []int64, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Model(&NetworkAccount{}).
			Where("renewal = ? AND problem = '' AND expires_at < ?", RenewByItself, endingBefore.UTC()).
			Order("expires_at, id").Pluck("id", &ids).Error
	})
	return ids, err
}

// newConnection ends whatever renewal is under way: its outcome is of
// credentials that are no longer ours to use.
func newConnection() clause.Set {
	return clause.Assignments(map[string]any{
		"renewals": gorm.Expr("network_accounts.renewals + 1"), "renewing_until": nil, "renew_after": nil,
	})
}
