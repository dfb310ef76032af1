package accounts

import (
	"context"

	"fanfare/fault"
	"fanfare/storage"
)

// CreatePerson makes a person on behalf of actor, who must be an admin. It
// returns Conflict, naming email, when somebody has this email already.
func (s *Service) CreatePerson(ctx context.Context, actor Actor, draft PersonDraft) (Person, error) {
	if err := actor.Require(); err != nil {
		return Person{}, err
	}
	person, err := s.newPerson(ctx, draft.tidy())
	if err != nil {
		return Person{}, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := insertPerson(tx, &person); err != nil {
			return err
		}
		return Record(tx, actor, "person.create", subject("person", person.ID))
	})
	return person, err
}

// SignUp makes a fan who is nobody's guest: the role of draft is ignored. It
// asks for a password, and returns Conflict, naming email, when somebody has
// this email already.
func (s *Service) SignUp(ctx context.Context, draft PersonDraft) (Person, error) {
	draft.Role = Fan
	person, err := s.newPersonWithPassword(ctx, draft.tidy())
	if err != nil {
		return Person{}, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := insertPerson(tx, &person); err != nil {
			return err
		}
		return Record(tx, person.actor(), "person.sign_up", subject("person", person.ID))
	})
	return person, err
}

// newPerson checks a tidy draft and hashes its password: slow work, and none
// of the database's, so it stands before the transaction.
func (s *Service) newPerson(ctx context.Context, draft PersonDraft) (Person, error) {
	var wrong fault.Fields
	draft.check(&wrong)
	if err := wrong.Err(); err != nil {
		return Person{}, err
	}
	person := Person{Email: draft.Email, Name: draft.Name, Role: draft.Role, Locale: draft.Locale, TimeZone: draft.TimeZone}
	if draft.Password == "" {
		return person, nil
	}
	var err error
	person.PasswordHash, err = s.hasher.hash(ctx, draft.Password)
	return person, err
}

// newPersonWithPassword is newPerson for those who come by themselves: without
// a password they could never come back.
func (s *Service) newPersonWithPassword(ctx context.Context, draft PersonDraft) (Person, error) {
	if draft.Password != "" {
		return s.newPerson(ctx, draft)
	}
	var wrong fault.Fields
	draft.check(&wrong)
	checkPassword(&wrong, draft.Password, draft.Email)
	return Person{}, wrong.Err()
}

func insertPerson(tx *storage.Tx, person *Person) error {
	person.ID, person.CreatedAt = 0, tx.Now // 0: the transaction may be run again
	err := tx.Create(person).Error
	if storage.IsDuplicate(err) {
		taken := fault.New(fault.Conflict, "accounts.email_taken", "Somebody has this email already.")
		taken.Fields = fault.Fields{{Location: "email", Key: taken.Key, Message: taken.Message, Value: person.Email}}
		return taken
	}
	return err
}

// Person gives one person, service persons included. It returns NotFound when
// there is none.
func (s *Service) Person(ctx context.Context, id int64) (Person, error) {
	var person Person
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		person, err = personByID(tx, id)
		return err
	})
	return person, err
}

func personByID(tx *storage.Tx, id int64) (Person, error) {
	var person Person
	err := tx.Where("id = ?", id).Take(&person).Error
	if storage.IsMissing(err) {
		return Person{}, noPerson()
	}
	return person, err
}

func noPerson() error {
	return fault.New(fault.NotFound, "accounts.no_person", "There is no such person.")
}

// Group is a part of the people, to list them by.
type Group string

// The groups.
const (
	Everybody Group = "all"
	Team      Group = "team"
	Fans      Group = "fans"
)

// condition selects the group's people; service persons are in none.
var condition = map[Group]string{
	Everybody: "NOT service",
	Team:      "NOT service AND role <> 'fan'",
	Fans:      "NOT service AND role = 'fan'",
}

// People lists the people of a group, newest first. It returns Invalid naming
// group for one that is not known.
func (s *Service) People(ctx context.Context, group Group, limit int, cursor string) (storage.Page[Person], error) {
	which, known := condition[group]
	if !known {
		var wrong fault.Fields
		wrong.Add("group", "accounts.group", "The group must be all, team or fans.", string(group), nil)
		return storage.Page[Person]{}, wrong.Err()
	}
	return newestFirst(ctx, s.db, limit, cursor, which, func(p Person) int64 { return p.ID })
}

// Preferences sets the actor's own language and time zone.
func (s *Service) Preferences(ctx context.Context, actor Actor, locale, timeZone string) error {
	if err := actor.requirePerson(); err != nil {
		return err
	}
	var wrong fault.Fields
	checkLocale(&wrong, locale)
	checkTimeZone(&wrong, timeZone)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		person, err := personByID(tx, actor.PersonID)
		if err != nil {
			return err
		}
		err = tx.Model(&person).Updates(map[string]any{"locale": locale, "time_zone": timeZone}).Error
		if err != nil {
			return err
		}
		return Record(tx, actor, "person.preferences", subject("person", person.ID))
	})
}

// SetBlocked shuts a person out, or lets them in again, on behalf of an admin.
// What they wrote stays. It returns NotFound for service persons, whose keys
// are revoked instead, and Forbidden for oneself, so that an admin is always
// left.
func (s *Service) SetBlocked(ctx context.Context, actor Actor, id int64, blocked bool) (Person, error) {
	if err := actor.Require(); err != nil {
		return Person{}, err
	}
	if id == actor.PersonID {
		return Person{}, fault.New(fault.Forbidden, "accounts.block_self", "You cannot block yourself.")
	}
	var person Person
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if person, err = personByID(tx, id); err != nil {
			return err
		}
		if person.Service {
			return noPerson()
		}
		return setBlocked(tx, actor, &person, blocked)
	})
	return person, err
}

// setBlocked changes nothing when it is so already.
func setBlocked(tx *storage.Tx, actor Actor, person *Person, blocked bool) error {
	if blocked == (person.BlockedAt != nil) {
		return nil
	}
	action := "person.unblock"
	person.BlockedAt = nil
	if blocked {
		action, person.BlockedAt = "person.block", &tx.Now
	}
	if err := tx.Model(person).Update("blocked_at", person.BlockedAt).Error; err != nil {
		return err
	}
	return Record(tx, actor, action, subject("person", person.ID))
}
