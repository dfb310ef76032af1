package accounts

import (
	"context"

	"gorm.io/gorm/clause"

	"fanfare/fault"
	"fanfare/storage"
)

// ChangePassword gives a person another password, who says the present one.
// All their sessions end, and so do links to choose a password; API keys go
// on. It gives the person, with the epoch of the sessions to come.
//
// It returns Invalid naming current_password when that is wrong, and password
// when the new one is none; Limited, with RetryAfter, after too many wrong ones
// here and at sign-in; Forbidden for keys.
func (s *Service) ChangePassword(ctx context.Context, actor Actor, current, password string) (Person, error) {
	if err := actor.requireSession(); err != nil {
		return Person{}, err
	}
	person, err := s.Person(ctx, actor.PersonID)
	if err != nil {
		return Person{}, err
	}
	right, err := s.guess(ctx, person, current)
	if err != nil {
		return Person{}, err
	}
	var wrong fault.Fields
	if !right {
		notTheirs(&wrong)
	}
	checkPassword(&wrong, password, person.Email)
	if err := wrong.Err(); err != nil {
		return Person{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Person{}, err
	}
	said := person.PasswordHash
	err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if person, err = lockPerson(tx, actor.PersonID); err != nil {
			return err
		}
		if person.PasswordHash != said { // changed while we were hashing
			var wrong fault.Fields
			notTheirs(&wrong)
			return wrong.Err()
		}
		return s.setPassword(tx, actor, &person, hash)
	})
	return person, err
}

func notTheirs(wrong *fault.Fields) {
	wrong.Add("current_password", "accounts.password_wrong", "This is not your present password.", nil, nil)
}

// guess tells whether password is the person's. It counts like a try to sign
// in: whoever finds a session must not find the password with it.
func (s *Service) guess(ctx context.Context, person Person, password string) (right bool, err error) {
	if len(password) > maxPasswordBytes {
		return false, nil
	}
	if wait := s.attempts.begin(person.Email, s.db.Clock().Now()); wait > 0 {
		limited := fault.New(fault.Limited, "accounts.password_limited", "Too many wrong passwords. Please try again later.")
		limited.RetryAfter = wait
		return false, limited
	}
	right, err = s.hasher.matches(ctx, person.PasswordHash, password)
	switch {
	case err != nil:
		s.attempts.takeBack(person.Email)
	case right:
		s.attempts.succeeded(person.Email)
	}
	return right, err
}

// SetPassword gives the person with an email another password, on behalf of an
// admin, and lets them in again if unblock says so. What ends is as with
// ChangePassword. It returns NotFound when nobody has the email, Conflict for
// somebody who stays blocked, and Invalid naming password.
func (s *Service) SetPassword(ctx context.Context, actor Actor, email, password string, unblock bool) (Person, error) {
	if err := actor.Require(); err != nil {
		return Person{}, err
	}
	email = tidyEmail(email)
	var wrong fault.Fields
	checkEmail(&wrong, email)
	checkPassword(&wrong, password, email)
	if err := wrong.Err(); err != nil {
		return Person{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Person{}, err
	}
	var person Person
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		known, err := peopleByEmail(tx, []string{email})
		if err != nil {
			return err
		}
		if person, err = lockPerson(tx, known[email].ID); err != nil {
			return err
		}
		if person.BlockedAt != nil && !unblock {
			return fault.New(fault.Conflict, "accounts.blocked", "This account is blocked.")
		}
		if err := setBlocked(tx, actor, &person, false); err != nil {
			return err
		}
		return s.setPassword(tx, actor, &person, hash)
	})
	return person, err
}

// setPassword stores the hash of a locked person's new password and ends what
// the old one began.
func (s *Service) setPassword(tx *storage.Tx, actor Actor, person *Person, hash string) error {
	person.PasswordHash = hash
	person.SessionEpoch++
	err := tx.Model(person).Updates(map[string]any{"password_hash": hash, "session_epoch": person.SessionEpoch}).Error
	if err != nil {
		return err
	}
	if err := dropPasswordLinks(tx, person.ID); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.attempts.forgive(person.Email) })
	return Record(tx, actor, "person.password", subject("person", person.ID))
}

// lockPerson is personByID for who will change the row: two changes of one
// person go one after the other.
func lockPerson(tx *storage.Tx, id int64) (Person, error) {
	var person Person
	err := tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Where("id = ?", id).Take(&person).Error
	if storage.IsMissing(err) {
		return Person{}, noPerson()
	}
	return person, err
}
