package campaigns

import (
	"fmt"
	"testing"

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

// TestEndsOfDeliveriesAreTold: out, or never; nothing in between, nothing of
// what somebody cancelled, and nothing of a step that somebody else was quicker
// with.
func TestEndsOfDeliveriesAreTold(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s, heard := openShop(t, db), heardOf{}
		s.telling = heard.tell
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Exec("UPDATE deliveries SET state = ?", Publishing).Error
		}))
		var all []Delivery
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Order("id").Find(&all).Error }))
		to := func(d Delivery, state State) step {
			after := d
			after.State, after.Error = state, "a\x00b"
			return step{d, after}
		}
		stale := all[3]
		stale.Attempts = 9
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := s.saveAll(tx, []step{to(all[0], Published), to(all[1], Failed), to(all[2], InDoubt), to(stale, Published)})
			return err
		}))
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			doubted := all[2]
			doubted.State = InDoubt
			_, err := s.saveAll(tx, []step{to(doubted, Expired), to(all[3], Cancelled)})
			return err
		}))
		got := fmt.Sprint(len(heard[eventPublished]), len(heard[eventFailed]), len(heard))
		if got != "1 2 2" || heard[eventPublished][0].(DeliveryEvent).DeliveryID != all[0].ID || heard[eventFailed][0].(DeliveryEvent).Error != "ab" {
			t.Errorf("%+v", heard)
		}
	})
}
