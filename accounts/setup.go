package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// oneTimeLink is the right to do one thing once. Its token is kept as a hash.
type oneTimeLink struct {
	Hash      []byte `gorm:"primaryKey"` // SHA-256 of the token
	Purpose   string
	PersonID  *int64
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

func (oneTimeLink) TableName() string { return "one_time_links" }

// What the links are for.
const (
	purposeSetup    = "setup"
	purposePassword = "password"
)

// NeedsAdmin tells whether there is nobody yet who could administer: no admin
// with a password who is not blocked.
func (s *Service) NeedsAdmin(ctx context.Context) (needs bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		needs, err = needsAdmin(tx)
		return err
	})
	return needs, err
}

func needsAdmin(tx *storage.Tx) (bool, error) {
	var admins int64
	err := tx.Model(&Person{}).
		Where("role = ? AND password_hash <> '' AND blocked_at IS NULL AND NOT service", Admin).Count(&admins).Error
	return admins == 0, err
}

// SetupToken makes the secret of a one-time link to make the first admin,
// valid for d. Links made before end. It returns Conflict once there is an
// admin.
func (s *Service) SetupToken(ctx context.Context, d time.Duration) (string, error) {
	token := rand.Text() // 128 bits or more, by its documentation
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := oneSetupAtATime(tx); err != nil {
			return err
		}
		needs, err := needsAdmin(tx)
		if err != nil {
			return err
		}
		if !needs {
			return fault.New(fault.Conflict, "accounts.set_up", "There is an admin already, who can make other people.")
		}
		if err := tx.Where("purpose = ? AND used_at IS NULL", purposeSetup).Delete(&oneTimeLink{}).Error; err != nil {
			return err
		}
		link := oneTimeLink{Hash: tokenHash(token), Purpose: purposeSetup, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(d)}
		if err := tx.Create(&link).Error; err != nil {
			return err
		}
		return Record(tx, System(), "setup.link", "setup")
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func tokenHash(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

// oneSetupAtATime keeps two links from making a first admin each. SQLite has
// one writer at a time anyway.
func oneSetupAtATime(tx *storage.Tx) error {
	if tx.Dialect() == storage.SQLite {
		return nil
	}
	return tx.Exec("LOCK TABLE one_time_links IN SHARE ROW EXCLUSIVE MODE").Error
}

// CheckSetupToken tells whether token would still be taken: nil, or NotFound.
func (s *Service) CheckSetupToken(ctx context.Context, token string) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error { return checkSetup(tx, token) })
}

func checkSetup(tx *storage.Tx, token string) error {
	var link oneTimeLink
	err := tx.Where("hash = ? AND purpose = ? AND used_at IS NULL", tokenHash(token), purposeSetup).Take(&link).Error
	if err != nil && !storage.IsMissing(err) {
		return err
	}
	needs := false
	if err == nil && tx.Now.Before(link.ExpiresAt) {
		if needs, err = needsAdmin(tx); err != nil {
			return err
		}
	}
	if !needs {
		return fault.New(fault.NotFound, "accounts.setup_link", "This link does not work, or no longer.")
	}
	return nil
}

// Setup spends the token and makes the first admin, in one transaction. It
// returns NotFound for a token that is unknown, spent or expired, and once
// there is an admin.
func (s *Service) Setup(ctx context.Context, token string, draft PersonDraft) (Person, error) {
	if err := s.CheckSetupToken(ctx, token); err != nil {
		return Person{}, err // before the hashing: strangers get no work done
	}
	draft.Role = Admin
	person, err := s.newPersonWithPassword(ctx, draft.tidy())
	if err != nil {
		return Person{}, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := oneSetupAtATime(tx); err != nil {
			return err
		}
		if err := checkSetup(tx, token); err != nil {
			return err
		}
		if err := insertPerson(tx, &person); err != nil {
			return err
		}
		err := tx.Model(&oneTimeLink{}).Where("hash = ?", tokenHash(token)).
			Updates(map[string]any{"used_at": tx.Now, "person_id": person.ID}).Error
		if err != nil {
			return err
		}
		return Record(tx, person.actor(), "setup.admin", subject("person", person.ID))
	})
	return person, err
}
