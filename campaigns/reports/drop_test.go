package reports

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestDrop(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		opens := clock.Now()
		send := func(id string, link int, units int64, want error) {
			t.Helper()
			o := s.order(id)
			o.Token, o.PlacedAt, o.Units = s.token(s.Links[link]), opens, units
			if _, err := s.orders.Take(t.Context(), o); fault.KindOf(err) != fault.KindOf(want) {
				t.Fatal(err)
			}
		}
		look := func(after time.Duration) Drop {
			t.Helper()
			clock.Set(opens.Add(after))
			d, err := s.Drop(t.Context(), s.CampaignID)
			must(t, err)
			return d
		}
		if d := look(-time.Second); d.Phase != BeforeDrop || d.Orders != 0 || len(d.PerSecond) != dropWindow || d.Lateness != nil {
			t.Errorf("before: %+v", d)
		}
		look(0)
		send("A", 0, 1, nil)
		send("B", 1, 2, nil)
		send("B", 1, 2, nil)
		send("B", 1, 3, fault.New(fault.Conflict, "", ""))
		send("C", 3, 1, nil)
		o := s.order("D")
		o.Token = ""
		for range 2 { // repeats of an order without a campaign are not its
			_, err := s.orders.Take(t.Context(), o)
			must(t, err)
		}
		d := look(time.Second)
		if d.Phase != DropOpen || d.Orders != 3 || d.Sold != 4 || d.Unattributed != 1 || d.Refused != 2 || d.PerSecond[dropWindow-1] != 3 {
			t.Errorf("open: %+v", d)
		}
		var networks []string
		for _, part := range d.Networks {
			networks = append(networks, part.Network)
		}
		if diff := cmp.Diff([]string{"weibo", "twitter"}, networks); diff != "" || d.Networks[0].Orders != 2 {
			t.Error(diff, d.Networks)
		}
		if len(d.Posts) != 2 || d.Posts[0].Orders != 2 || d.Posts[0].PostID != s.Links[0].PostID || d.ByDelivery[0].Orders != 1 {
			t.Errorf("posts: %+v", d.Posts)
		}
		// What came last stays in sight.
		if d := look(time.Hour); d.PerSecond[dropWindow-1] != 3 || !d.Until.Equal(opens.Truncate(time.Second).Add(time.Second)) {
			t.Errorf("an hour later: until %v, %v", d.Until, d.PerSecond[dropWindow-3:])
		}
		look(time.Second)
		send("E", 0, s.sale.Units-4, nil)
		if d := look(2 * time.Second); d.Phase != SoldOut || d.Sold != s.sale.Units {
			t.Errorf("sold out: %s, %d", d.Phase, d.Sold)
		}
		if _, err := s.Drop(t.Context(), 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("err %v, want NotFound", err)
		}
	})
}
