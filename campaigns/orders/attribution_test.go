package orders

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

var noon = time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)

// visit is a touch of a delivery, so long before its order.
func visit(campaign, delivery int64, before time.Duration) touch {
	return touch{Touch: Touch{At: noon.Add(-before)}, link: links.Place{CampaignID: campaign, DeliveryID: delivery}}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	lost := func(reason string) touch { return touch{Touch: Touch{At: noon}, reason: reason} }
	for name, c := range map[string]struct {
		model    AttributionModel // of campaign 1; campaign 2 is linear, its window an hour
		touches  []touch
		lead     int64
		reason   string
		counting []int64 // of the touches that count
	}{
		"none":                   {LastTouch, []touch{}, 0, NoToken, nil},
		"last":                   {LastTouch, []touch{visit(1, 11, 3*day), visit(1, 12, day), visit(1, 13, 2*day)}, 12, "", []int64{12}},
		"first":                  {FirstTouch, []touch{visit(1, 11, 2*day), visit(1, 12, day), visit(1, 13, 3*day)}, 13, "", []int64{13}},
		"linear":                 {Linear, []touch{visit(1, 11, 2*day), visit(1, 12, day), visit(1, 11, 3*day)}, 12, "", []int64{11, 12, 11}},
		"at one instant, last":   {LastTouch, []touch{visit(1, 11, 0), visit(1, 12, 0)}, 12, "", []int64{12}},
		"at one instant, first":  {FirstTouch, []touch{visit(1, 11, 0), visit(1, 12, 0)}, 11, "", []int64{11}},
		"the window's end":       {FirstTouch, []touch{visit(1, 11, 7*day+1), visit(1, 12, 7*day), visit(1, 13, day)}, 12, "", []int64{12}},
		"a clock ahead":          {LastTouch, []touch{visit(1, 11, 0), visit(1, 12, -time.Minute)}, 12, "", []int64{12}},
		"another campaign last":  {FirstTouch, []touch{visit(2, 21, 2*time.Hour), visit(1, 11, 30*time.Minute), visit(2, 22, time.Minute)}, 22, "", []int64{22}},
		"another one, too late":  {FirstTouch, []touch{visit(1, 11, 3*day), visit(1, 12, 2*day), visit(2, 22, day)}, 11, "", []int64{11}},
		"all outside":            {Linear, []touch{lost(UnknownLink), visit(1, 11, 8*day)}, 0, OutsideWindow, nil},
		"unknown before bad":     {Linear, []touch{lost(UnknownLink), lost(BadToken), lost(NoToken)}, 0, UnknownLink, nil},
		"bad before none":        {Linear, []touch{lost(NoToken), lost(BadToken)}, 0, BadToken, nil},
		"the lost change little": {FirstTouch, []touch{lost(BadToken), visit(1, 11, day), lost(UnknownLink)}, 11, "", []int64{11}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range c.touches {
				c.touches[i].counts = true // from other terms, before
			}
			got := judge(c.touches, noon, map[int64]terms{1: {c.model, 7 * day}, 2: {Linear, time.Hour}})
			var counting []int64
			for _, t := range c.touches {
				if t.counts {
					counting = append(counting, t.link.DeliveryID)
				}
			}
			if got.link.DeliveryID != c.lead || got.reason != c.reason || !cmp.Equal(counting, c.counting) {
				t.Errorf("%d, %q, %v; want %d, %q, %v", got.link.DeliveryID, got.reason, counting, c.lead, c.reason, c.counting)
			}
		})
	}
}

func TestApportion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount  int64
		touches []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{1, []int64{1, 1}, []int64{1, 0}}, // equal remainders: the later touch, which stands first
		{1, []int64{1, 2}, []int64{0, 1}},
		{0, []int64{3, 4}, []int64{0, 0}},
		{5, []int64{1, 1, 1}, []int64{2, 2, 1}},
	} {
		var parts []part
		for _, n := range c.touches {
			parts = append(parts, part{touches: n})
		}
		if got := apportion(c.amount, parts); !cmp.Equal(got, c.want) {
			t.Errorf("%d by %v: %v, want %v", c.amount, c.touches, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Range(0, MaxTotal)).Draw(t, "amount")
		var parts []part
		var all int64
		for _, n := range rapid.SliceOfN(rapid.Int64Range(1, 51), 1, 10).Draw(t, "touches") {
			parts, all = append(parts, part{touches: n}), all+n
		}
		var sum int64
		for i, share := range apportion(amount, parts) {
			exact := float64(amount) * float64(parts[i].touches) / float64(all)
			if float64(share) < exact-1.001 || float64(share) > exact+1.001 {
				t.Fatalf("part %d has %d of %f", i, share, exact)
			}
			sum += share
		}
		if sum != amount {
			t.Fatalf("the parts of %d add up to %d", amount, sum)
		}
	})
}

// touchedOrder is an order with touches of the shop's links, so many hours before.
func (s *shop) touchedOrder(id string, touches map[int]int) Order {
	o := s.order(id)
	o.Token = ""
	for link := range s.Links {
		if hours, ok := touches[link]; ok {
			o.Touches = append(o.Touches, Touch{s.token(link), o.PlacedAt.Add(-time.Duration(hours) * time.Hour)})
		}
	}
	return o
}

func marketer() accounts.Actor { return accounts.Actor{PersonID: 1, Role: accounts.Marketing} }

func TestTouchesShareAnOrder(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		must(t, s.ChangeAttribution(t.Context(), marketer(), s.CampaignID, TermsDraft{Linear, "100h"}))
		o := s.touchedOrder("1", map[int]int{0: 99, 1: 2, 2: 101, 3: 1})
		o.Touches = append(o.Touches, Touch{"mistyped", o.PlacedAt}, Touch{"", o.PlacedAt}, Touch{s.tokens.Token(4_000_000), o.PlacedAt})
		o.Units, o.Total = 2, 100
		got, err := s.Take(t.Context(), o)
		want := Receipt{Store: "mi.com", OrderID: "1", Attributed: true, CampaignID: s.CampaignID, PostID: s.Links[3].PostID, DeliveryID: s.Links[3].DeliveryID}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		want.Replayed = true
		if again, err := s.Take(t.Context(), o); err != nil || !cmp.Equal(again, want) {
			t.Errorf("again: %+v, %v", again, err)
		}
		check := func(orders, units, total []int64) {
			t.Helper()
			for i, n := range s.counts(t) {
				if want := (countSums{orders[i], units[i], total[i]}); n != want {
					t.Errorf("delivery %d: %+v, want %+v", i, n, want)
				}
			}
		}
		check([]int64{0, 0, 0, 1}, []int64{0, 1, 0, 1}, []int64{33, 33, 0, 34})
		_, err = s.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: "1", Kind: Refund, At: clock.Now(), Units: 1, Total: 1})
		must(t, err)
		check([]int64{0, 0, 0, 1}, []int64{0, 0, 0, 1}, []int64{33, 33, 0, 33})
		_, err = s.Adjust(t.Context(), Adjustment{Store: "mi.com", OrderID: "1", Kind: Cancel, At: clock.Now()})
		must(t, err)
		check([]int64{0, 0, 0, 0}, []int64{0, 0, 0, 0}, []int64{0, 0, 0, 0})
	})
}

func TestATokenBesideTouchesIsOneMore(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		for token, want := range map[int]int{2: 2, 0: 1} { // 0 is among the touches, before 1
			o := s.touchedOrder(fmt.Sprint(token), map[int]int{0: 2, 1: 1})
			o.Token = strings.ToUpper(s.token(token))
			got, err := s.Take(t.Context(), o)
			if err != nil || got.DeliveryID != s.Links[want].DeliveryID {
				t.Errorf("token of link %d: %+v, %v; want link %d", token, got, err, want)
			}
		}
		for name, c := range map[string]struct {
			change func(*Order)
			reason string
		}{
			"old":     {func(o *Order) { o.Touches = []Touch{{s.token(0), o.PlacedAt.Add(-31 * 24 * time.Hour)}} }, OutsideWindow},
			"bad":     {func(o *Order) { o.Touches = []Touch{{"x", o.PlacedAt}} }, BadToken},
			"bad, 2":  {func(o *Order) { o.Touches, o.Token = []Touch{{"", o.PlacedAt}}, "x" }, BadToken},
			"blank":   {func(o *Order) { o.Touches = []Touch{{"", o.PlacedAt}} }, NoToken},
			"no list": {func(o *Order) { o.Touches = []Touch{} }, NoToken},
		} {
			o := s.touchedOrder(name, nil)
			c.change(&o)
			if got, err := s.Take(t.Context(), o); err != nil || got.Reason != c.reason || got.Attributed {
				t.Errorf("%s: %+v, %v; want %s", name, got, err, c.reason)
			}
		}
	})
}

func TestBatchesTakeTouches(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		late := s.touchedOrder("late", map[int]int{1: -1})
		unknown := strings.Replace(string(orderLine(t, late)), `"touches":[{`, `"touches":[{"x":1,`, 1)
		lines := unknown + string(orderLine(t, s.touchedOrder("1", map[int]int{1: 2, 2: 1}))) + string(orderLine(t, s.order("2"))) + string(orderLine(t, late)) +
			strings.Replace(string(orderLine(t, late)), `"touches":[{`, `"touches":[{"at":"soon"},{`, 1)
		got, err := s.TakeStream(t.Context(), accounts.System(), strings.NewReader(lines))
		must(t, err)
		want := []RejectedLine{
			{1, "touches[0].x: There is no such field."},
			{4, "touches[0].at: A touch comes before its order: the time must not be more than five minutes after placed_at."},
			{5, "touches[0].at: Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z."},
		}
		if diff := cmp.Diff(want, got.Rejected); diff != "" || got.Accepted != 2 {
			t.Error(got.Accepted, diff)
		}
		if row := orderRows(t, db)[0]; row.DeliveryID == nil || *row.DeliveryID != s.Links[2].DeliveryID {
			t.Errorf("%+v", row)
		}
	})
}
