package accounts

import (
	"context"
	"crypto/rand"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// How long links to choose a password work: one that anybody can ask for, and
// one that an admin makes for somebody who does not wait for it.
const (
	forgottenLife  = time.Hour
	invitationLife = 7 * 24 * time.Hour
)

// PasswordLink is the right of a person to choose a password once. The token
// is shown here, and kept as a hash.
type PasswordLink struct {
	Person    Person
	Token     string
	ExpiresAt time.Time
}

// PasswordLink makes a link for somebody, to hand over in person, on behalf of
// an admin. It works for seven days; links made before end. It returns NotFound
// for service persons, Conflict for who is blocked, and Forbidden for oneself,
// who must say the present password.
func (s *Service) PasswordLink(ctx context.Context, actor Actor, id int64) (PasswordLink, error) {
	if err := actor.Require(); err != nil {
		return PasswordLink{}, err
	}
	if id == actor.PersonID {
		return PasswordLink{}, fault.New(fault.Forbidden, "accounts.link_self", "Change your own password in your preferences.")
	}
	var link PasswordLink
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		person, err := lockPerson(tx, id)
		if err != nil {
			return err
		}
		if person.Service {
			return noPerson()
		}
		if person.BlockedAt != nil {
			return fault.New(fault.Conflict, "accounts.blocked", "This account is blocked.")
		}
		if link, err = makePasswordLink(tx, person, invitationLife); err != nil {
			return err
		}
		return Record(tx, actor, "person.password_link", subject("person", id))
	})
	return link, err
}

// makePasswordLink makes the one link of a locked person.
func makePasswordLink(tx *storage.Tx, person Person, life time.Duration) (PasswordLink, error) {
	if err := dropPasswordLinks(tx, person.ID); err != nil {
		return PasswordLink{}, err
	}
	link := PasswordLink{person, rand.Text(), tx.Now.Add(life)} // 128 bits or more, by its documentation
	return link, tx.Create(&oneTimeLink{
		Hash: tokenHash(link.Token), Purpose: purposePassword, PersonID: &person.ID, CreatedAt: tx.Now, ExpiresAt: link.ExpiresAt,
	}).Error
}

func dropPasswordLinks(tx *storage.Tx, personID int64) error {
	return tx.Where("person_id = ? AND purpose = ?", personID, purposePassword).Delete(&oneTimeLink{}).Error
}

// CheckPasswordLink tells whose password a token would still choose, and leaves
// it as it is; NotFound when nobody's.
func (s *Service) CheckPasswordLink(ctx context.Context, token string) (Person, error) {
	var person Person
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		person, err = linkedPerson(tx, token, personByID)
		return err
	})
	return person, err
}

// linkedPerson gives the person of a link that works, as find reads them.
func linkedPerson(tx *storage.Tx, token string, find func(*storage.Tx, int64) (Person, error)) (Person, error) {
	var link oneTimeLink
	err := tx.Where("hash = ? AND purpose = ? AND expires_at > ?", tokenHash(token), purposePassword, tx.Now).Take(&link).Error
	if storage.IsMissing(err) {
		return Person{}, deadLink()
	}
	if err != nil {
		return Person{}, err
	}
	person, err := find(tx, *link.PersonID)
	if err == nil && person.BlockedAt != nil {
		err = deadLink()
	}
	return person, err
}

func deadLink() error {
	return fault.New(fault.NotFound, "accounts.password_link", "This link does not work, or no longer. It is good once and for a limited time, and a newer one ends it.")
}

// ChoosePassword spends the token and sets the password of its person, in one
// transaction. What ends is as with ChangePassword. It returns NotFound for a
// token that is unknown, spent, replaced or expired, and when its person is
// blocked; Invalid naming password.
func (s *Service) ChoosePassword(ctx context.Context, token, password string) (Person, error) {
	person, err := s.CheckPasswordLink(ctx, token)
	if err != nil {
		return Person{}, err // before the hashing: strangers get no work done
	}
	var wrong fault.Fields
	checkPassword(&wrong, password, person.Email)
	if err := wrong.Err(); err != nil {
		return Person{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Person{}, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if person, err = linkedPerson(tx, token, lockPerson); err != nil {
			return err
		}
		// Whoever had the person locked before us may have spent it.
		spent := tx.Where("hash = ?", tokenHash(token)).Delete(&oneTimeLink{})
		if spent.Error != nil {
			return spent.Error
		}
		if spent.RowsAffected == 0 {
			return deadLink()
		}
		return s.setPassword(tx, person.actor(), &person, hash)
	})
	return person, err
}
