package webhooks

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// The example of the specification:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func TestSignatureOfTheStandard(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	must(t, err)
	got := signatures([][]byte{key, key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`)
	const one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if want := one + " " + one; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAMessageArrivesSigned(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		e, secret := r.make(t, s, PostPublished, PostFailed)
		must(t, tell(s, PostPublished, 7))
		must(t, tell(s, OrderAttributed, 8)) // nobody wants it
		m := messages(t, db)[0]
		must(t, s.deliver(t.Context(), deliverJob{m.ID}))
		must(t, s.deliver(t.Context(), deliverJob{m.ID})) // twice is once
		if len(r.got) != 1 {
			t.Fatalf("%d requests", len(r.got))
		}
		got := r.got[0]
		if want := got.signedWith(t, secret); got.header.Get("webhook-signature") != want {
			t.Errorf("signature %q, want %q", got.header.Get("webhook-signature"), want)
		}
		var events []Event
		must(t, json.Unmarshal([]byte(got.body), &events))
		if diff := cmp.Diff([]Event{{PostPublished, clock.Now(), 7.0}}, events); diff != "" {
			t.Error(diff)
		}
		log, err := s.Attempts(t.Context(), e.ID)
		must(t, err)
		want := []Attempt{{
			ID: 1, EndpointID: e.ID, MessageID: m.ID, At: clock.Now(), Event: PostPublished, Events: 1, Attempt: 1,
			Status: 200, Answer: strings.Repeat("é", 100), State: Delivered, Latest: true,
		}}
		if diff := cmp.Diff(want, log); diff != "" {
			t.Error(diff)
		}
		if kept := messages(t, db)[0]; kept.State != Delivered || kept.Body != "" {
			t.Errorf("%+v", kept)
		}
	})
}

// TestRetries: nine attempts within a day, then it has failed, until a person
// sends it again.
func TestRetries(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		e, _ := r.make(t, s, SaleSoldOut)
		r.answer(http.StatusFound) // a redirect is no success, and is not followed
		must(t, tell(s, SaleSoldOut, 1))
		begun, job := clock.Now(), deliverJob{messages(t, db)[0].ID}
		for range pauses {
			var snooze *river.JobSnoozeError
			if err := s.deliver(t.Context(), job); !errors.As(err, &snooze) {
				t.Fatalf("no pause: %v", err)
			}
			asked := len(r.got)
			if err := s.deliver(t.Context(), job); !errors.As(err, &snooze) || len(r.got) != asked {
				t.Fatalf("too early: %v", err)
			}
			clock.Advance(snooze.Duration)
		}
		if took := clock.Now().Sub(begun); took < 22*time.Hour || took > 26*time.Hour {
			t.Errorf("given up after %s", took)
		}
		must(t, s.deliver(t.Context(), job))
		ids := map[string]bool{}
		for _, one := range r.got {
			ids[one.header.Get("Webhook-Id")] = true
		}
		if m := messages(t, db)[0]; m.State != Failed || len(r.got) != 9 || len(ids) != 1 {
			t.Fatalf("%+v after %d requests, ids %v", m, len(r.got), ids)
		}
		r.answer(http.StatusNoContent)
		if err := s.Again(t.Context(), keeper, e.ID+1, job.Message); !fault.Is(err, fault.NotFound) {
			t.Errorf("another endpoint's: %v", err)
		}
		must(t, s.Again(t.Context(), keeper, e.ID, job.Message))
		if err := s.Again(t.Context(), keeper, e.ID, job.Message); !fault.Is(err, fault.Conflict) {
			t.Errorf("sent again twice: %v", err)
		}
		if n := jobs(t, db)[job.Message]; n != 2 {
			t.Errorf("%d jobs", n)
		}
		must(t, s.deliver(t.Context(), job))
		log, err := s.Attempts(t.Context(), e.ID)
		if err != nil || len(log) != 10 || log[0].Attempt != 1 || log[0].State != Delivered || log[1].Latest {
			t.Errorf("%v %+v", err, log)
		}
		if all, err := s.Endpoints(t.Context()); err != nil || all[0].FailingSince != nil {
			t.Errorf("still failing: %+v", all)
		}
	})
}

// TestFailingEndpointsAreSwitchedOff: after three days of nothing else.
func TestFailingEndpointsAreSwitchedOff(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		e, _ := r.make(t, s, PostFailed)
		r.answer(http.StatusInternalServerError)
		off := func() bool {
			all, err := s.Endpoints(t.Context())
			must(t, err)
			return all[0].DisabledAt != nil
		}
		for day := range 4 {
			must(t, tell(s, PostFailed, day))
			list := messages(t, db)
			if err := s.deliver(t.Context(), deliverJob{list[len(list)-1].ID}); day < 3 && err == nil {
				t.Fatal("not put off")
			}
			if off() != (day == 3) {
				t.Fatalf("day %d: switched off %v", day, off())
			}
			clock.Advance(24 * time.Hour)
		}
		must(t, tell(s, PostFailed, 9))
		if n := len(messages(t, db)); n != 4 {
			t.Errorf("an endpoint that is off is told: %d", n)
		}
		asked := len(r.got)
		must(t, s.deliver(t.Context(), deliverJob{1}))
		log, err := s.Attempts(t.Context(), e.ID)
		if err != nil || log[0].Error != "off" || log[0].State != Failed || len(r.got) != asked {
			t.Errorf("%v %+v", err, log[0])
		}
		if err := s.Again(t.Context(), keeper, e.ID, 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("sent to one that is off: %v", err)
		}
		must(t, s.Enable(t.Context(), keeper, e.ID))
		must(t, s.Again(t.Context(), keeper, e.ID, 1))
		r.answer(http.StatusGone) // for good, it says
		must(t, tell(s, PostFailed, 10))
		if err := s.deliver(t.Context(), deliverJob{5}); err == nil || !off() {
			t.Errorf("gone, but still on: %v", err)
		}
	})
}

// TestNobodyInsideIsCalled: an endpoint's address is judged when it is dialled.
func TestNobodyInsideIsCalled(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	s, r := open(t, db, "https://fanfare.example.com"), newReceiver(t)
	e, _, err := s.Create(t.Context(), keeper, EndpointDraft{URL: strings.Replace(r.URL, "http:", "https:", 1), Events: []string{PostFailed}})
	must(t, err)
	a, err := s.Test(t.Context(), keeper, e.ID)
	if err != nil || a.Error != "internal" || a.OK() || len(r.got) != 0 {
		t.Errorf("%v %+v", err, a)
	}
	if len(jobs(t, db)) != 0 {
		t.Error("a test is sent again")
	}
	// Without a listener the answer is the transport's own words, and none of them is our resolver's.
	local := open(t, db, here)
	r.Close()
	e, _ = r.make(t, local, PostFailed)
	if a, err := local.Test(t.Context(), keeper, e.ID); err != nil || a.Error == "" || a.Status != 0 || a.State != Failed {
		t.Errorf("%v %+v", err, a)
	}
}

func TestEndpointsAreChecked(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	s := open(t, db, "https://fanfare.example.com")
	for name, d := range map[string]EndpointDraft{
		"url":     {URL: "http://example.com", Events: []string{PostFailed}},
		"url ":    {URL: "https://me:secret@example.com", Events: []string{PostFailed}},
		"url  ":   {URL: "https:///path", Events: []string{PostFailed}},
		"url   ":  {URL: "https://" + strings.Repeat("x", 2000), Events: []string{PostFailed}},
		"events":  {URL: "https://example.com"},
		"events ": {URL: "https://example.com", Events: []string{"order.attributed sale.sold_out"}},
	} {
		_, _, err := s.Create(t.Context(), keeper, d)
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Location != strings.TrimSpace(name) {
			t.Errorf("%+v: %v", d, err)
		}
	}
	good := EndpointDraft{URL: "https://example.com/hook", Events: []string{PostFailed, PostFailed}}
	for range maxEndpoints {
		_, _, err := s.Create(t.Context(), keeper, good)
		must(t, err)
	}
	if _, _, err := s.Create(t.Context(), keeper, good); !fault.Is(err, fault.Conflict) {
		t.Errorf("one too many: %v", err)
	}
	for _, role := range []accounts.Role{accounts.Product, accounts.Moderator, accounts.Fan} {
		actor := accounts.Actor{PersonID: 1, Role: role}
		_, _, made := s.Create(t.Context(), actor, good)
		_, tested := s.Test(t.Context(), actor, 1)
		for _, err := range []error{made, tested, s.Delete(t.Context(), actor, 1), s.Enable(t.Context(), actor, 1), s.Again(t.Context(), actor, 1, 1)} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
	must(t, s.Delete(t.Context(), keeper, 1))
	if err := s.Delete(t.Context(), keeper, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, r := open(t, db, here), newReceiver(t)
		r.make(t, s, PostFailed)
		must(t, tell(s, PostFailed, 1))
		must(t, s.deliver(t.Context(), deliverJob{1}))
		must(t, tell(s, PostFailed, 2))
		clock.Advance(keptFor)
		must(t, s.clear(t.Context(), clearJob{}))
		if n := len(messages(t, db)); n != 2 {
			t.Errorf("%d messages after a week", n)
		}
		clock.Advance(time.Second)
		must(t, s.clear(t.Context(), clearJob{}))
		if list := messages(t, db); len(list) != 1 || list[0].ID != 2 {
			t.Errorf("%+v", list)
		}
	})
}
