package community

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fanfare/accounts"
	"fanfare/fault"
)

func TestSubmitting(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, stranger := f.person(accounts.Fan), f.person(accounts.Marketing)
		got, err := f.SubmitIdea(t.Context(), fan, IdeaDraft{
			Title: "Ein dunkler Modus", Body: "Bitte!", Tags: []string{"UI", "akku"},
		})
		f.ok(err)
		want := Idea{
			Number: got.Number, Title: "Ein dunkler Modus", Body: "Bitte!", Locale: "de",
			AuthorID: fan.PersonID, AuthorName: fan.Name, Status: Open,
			Votes: 1, Votes30d: 1, CreatedAt: f.clock.Now(), Tags: []string{"akku", "ui"}, Voted: true,
		}
		ignored := cmpopts.IgnoreFields(Idea{}, "Trend")
		if diff := cmp.Diff(want, got, ignored); diff != "" {
			t.Errorf("submitted:\n%s", diff)
		}
		if diff := cmp.Diff(want, f.get(&fan, got.Number), ignored); diff != "" {
			t.Errorf("read back:\n%s", diff)
		}
		want.Voted = false
		for name, viewer := range map[string]*accounts.Actor{"another": &stranger, "nobody": nil} {
			if diff := cmp.Diff(want, f.get(viewer, got.Number), ignored); diff != "" {
				t.Errorf("for %s:\n%s", name, diff)
			}
		}
		_, err = f.Service.Idea(t.Context(), nil, got.Number+1)
		wants(t, err, fault.NotFound, "an idea that is not there")
		_, err = f.SubmitIdea(t.Context(), accounts.Actor{}, IdeaDraft{Title: "From nobody at all"})
		wants(t, err, fault.Unauthenticated, "submitting as nobody")
	})
}

func TestDoubleClicks(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, other := f.person(accounts.Fan), f.person(accounts.Fan)
		first := f.idea(fan, "A headphone jack")
		f.clock.Advance(59 * time.Second)
		_, err := f.SubmitIdea(t.Context(), fan, IdeaDraft{Title: "a HEADPHONE  jack"})
		wants(t, err, fault.Conflict, "the same within a minute")
		f.idea(fan, "A headphone jack, gilded")
		f.idea(other, "A headphone jack")
		f.clock.Set(first.CreatedAt.Add(time.Minute))
		f.idea(fan, "A headphone jack")
	})
}

func TestDailyLimits(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		fan, started := f.person(accounts.Fan), f.clock.Now()
		fan.KeyID = 0
		for i := range 10 {
			f.idea(fan, fmt.Sprintf("My daily idea, number %d", i))
			f.clock.Advance(time.Minute)
		}
		_, err := f.SubmitIdea(t.Context(), fan, IdeaDraft{Title: "One idea too many"})
		wants(t, err, fault.Limited, "the eleventh idea")
		var limited *fault.Error
		if want := 24*time.Hour - 10*time.Minute; !errors.As(err, &limited) || limited.RetryAfter != want {
			t.Errorf("retry after %v, want %v", limited.RetryAfter, want)
		}
		keyed := fan
		keyed.KeyID = 7
		f.idea(keyed, "By a key, as the contract allows")

		f.clock.Set(started.Add(24*time.Hour + time.Minute)) // two of the eleven are out of the window
		f.idea(fan, "A new day, a new idea")

		number := f.idea(keyed, "Much discussed idea").Number
		for range 60 {
			f.comment(fan, number)
		}
		_, err = f.AddComment(t.Context(), fan, number, "And another thing")
		wants(t, err, fault.Limited, "the sixty-first comment")
		f.comment(keyed, number)
	})
}
