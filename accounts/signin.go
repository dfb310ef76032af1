package accounts

import (
	"context"

	"fanfare/fault"
	"fanfare/storage"
)

// maxPasswordBytes is what a password of maxPassword characters takes at most.
const maxPasswordBytes = 4 * maxPassword

// SignIn checks an email and a password. It returns Unauthenticated for a
// wrong pair, and for somebody who is blocked; Limited, with RetryAfter, after
// too many wrong ones. An unknown email takes as long as a known one.
func (s *Service) SignIn(ctx context.Context, email, password string) (Person, error) {
	email = tidyEmail(email)
	if email == "" || len(email) > maxEmail || !clean(email) || len(password) > maxPasswordBytes {
		return Person{}, wrongPair() // nobody's, at a glance
	}
	if wait := s.attempts.begin(email, s.db.Clock().Now()); wait > 0 {
		limited := fault.New(fault.Limited, "accounts.sign_in_limited", "Too many attempts to sign in. Please try again later.")
		limited.RetryAfter = wait
		return Person{}, limited
	}
	person, right, err := s.tryPassword(ctx, email, password)
	switch {
	case err != nil:
		s.attempts.takeBack(email)
		return Person{}, err
	case !right:
		return Person{}, wrongPair()
	}
	s.attempts.succeeded(email)
	if person.BlockedAt != nil { // said to the owner of the password alone
		return Person{}, fault.New(fault.Unauthenticated, "accounts.blocked", "This account is blocked.")
	}
	return person, nil
}

func wrongPair() error {
	return fault.New(fault.Unauthenticated, "accounts.wrong_pair", "Email and password do not belong together.")
}

// tryPassword does the same work whether there is such a person or not.
func (s *Service) tryPassword(ctx context.Context, email, password string) (person Person, right bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		err := tx.Where("email = ? AND NOT service", email).Take(&person).Error
		if storage.IsMissing(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return Person{}, false, err
	}
	right, err = s.hasher.matches(ctx, person.PasswordHash, password)
	return person, right, err
}
