package orders

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// heardOf records what is handed over; it changes no database, so that it also
// hears of what is rolled back.
type heardOf map[string][]any

func (l heardOf) tell(_ *storage.Tx, event string, data func() []any) error {
	if some := data(); len(some) > 0 {
		l[event] = append(l[event], some...)
	}
	return nil
}

// TestWhatCannotBeToldDoesNotHappen: the order and its message are kept
// together or not at all.
func TestWhatCannotBeToldDoesNotHappen(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		s.intake.tell = func(*storage.Tx, string, func() []any) error { return errors.New("no room") }
		if _, err := s.Take(t.Context(), s.order("1")); err == nil {
			t.Error("an order was confirmed that nobody will be told of")
		}
		heard := heardOf{}
		s.intake.tell = heard.tell
		other := s.order("2")
		other.Token = ""
		for _, o := range []Order{s.order("1"), s.order("1"), other} {
			_, err := s.Take(t.Context(), o)
			must(t, err)
		}
		want := heardOf{eventOrder: {OrderEvent{
			Store: "mi.com", OrderID: "1", CampaignID: s.CampaignID, PostID: s.Links[0].PostID, DeliveryID: s.Links[0].DeliveryID,
			Kind: "order", Units: 1, Total: 199900, Currency: "CNY", PlacedAt: s.order("1").PlacedAt,
		}}}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Error(diff)
		}
	})
}
