package orders

import (
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"

	"github.com/google/go-cmp/cmp"
)

func TestTermsAreChecked(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		if terms, recomputing := s.terms(t); terms != defaultTerms || recomputing {
			t.Errorf("%+v, %v", terms, recomputing)
		}
		for _, window := range []string{"1m", "2160h", "1h30m"} {
			if err := s.ChangeAttribution(t.Context(), marketer(), s.CampaignID, TermsDraft{Window: window}); err != nil {
				t.Errorf("%s: %v", window, err)
			}
		}
		for _, window := range []string{"59s", "2161h", "-1h", "30 days", "30d", "9999999h"} {
			wantTermsWrong(t, s.ChangeAttribution(t.Context(), marketer(), s.CampaignID, TermsDraft{"best", window}))
		}
		var wrong fault.Fields
		NewTerms(&wrong, TermsDraft{"best", "1s"})
		wantTermsWrong(t, wrong.Err())
		wrong = nil
		terms := NewTerms(&wrong, TermsDraft{FirstTouch, "36h"})
		if want := (AttributionTerms{FirstTouch, Window(36 * time.Hour)}); wrong != nil || terms != want {
			t.Errorf("%+v, %v", terms, wrong)
		}
		if text, _ := terms.AttributionWindow.MarshalText(); string(text) != "36h" {
			t.Errorf("window %s", text)
		}
		err := s.ChangeAttribution(t.Context(), marketer(), 999, TermsDraft{})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("no campaign: %v", err)
		}
		err = s.RecomputeAttribution(t.Context(), accounts.Actor{Role: accounts.Product}, s.CampaignID)
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("by product: %v", err)
		}
	})
}

func wantTermsWrong(t *testing.T, err error) {
	t.Helper()
	if got := shoptest.InvalidFields(t, err); !cmp.Equal(got, []string{"attribution_model", "attribution_window"}) {
		t.Errorf("wrong: %v", got)
	}
}
