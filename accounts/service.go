package accounts

import (
	"context"

	"fanfare/fault"
	"fanfare/storage"
)

// Service is the door to this package. It is safe for use by many goroutines.
//
// Its lists and look-ups do not ask who wants to know: the router does. What
// changes something checks the actor's role here and leaves a line in the
// audit trail.
type Service struct {
	db       *storage.DB
	secret   []byte
	hasher   hasher
	attempts *attempts // to sign in
	asked    *attempts // for letters
	letter   queueLetter
	keys     *keyCache
	keyUses  *keyUses
}

// New makes the service. secret is FANFARE_SECRET_KEY, at least 32 bytes: keys
// for each purpose are derived from it with HKDF-SHA-256.
func New(db *storage.DB, secret []byte) *Service {
	return &Service{
		db: db, secret: secret,
		hasher:   newHasher(),
		attempts: newAttempts(guesses),
		asked:    newAttempts(letters),
		keys:     newKeyCache(),
		keyUses:  newKeyUses(db),
	}
}

// Close writes down what is still in memory: when each API key was last used.
// Call it after the last request and before the database is closed.
func (s *Service) Close(ctx context.Context) error { return s.keyUses.close(ctx) }

// givenUp is the error for a caller who left before the work was done.
func givenUp(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Key: "fault.unavailable",
		Message: "The request was given up before it was done.", Err: err,
	}
}
