package accounts

import (
	"context"
	"slices"

	"fanfare/fault"
	"fanfare/storage"
)

// Actor is who asks: a person in a session, or a key and the service person
// behind it. Every actor but System is a person, so every act has an author.
type Actor struct {
	PersonID int64 // 0 for System alone
	Role     Role
	Name     string
	Locale   string // one of Locales
	TimeZone string // IANA name
	KeyID    int64  // 0 in a session
	Scopes   Scopes // of the key; none is all that the role allows
	Store    string // of the key: the one whose orders it may send, and nothing else; "" is any
}

// System is the actor for what nobody at a desk asked for: the command line,
// whose user owns the machine, and the program's own jobs. The audit trail
// shows it as person 0. It cannot stand where a person's id is kept, such as
// the author of a post.
func System() Actor {
	return Actor{Role: Admin, Name: "command line", Locale: Locales[0], TimeZone: defaultTimeZone}
}

// Require returns Forbidden unless the actor has one of the roles, or is an
// admin, who may do everything.
func (a Actor) Require(roles ...Role) error {
	if a.Role == Admin || slices.Contains(roles, a.Role) {
		return nil
	}
	return fault.New(fault.Forbidden, "fault.forbidden", "Your role does not allow this.")
}

// requirePerson returns Forbidden for System, which has no row among the people.
func (a Actor) requirePerson() error {
	if a.PersonID != 0 {
		return nil
	}
	return fault.New(fault.Forbidden, "accounts.person_needed", "This must be done by a person: it keeps who did it.")
}

// requireSession returns Forbidden for System and for keys, whoever they act
// for.
func (a Actor) requireSession() error {
	if a.KeyID == 0 {
		return a.requirePerson()
	}
	return Actor{}.requirePerson()
}

// Actor gives the actor for a person: Unauthenticated when blocked or gone. It
// reads the database each time, so that a block or a new role holds at once.
func (s *Service) Actor(ctx context.Context, personID int64) (Actor, error) {
	person, err := s.admitted(ctx, personID)
	if err != nil {
		return Actor{}, err
	}
	return person.actor(), nil
}

// SessionActor is Actor for a session that began in the person's epoch, see
// Person.SessionEpoch. It is Unauthenticated too when all sessions of then were
// ended since.
func (s *Service) SessionActor(ctx context.Context, personID, epoch int64) (Actor, error) {
	person, err := s.admitted(ctx, personID)
	if err != nil {
		return Actor{}, err
	}
	if person.SessionEpoch != epoch {
		return Actor{}, fault.New(fault.Unauthenticated, "fault.sign_in", "Please sign in first, or send an API key.")
	}
	return person.actor(), nil
}

// admitted gives a person who is not blocked, else Unauthenticated.
func (s *Service) admitted(ctx context.Context, personID int64) (Person, error) {
	var person Person
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		person, err = personByID(tx, personID)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && person.BlockedAt != nil {
		return Person{}, fault.New(fault.Unauthenticated, "accounts.gone", "This account is blocked or gone.")
	}
	return person, err
}

func (p Person) actor() Actor {
	return Actor{PersonID: p.ID, Role: p.Role, Name: p.Name, Locale: p.Locale, TimeZone: p.TimeZone}
}
