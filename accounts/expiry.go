package accounts

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/storage"
)

// warningDays are the thresholds at which people are told by mail that
// credentials end, in days before.
var warningDays = []int{1, 3, 7}

const day = 24 * time.Hour

// ExpiryBanner is how long before their end credentials are told of on every
// page of the desk.
const ExpiryBanner = 7 * day

// NeedsPerson tells whether the credentials end unless a person renews them.
func (a NetworkAccount) NeedsPerson() bool {
	return a.ExpiresAt != nil && a.Renewal != RenewByItself
}

// ExpiringAccounts lists the social accounts that want a person: their
// credentials end within a span, or have ended, and are not renewed by
// themselves, or a problem stops them. The next to end comes first. They come
// without their credentials.
func (s *Service) ExpiringAccounts(ctx context.Context, within time.Duration) (accounts []NetworkAccount, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Omit("sealed").Where("expires_at <= ? AND renewal <> ? OR problem <> ''", tx.Now.Add(within), RenewByItself).
			Order("expires_at, id").Find(&accounts).Error
	})
	return accounts, err
}

// ExpiryWarning is a mail to write: to Person, that the credentials of Account
// end. Days is the threshold that it is about.
type ExpiryWarning struct {
	Account NetworkAccount
	Person  Person
	Days    int
}

// expiryWarning is a mail that was sent.
type expiryWarning struct {
	AccountID int64
	PersonID  int64
	Days      int
	SentAt    time.Time
}

// TableName is GORM's hook.
func (expiryWarning) TableName() string { return "expiry_warnings" }

// ExpiryWarnings lists the mails that should be out by now and are not: to each
// admin and each person of marketing, for each account in its last seven days,
// one for the smallest threshold that is reached. Who was not there, or could
// not be reached, at a greater one gets no second mail for it.
func (s *Service) ExpiryWarnings(ctx context.Context) (due []ExpiryWarning, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var ending []NetworkAccount
		err := tx.Omit("sealed").Where("expires_at > ? AND expires_at <= ? AND renewal <> ?",
			tx.Now, tx.Now.Add(ExpiryBanner), RenewByItself).Order("expires_at, id").Find(&ending).Error
		if err != nil || len(ending) == 0 {
			return err
		}
		var people []Person
		err = tx.Where("role IN ? AND email <> '' AND NOT service AND blocked_at IS NULL", []Role{Admin, Marketing}).
			Order("id").Find(&people).Error
		if err != nil {
			return err
		}
		var sent []expiryWarning
		if err := tx.Find(&sent).Error; err != nil {
			return err
		}
		due = missingWarnings(ending, people, sent, tx.Now)
		return nil
	})
	return due, err
}

func missingWarnings(ending []NetworkAccount, people []Person, sent []expiryWarning, now time.Time) (due []ExpiryWarning) {
	for _, account := range ending {
		days := threshold(account.ExpiresAt.Sub(now))
		for _, person := range people {
			told := slices.ContainsFunc(sent, func(w expiryWarning) bool {
				return w.AccountID == account.ID && w.PersonID == person.ID && w.Days <= days
			})
			if days > 0 && !told {
				due = append(due, ExpiryWarning{account, person, days})
			}
		}
	}
	return due
}

// threshold gives the smallest one that is reached, 0 when none is, or when
// everything is over.
func threshold(left time.Duration) int {
	for _, days := range warningDays {
		if left > 0 && left <= time.Duration(days)*day {
			return days
		}
	}
	return 0
}

// ExpiryWarned notes that a mail is out. A process that dies between the mail
// and this sends it once more: better twice than never.
func (s *Service) ExpiryWarned(ctx context.Context, w ExpiryWarning) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&expiryWarning{w.Account.ID, w.Person.ID, w.Days, tx.Now}).Error
	})
}

// forgetWarnings begins anew: a renewed account has other days to tell of.
func forgetWarnings(tx *storage.Tx, accountID int64) error {
	return tx.Where("account_id = ?", accountID).Delete(&expiryWarning{}).Error
}
