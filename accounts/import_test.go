package accounts_test

import (
	"fmt"
	"testing"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestImportedPeopleAreMatchedByEmail(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		admin, _ := create(t, s, "lei@example.com", accounts.Admin)
		drafts := []accounts.PersonDraft{
			{Email: " LEI@example.com", Name: "Somebody else", Role: accounts.Fan},
			{Email: "new@example.com", Name: "New", Role: accounts.Fan, Locale: "de"},
			{Email: "New@Example.com", Name: "New again", Role: accounts.Fan},
		}
		for i := range 600 { // more than a statement takes
			drafts = append(drafts, accounts.PersonDraft{Email: fmt.Sprintf("fan%d@example.com", i), Name: "Fan", Role: accounts.Fan})
		}
		people, created, err := s.ImportPeople(t.Context(), accounts.System(), drafts)
		if err != nil || created != 601 || len(people) != len(drafts) {
			t.Fatalf("%d people, %d created, %v", len(people), created, err)
		}
		if people[0].ID != admin.ID || people[0].Role != accounts.Admin || people[0].Name != "Lei" {
			t.Errorf("who was here became %+v", people[0])
		}
		if people[1].ID == 0 || people[1].ID != people[2].ID || people[1].Name != "New" || people[1].Locale != "de" || people[1].PasswordHash != "" {
			t.Errorf("one email became %+v and %+v", people[1], people[2])
		}
		again, created, err := s.ImportPeople(t.Context(), accounts.System(), drafts)
		if err != nil || created != 0 || again[602].ID != people[602].ID {
			t.Errorf("the second time %d were created, %v", created, err)
		}
		wantActions(t, s, "people.import", "person.create")
	})
}

func TestImportingPeopleIsForAdmins(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		_, marketing := create(t, s, "lin@example.com", accounts.Marketing)
		_, _, err := s.ImportPeople(t.Context(), marketing, nil)
		wantKind(t, err, fault.Forbidden)
		_, _, err = s.ImportPeople(t.Context(), accounts.System(), []accounts.PersonDraft{{Email: "x", Name: "\u202e", Role: accounts.Fan}})
		wantFields(t, err, fault.Invalid, "email", "name")
		if people, created, err := s.ImportPeople(t.Context(), accounts.System(), nil); err != nil || created != 0 || len(people) != 0 {
			t.Errorf("nobody: %v, %d, %v", people, created, err)
		}
	})
}
