package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/connectors/connectortest"
	"fanfare/fault"
	"fanfare/storage"
)

// TestRehearsal runs a campaign that has a post which the networks would
// refuse by now, and watches that nothing real is touched.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	h := newHealthy(t, storage.SQLite)
	a, stop := start(t, h.config)
	id := makeCampaign(t, a)
	actor := actorCalled(t, a, "lin@example.com")
	social, err := a.Accounts.NetworkAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lost, err := a.Media.Upload(t.Context(), actor, bytes.NewReader(connectortest.Image(2).Content))
	if err != nil {
		t.Fatal(err)
	}
	bare := campaigns.PostDraft{
		CampaignID: id, Text: "With a lost picture {link}", Accounts: []int64{social[0].ID}, DueAt: a.Clock.Now().Add(3 * time.Hour),
		Media: []campaigns.PostMedia{{Hash: lost.Hash}},
	}
	if _, err := a.Campaigns.SchedulePost(t.Context(), actor, bare); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(h.config.Data, "media", lost.Hash[:2], lost.Hash[2:])); err != nil {
		t.Fatal(err)
	}
	later := campaigns.PostDraft{CampaignID: id, Text: "Too long by then {link}", Accounts: []int64{social[0].ID}, DueAt: a.Clock.Now().Add(48 * time.Hour)}
	post, err := a.Campaigns.SchedulePost(t.Context(), actor, later)
	if err != nil {
		t.Fatal(err)
	}
	err = a.DB.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Exec("UPDATE deliveries SET text = text || ? WHERE post_id = ?", strings.Repeat("x", 300), post.ID).Error
	})
	if err != nil {
		t.Fatal(err)
	}

	r := newRehearsals(t.Context(), a)
	if r.of(id) != nil {
		t.Error("rehearsed before it began")
	}
	if err := r.start(77); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := r.start(id); err != nil {
		t.Fatal(err)
	}
	if err := r.start(id); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second at once: %v", err)
	}
	r.wait()
	got := r.of(id)
	if got.EndedAt == nil || got.Stage != "done" || got.Failed != "" || got.OK || got.Published() != 2 || len(got.Deliveries) != 4 {
		t.Fatalf("%+v", got)
	}
	if got.Clicks.Sent != 600 || got.Clicks.Recorded != 600 || got.Orders.Attributed != 500 || got.Deliveries[0].Orders != 250 || got.Lateness == nil {
		t.Errorf("%+v", got)
	}
	refused := got.Deliveries[3]
	if refused.State != campaigns.Failed || !strings.Contains(refused.Error, "over X's limit") ||
		!strings.Contains(got.Deliveries[2].Error, "images is not here") {
		t.Errorf("what would be refused: %+v", refused)
	}
	if text := rehearsalText(*got); !strings.Contains(text, "2 of 4 went out") || !strings.Contains(text, refused.Error) {
		t.Error(text)
	}
	if len(h.x.Posts()) != 0 {
		t.Error("the rehearsal posted to a network of ours")
	}
	report, err := a.Reports.Campaign(t.Context(), id, reports.Query{})
	if err != nil || report.Orders+report.Clicks+report.Unattributed != 0 {
		t.Errorf("the rehearsal left traces: %+v, %v", report, err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestNoRehearsalBesideARealPost(t *testing.T) {
	t.Parallel()
	h := newHealthy(t, storage.SQLite)
	err := with(t.Context(), &h.config, func(a *App) error {
		id := makeCampaign(t, a)
		r := newRehearsals(t.Context(), a)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := a.Campaigns.Reschedule(t.Context(), actorCalled(t, a, "lin@example.com"), 1, campaigns.Rescheduling{DueAt: a.Clock.Now().Add(time.Minute)})
		must(err)
		if err := r.start(id); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnInterruptedRehearsalSaysSo(t *testing.T) {
	t.Parallel()
	h := newHealthy(t, storage.SQLite)
	err := with(t.Context(), &h.config, func(a *App) error {
		s, err := readScript(t.Context(), a, makeCampaign(t, a))
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		got := rehearse(ctx, s, RehearsalOptions{Orders: 1}, a.Config, func(r reports.Rehearsal) {
			if r.Stage == "posting" {
				cancel()
			}
		})
		if got.OK || got.Failed == "" || got.EndedAt == nil {
			t.Errorf("%+v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// actorCalled gives the person of an email as an actor.
func actorCalled(t *testing.T, a *App, email string) (actor accounts.Actor) {
	t.Helper()
	var person accounts.Person
	err := a.DB.Read(t.Context(), func(tx *storage.Tx) error { return tx.Where("email = ?", email).Take(&person).Error })
	if err == nil {
		actor, err = a.Accounts.Actor(t.Context(), person.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return actor
}
