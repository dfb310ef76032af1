package accounts

import (
	"context"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/fault"
	"fanfare/storage"
)

// NetworkAccountDraft is a verified social account, ready to be stored.
type NetworkAccountDraft struct {
	Network, Name, Handle, RemoteID, LinkBaseURL string
	ExpiresAt                                    *time.Time
	Renewal                                      string // RenewByKeys, RenewBySignIn or RenewByItself
	Credentials                                  []byte // JSON; sealed before it is stored
}

func (d NetworkAccountDraft) tidy() NetworkAccountDraft {
	d.Name = strings.TrimSpace(d.Name)
	d.Handle = strings.TrimSpace(d.Handle)
	d.LinkBaseURL = strings.TrimRight(strings.TrimSpace(d.LinkBaseURL), "/")
	d.ExpiresAt = cutTime(d.ExpiresAt)
	return d
}

// cutTime gives a time as both databases keep it.
func cutTime(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	utc := t.UTC().Truncate(time.Microsecond)
	return &utc
}

func (d NetworkAccountDraft) check() error {
	var wrong fault.Fields
	checkName(&wrong, d.Name)
	if d.Network == "" {
		wrong.Add("network", "accounts.network", "The network is missing.", nil, nil)
	}
	if d.RemoteID == "" || len(d.Credentials) == 0 {
		wrong.Add("credentials", "accounts.credentials", "Credentials of an account of the network are needed.", nil, nil)
	}
	if d.LinkBaseURL != "" && !isBaseURL(d.LinkBaseURL) {
		wrong.Add("link_base_url", "accounts.link_base_url", "This is not an address that links can begin with, such as https://go.example.com.", d.LinkBaseURL, nil)
	}
	return wrong.Err()
}

func isBaseURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" &&
		u.User == nil && !strings.ContainsAny(text, "?#")
}

// ConnectNetworkAccount stores a social account on behalf of an admin or of
// marketing, or, when the same account of the network is there already, renews
// its credentials and settings and takes its problem away. The id and who
// connected it first stay.
func (s *Service) ConnectNetworkAccount(ctx context.Context, actor Actor, draft NetworkAccountDraft) (NetworkAccount, error) {
	if err := actor.Require(Marketing); err != nil {
		return NetworkAccount{}, err
	}
	if err := actor.requirePerson(); err != nil {
		return NetworkAccount{}, err
	}
	draft = draft.tidy()
	if err := draft.check(); err != nil {
		return NetworkAccount{}, err
	}
	sealed, err := seal(s.secret, draft.Credentials, draft.Network, draft.RemoteID)
	if err != nil {
		return NetworkAccount{}, err
	}
	var account NetworkAccount
	err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		account, err = upsertNetworkAccount(tx, NetworkAccount{
			Network: draft.Network, Name: draft.Name, Handle: draft.Handle, RemoteID: draft.RemoteID,
			LinkBaseURL: draft.LinkBaseURL, Sealed: sealed, ExpiresAt: draft.ExpiresAt, Renewal: draft.Renewal,
			CreatedBy: actor.PersonID, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		})
		if err != nil {
			return err
		}
		if err := forgetWarnings(tx, account.ID); err != nil {
			return err
		}
		return Record(tx, actor, "account.connect", subject("account", account.ID))
	})
	return account, err
}

// upsertNetworkAccount reads the row again after writing it: the id that an
// insert reports says nothing when the row was there.
func upsertNetworkAccount(tx *storage.Tx, row NetworkAccount) (account NetworkAccount, err error) {
	err = tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "network"}, {Name: "remote_id"}},
		DoUpdates: append(clause.AssignmentColumns([]string{"name", "handle", "link_base_url", "sealed", "expires_at",
			"renewal", "problem", "problem_key", "updated_at"}), newConnection()...),
	}).Create(&row).Error
	if err != nil {
		return NetworkAccount{}, err
	}
	err = tx.Where("network = ? AND remote_id = ?", row.Network, row.RemoteID).Take(&account).Error
	return account, err
}

// NetworkAccounts lists all social accounts by network and name, without their
// credentials.
func (s *Service) NetworkAccounts(ctx context.Context) ([]NetworkAccount, error) {
	accounts := []NetworkAccount{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Omit("sealed").Order("network, name, id").Find(&accounts).Error
	})
	return accounts, err
}

// NetworkAccount gives one social account with its credentials opened. It
// returns NotFound when there is none, Unavailable when the secret key is not
// the one that the credentials were sealed under.
func (s *Service) NetworkAccount(ctx context.Context, id int64) (NetworkAccount, []byte, error) {
	var account NetworkAccount
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		account, err = networkAccountByID(tx, id)
		return err
	})
	if err != nil {
		return NetworkAccount{}, nil, err
	}
	credentials, err := unseal(s.secret, account.Sealed, account.Network, account.RemoteID)
	if err != nil {
		return NetworkAccount{}, nil, err
	}
	return account, credentials, nil
}

func networkAccountByID(tx *storage.Tx, id int64) (NetworkAccount, error) {
	var account NetworkAccount
	err := tx.Where("id = ?", id).Take(&account).Error
	if storage.IsMissing(err) {
		return NetworkAccount{}, fault.New(fault.NotFound, "accounts.no_account", "There is no such account.")
	}
	return account, err
}

// SetProblem notes why a person must look at the account, in English and with
// the key of its translation; "" when it is healthy again.
func (s *Service) SetProblem(ctx context.Context, id int64, problem, key string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		account, err := networkAccountByID(tx, id)
		if err != nil || account.Problem == problem {
			return err // every post that fails says the same: once is enough
		}
		change := map[string]any{"problem": problem, "problem_key": key, "updated_at": tx.Now}
		if err := tx.Model(&account).Updates(change).Error; err != nil {
			return err
		}
		action := "account.problem"
		if problem == "" {
			action = "account.healthy"
		}
		return Record(tx, System(), action, subject("account", id))
	})
}
