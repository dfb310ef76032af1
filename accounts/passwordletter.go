package accounts

import (
	"context"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// PasswordLetter is a letter that somebody is to get, with a link to choose a
// password. Its token is made when it is sent, so that nothing that waits knows
// it.
type PasswordLetter struct {
	PersonID int64     `json:"person_id"` // 0 for nobody
	Invited  bool      `json:"invited"`   // by an admin; else they have forgotten theirs
	AskedAt  time.Time `json:"asked_at"`
}

func (l PasswordLetter) life() time.Duration {
	if l.Invited {
		return invitationLife
	}
	return forgottenLife
}

type queueLetter = func(tx *storage.Tx, letter PasswordLetter) error

// SendLetters says how letters are sent: queue has one sent soon after its
// transaction, by calling PasswordLetterLink. Call it before the service is
// used; without it nobody gets any.
func (s *Service) SendLetters(queue func(tx *storage.Tx, letter PasswordLetter) error) {
	s.letter = queue
}

// SendsLetters tells whether there is mail.
func (s *Service) SendsLetters() bool { return s.letter != nil }

// ForgotPassword has a letter sent to the person with an email, if there is
// one who is not blocked. It answers the same, after the same work, if there is
// none: it must not tell who has an account here. It returns Invalid naming
// email for what is no address, Limited, with RetryAfter, when many letters to
// it were asked for, and NotFound where there is no mail.
func (s *Service) ForgotPassword(ctx context.Context, email string) error {
	if !s.SendsLetters() {
		return fault.New(fault.NotFound, "accounts.no_mail", "This service sends no mail. Ask an admin for a link to choose a password.")
	}
	email = tidyEmail(email)
	var wrong fault.Fields
	checkEmail(&wrong, email)
	if err := wrong.Err(); err != nil {
		return err
	}
	if wait := s.asked.begin(email, s.db.Clock().Now()); wait > 0 {
		return &fault.Error{
			Kind: fault.Limited, Key: "accounts.letter_limited", RetryAfter: wait,
			Message: "Several letters to this address have been asked for already. Please look for them, or try again later.",
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		known, err := peopleByEmail(tx, []string{email})
		if err != nil {
			return err
		}
		letter := PasswordLetter{AskedAt: tx.Now}
		if person := known[email]; person.BlockedAt == nil {
			letter.PersonID = person.ID
		}
		return s.letter(tx, letter)
	})
}

// Invite makes a person, as CreatePerson does, who is to choose their own
// password: by a letter, or where there is no mail by the link that it gives
// back. The link of a letter has no token yet.
func (s *Service) Invite(ctx context.Context, actor Actor, draft PersonDraft) (PasswordLink, error) {
	if err := actor.Require(); err != nil {
		return PasswordLink{}, err
	}
	draft.Password = ""
	person, err := s.newPerson(ctx, draft.tidy())
	if err != nil {
		return PasswordLink{}, err
	}
	var link PasswordLink
	err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if err := insertPerson(tx, &person); err != nil {
			return err
		}
		if err := Record(tx, actor, "person.create", subject("person", person.ID)); err != nil {
			return err
		}
		link = PasswordLink{Person: person}
		if s.SendsLetters() {
			return s.letter(tx, PasswordLetter{PersonID: person.ID, Invited: true, AskedAt: tx.Now})
		}
		if link, err = makePasswordLink(tx, person, invitationLife); err != nil {
			return err
		}
		return Record(tx, actor, "person.password_link", subject("person", person.ID))
	})
	return link, err
}

// PasswordLetterLink makes the link of a letter that is about to be sent; links
// made before end. It returns NotFound when nobody is to get it: the person is
// gone or blocked, or it has waited so long that nobody looks for it any more.
func (s *Service) PasswordLetterLink(ctx context.Context, letter PasswordLetter) (PasswordLink, error) {
	var link PasswordLink
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		person, err := lockPerson(tx, letter.PersonID)
		if err != nil {
			return err
		}
		if person.BlockedAt != nil || person.Service || !tx.Now.Before(letter.AskedAt.Add(letter.life())) {
			return noPerson()
		}
		if link, err = makePasswordLink(tx, person, letter.life()); err != nil {
			return err
		}
		return Record(tx, System(), "person.password_letter", subject("person", person.ID))
	})
	return link, err
}
