package orders

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestOrderIsAttributed(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		mistyped := "0" + s.token(0)[1:]
		if mistyped == s.token(0) {
			mistyped = "1" + s.token(0)[1:]
		}
		l := s.Links[3]
		for id, c := range map[string]struct {
			token string
			want  Receipt
		}{
			"none":     {"", Receipt{Reason: NoToken}},
			"space":    {"  ", Receipt{Reason: NoToken}},
			"mistyped": {mistyped, Receipt{Reason: BadToken}},
			"nonsense": {"' OR 1=1 --", Receipt{Reason: BadToken}},
			"unknown":  {s.tokens.Token(4_000_000_000), Receipt{Reason: UnknownLink}},
			"good":     {s.token(3), Receipt{Attributed: true, CampaignID: l.CampaignID, PostID: l.PostID, DeliveryID: l.DeliveryID}},
			"capitals": {strings.ToUpper(s.token(3)), Receipt{Attributed: true, CampaignID: l.CampaignID, PostID: l.PostID, DeliveryID: l.DeliveryID}},
		} {
			o := s.order(id)
			o.Token = c.token
			c.want.Store, c.want.OrderID = o.Store, o.OrderID
			for _, replayed := range []bool{false, true} {
				c.want.Replayed = replayed
				got, err := s.Take(t.Context(), o)
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v %s", id, err, diff)
				}
			}
		}
	})
}

func TestReplayGivesTheFirstAnswer(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		o := s.order("1")
		o.Token = s.tokens.Token(int64(len(s.Links) + 1)) // a link that will be made later
		first, err := s.Take(t.Context(), o)
		must(t, err)
		shoptest.AddPost(t, db, s.CampaignID)
		again, err := s.Take(t.Context(), o)
		must(t, err)
		if first.Reason != UnknownLink || !again.Replayed || again.Reason != UnknownLink || again.Attributed {
			t.Errorf("first %+v, again %+v", first, again)
		}
	})
}

func TestOtherContentIsAConflict(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		_, err := s.Take(t.Context(), s.order("1"))
		must(t, err)
		before := orderRows(t, db)
		for name, change := range map[string]func(*Order){
			"token":     func(o *Order) { o.Token = s.token(1) },
			"kind":      func(o *Order) { o.Kind = "preorder" },
			"units":     func(o *Order) { o.Units = 2 },
			"total":     func(o *Order) { o.Total++ },
			"currency":  func(o *Order) { o.Currency = "HKD" },
			"placed_at": func(o *Order) { o.PlacedAt = o.PlacedAt.Add(time.Microsecond) },
			"customer":  func(o *Order) { o.Customer = "" },
			"touches":   func(o *Order) { o.Touches = []Touch{{s.token(0), o.PlacedAt}} },
		} {
			o := s.order("1")
			change(&o)
			_, err := s.Take(t.Context(), o)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Conflict || len(f.Fields) != 1 || f.Fields[0].Location != "order_id" {
				t.Errorf("other %s: %v", name, err)
			}
		}
		other := s.order("1")
		other.Store = "tmall.com"
		other.PlacedAt = other.PlacedAt.In(time.FixedZone("CST", 8*3600)).Add(999 * time.Nanosecond)
		if r, err := s.Take(t.Context(), other); err != nil || r.Replayed {
			t.Errorf("another store's order: %+v, %v", r, err)
		}
		if diff := cmp.Diff(before, orderRows(t, db)[:1]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOrderIsValidated(t *testing.T) {
	t.Parallel()
	now := storagetest.NewClock().Now()
	good := Order{Store: "s", OrderID: "小米-1", Kind: "order", Units: 1, Currency: "CNY", PlacedAt: now.Add(24 * time.Hour)}
	if err := validateOrder(good, now); err != nil {
		t.Fatal(err)
	}
	for location, changes := range map[string][]func(*Order){
		"store":    {func(o *Order) { o.Store = "" }, func(o *Order) { o.Store = strings.Repeat("x", 101) }, func(o *Order) { o.Store = "a\nb" }},
		"order_id": {func(o *Order) { o.OrderID = "" }, func(o *Order) { o.OrderID = strings.Repeat("界", 67) }, func(o *Order) { o.OrderID = "\xff" }, func(o *Order) { o.OrderID = "a\x00" }},
		"token":    {func(o *Order) { o.Token = strings.Repeat("x", 201) }, func(o *Order) { o.Token = "\x00" }},
		"kind":     {func(o *Order) { o.Kind = "" }, func(o *Order) { o.Kind = "Order" }},
		"units":    {func(o *Order) { o.Units = 0 }, func(o *Order) { o.Units = 1_000_001 }},
		"total":    {func(o *Order) { o.Total = -1 }, func(o *Order) { o.Total = 1e15 + 1 }},
		"currency": {func(o *Order) { o.Currency = "" }, func(o *Order) { o.Currency = "cny" }, func(o *Order) { o.Currency = "XYZ" }},
		"placed_at": {
			func(o *Order) { o.PlacedAt = time.Time{} }, func(o *Order) { o.PlacedAt = now.Add(24*time.Hour + time.Second) },
			func(o *Order) { o.PlacedAt = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC) },
		},
		"touches":          {func(o *Order) { o.Touches = make([]Touch, 51) }},
		"touches[1].token": {func(o *Order) { o.Touches = []Touch{{"", o.PlacedAt}, {strings.Repeat("x", 201), o.PlacedAt}} }},
		"touches[0].at": {
			func(o *Order) { o.Touches = []Touch{{"x", time.Time{}}} }, func(o *Order) { o.Touches = []Touch{{"x", time.Unix(0, 0)}} },
			func(o *Order) { o.Touches = []Touch{{"x", o.PlacedAt.Add(touchSkew + time.Microsecond)}} },
		},
		"customer": {func(o *Order) { o.Customer = strings.Repeat("x", 321) }, func(o *Order) { o.Customer = "\xff" }},
	} {
		for i, change := range changes {
			o := good
			change(&o)
			if got := shoptest.InvalidFields(t, validateOrder(o, now)); !cmp.Equal(got, []string{location}) {
				t.Errorf("%s %d: wrong fields %v", location, i, got)
			}
		}
	}
	all := []string{"store", "order_id", "kind", "units", "currency", "placed_at"}
	if got := shoptest.InvalidFields(t, validateOrder(Order{}, now)); !cmp.Equal(got, all) {
		t.Errorf("an empty order: wrong fields %v, want %v", got, all)
	}
}

func TestCustomerIsKeptAsAHash(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		_, err := s.Take(t.Context(), s.order("1"))
		must(t, err)
		row := orderRows(t, db)[0]
		if string(row.CustomerHash) != string(s.customers.hash("fan@example.com")) {
			t.Errorf("hash %x", row.CustomerHash)
		}
		if strings.Contains(fmt.Sprintf("%+v %s", row, row.Fingerprint), "fan@") {
			t.Errorf("the customer is in %+v", row)
		}
	})
}

// The same characters, cut into fields at other places, are another order.
func TestFingerprintsOfDifferentOrdersDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00\x01")), 1, 6, -1).Draw(t, "text")
		order := func(label string) Order {
			cuts := rapid.SliceOfN(rapid.IntRange(0, len(text)), 4, 4).Draw(t, label)
			slices.Sort(cuts)
			var touches []Touch
			for range rapid.IntRange(0, 2).Draw(t, "touches") {
				touches = append(touches, Touch{rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "token"), time.UnixMicro(rapid.Int64Range(0, 1).Draw(t, "at")).UTC()})
			}
			return Order{
				Touches: touches,
				Store:   text[:cuts[0]], OrderID: text[cuts[0]:cuts[1]], Token: text[cuts[1]:cuts[2]],
				Kind: text[cuts[2]:cuts[3]], Currency: text[cuts[3]:],
				Units: rapid.Int64Range(0, 1).Draw(t, "units"), Total: rapid.Int64Range(0, 1).Draw(t, "total"),
			}
		}
		a, b := order("a"), order("b")
		if same := fingerprintOf(a, nil) == fingerprintOf(b, nil); same != cmp.Equal(a, b) {
			t.Fatalf("%+v and %+v: same fingerprint %v", a, b, same)
		}
	})
}

// storedOrder is a row of the orders, without its id.
type storedOrder struct {
	Store, OrderID, Token, Kind, Currency, Reason string
	Units, Total                                  int64
	CampaignID, PostID, DeliveryID                *int64
	CustomerHash, Fingerprint                     []byte
	PlacedAt, ReceivedAt                          int64
}

func orderRows(t *testing.T, db *storage.DB) (rows []storedOrder) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Table("orders").Order("store, order_id").Find(&rows).Error
	}))
	return rows
}
