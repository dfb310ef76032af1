package accounts

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"fanfare/fault"
	"fanfare/storage"
)

const importBatch = 500 // rows a statement

// Check returns Invalid with all that is wrong with the draft, nil when a
// person can be made of it.
func (d PersonDraft) Check() error {
	var wrong fault.Fields
	d.tidy().check(&wrong)
	return wrong.Err()
}

// ImportPeople gives the person behind each draft, in their order: who has its
// email already, as they are, or a new one, who cannot sign in with a
// password. It is one transaction, on behalf of an admin; created is how many
// are new. It returns Invalid, naming the first draft that cannot be a person.
func (s *Service) ImportPeople(ctx context.Context, actor Actor, drafts []PersonDraft) (people []Person, created int, err error) {
	if err := actor.Require(); err != nil {
		return nil, 0, err
	}
	emails := make([]string, len(drafts))
	wanted := map[string]PersonDraft{}
	for i, draft := range drafts {
		draft = draft.tidy()
		if err := draft.Check(); err != nil {
			return nil, 0, fmt.Errorf("person %d: %w", i, err)
		}
		emails[i] = draft.Email
		if _, twice := wanted[draft.Email]; !twice {
			wanted[draft.Email] = draft
		}
	}
	var found map[string]Person
	err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if created, err = insertUnknown(tx, emails, wanted); err != nil {
			return err
		}
		if found, err = peopleByEmail(tx, emails); err != nil || created == 0 {
			return err
		}
		return Record(tx, actor, "people.import", fmt.Sprintf("%d people", created))
	})
	if err != nil {
		return nil, 0, err
	}
	people = make([]Person, len(drafts))
	for i, email := range emails {
		people[i] = found[email]
	}
	return people, created, nil
}

// insertUnknown makes those whom nobody here has the email of.
func insertUnknown(tx *storage.Tx, emails []string, wanted map[string]PersonDraft) (created int, err error) {
	known, err := peopleByEmail(tx, emails)
	if err != nil {
		return 0, err
	}
	var rows []Person
	for _, email := range emails {
		if _, ok := known[email]; ok {
			continue
		}
		known[email] = Person{} // once, however often it comes
		d := wanted[email]
		rows = append(rows, Person{Email: email, Name: d.Name, Role: d.Role, Locale: d.Locale, TimeZone: d.TimeZone, CreatedAt: tx.Now})
	}
	if len(rows) == 0 {
		return 0, nil
	}
	// Somebody may sign up with one of them at this moment.
	done := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, importBatch)
	return int(done.RowsAffected), done.Error
}

func peopleByEmail(tx *storage.Tx, emails []string) (map[string]Person, error) {
	found := map[string]Person{}
	for some := range slices.Chunk(emails, importBatch) {
		var rows []Person
		if err := tx.Where("email IN ? AND NOT service", some).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, p := range rows {
			found[p.Email] = p
		}
	}
	return found, nil
}
