package community

import (
	"fmt"
	"strings"
	"testing"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// forum is a service on a database of its own, with people in it.
type forum struct {
	*Service
	t      testing.TB
	clock  *storagetest.Clock
	people int
}

func newForum(t testing.TB, db *storage.DB, clock *storagetest.Clock) *forum {
	t.Helper()
	jobs, err := scheduler.New(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(db, jobs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &forum{Service: s, t: t, clock: clock}
}

// each runs f on a forum on each database.
func each(t *testing.T, f func(t *testing.T, f *forum)) {
	t.Helper()
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		f(t, newForum(t, db, clock))
	})
}

func (f *forum) person(role accounts.Role) accounts.Actor { return f.crowd(role, 1)[0] }

// crowd makes n people, who act with a key: limits do not bind them.
func (f *forum) crowd(role accounts.Role, n int) []accounts.Actor {
	f.t.Helper()
	actors := make([]accounts.Actor, n)
	err := f.db.Write(f.t.Context(), func(tx *storage.Tx) error {
		for i := range actors {
			f.people++
			name := fmt.Sprintf("%s %d", role, f.people)
			p := accounts.Person{Name: name, Role: role, Locale: "de", TimeZone: "UTC", CreatedAt: tx.Now}
			if err := tx.Create(&p).Error; err != nil {
				return err
			}
			actors[i] = accounts.Actor{PersonID: p.ID, Role: role, Name: name, Locale: "de", KeyID: 1}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return actors
}

// idea submits one with a title of its own.
func (f *forum) idea(actor accounts.Actor, title string, tags ...string) Idea {
	f.t.Helper()
	if len(title) < minTitle {
		title += strings.Repeat(".", minTitle)
	}
	idea, err := f.SubmitIdea(f.t.Context(), actor, IdeaDraft{Title: title, Tags: tags})
	if err != nil {
		f.t.Fatal(err)
	}
	return idea
}

func (f *forum) vote(number int64, voters ...accounts.Actor) {
	f.t.Helper()
	for _, v := range voters {
		if _, err := f.Vote(f.t.Context(), v, number); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *forum) comment(actor accounts.Actor, number int64) Comment {
	f.t.Helper()
	c, err := f.AddComment(f.t.Context(), actor, number, "Yes, please.")
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *forum) get(viewer *accounts.Actor, number int64) Idea {
	f.t.Helper()
	idea, err := f.Service.Idea(f.t.Context(), viewer, number)
	if err != nil {
		f.t.Fatal(err)
	}
	return idea
}

func (f *forum) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// numbers gives the ideas of all pages of a list, in its order.
func (f *forum) numbers(viewer *accounts.Actor, q Query) []int64 {
	f.t.Helper()
	numbers := []int64{}
	for {
		page, err := f.Ideas(f.t.Context(), viewer, q)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, idea := range page.Items {
			numbers = append(numbers, idea.Number)
		}
		if page.NextCursor == "" {
			return numbers
		}
		if q.Cursor == page.NextCursor {
			f.t.Fatal("the cursor leads to itself")
		}
		q.Cursor = page.NextCursor
	}
}

// wants fails the test unless err is of the kind.
func wants(t testing.TB, err error, kind fault.Kind, doing string) {
	t.Helper()
	if fault.KindOf(err) != kind {
		t.Errorf("%s: %v, want kind %q", doing, err, kind)
	}
}
