package orders

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/campaigns/shoptest"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// attributed is all that terms decide of an order.
type attributed struct {
	OrderID, Reason                string
	CampaignID, PostID, DeliveryID int64
	Counting                       string // the numbers of its touches that count
}

func keptAttribution(t testing.TB, db *storage.DB) (kept []attributed) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		err := tx.Raw(`SELECT order_id, reason, COALESCE(campaign_id, 0) AS campaign_id, COALESCE(post_id, 0) AS post_id,
COALESCE(delivery_id, 0) AS delivery_id FROM orders ORDER BY order_id`).Scan(&kept).Error
		if err != nil {
			return err
		}
		for i := range kept {
			var counting []int
			if err := tx.Raw("SELECT n FROM order_touches WHERE order_id = ? AND counts ORDER BY n", kept[i].OrderID).Scan(&counting).Error; err != nil {
				return err
			}
			kept[i].Counting = fmt.Sprint(counting)
		}
		return nil
	}))
	slices.SortFunc(kept, func(a, b attributed) int { return cmp.Compare(a.OrderID, b.OrderID) })
	return kept
}

// books are two campaigns of one shop, and what may happen to their orders.
type books struct {
	*shop
	campaigns []int64
	clock     *storagetest.Clock
	opens     time.Time
}

func openBooks(t testing.TB, db *storage.DB, clock *storagetest.Clock) *books {
	t.Helper()
	s := openShop(t, db)
	other := s.AddCampaign(t, db, "Other")
	s.Links = append(s.Links, shoptest.AddPost(t, db, other)...)
	return &books{s, []int64{s.CampaignID, other}, clock, clock.Now()}
}

// empty begins anew, with the terms that most want.
func (b *books) empty(t testing.TB) {
	t.Helper()
	b.clock.Set(b.opens)
	must(t, b.db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, table := range []string{"orders", "order_touches", "order_adjustments", "order_counts", "attribution_runs"} {
			if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
				return err
			}
		}
		return tx.Exec("UPDATE campaigns SET attribution_model = 'last_touch', attribution_window = ?", defaultWindow).Error
	}))
}

// deed is something that happens; it says the same on any books.
type deed struct {
	advance  time.Duration
	order    int // which order it is about
	adjust   *Adjustment
	links    []int // the order's touches: 0 to 5, or a bad one
	hours    []int // before it
	token    int   // -1 without
	total    int64
	campaign int // whose terms change
	terms    *TermsDraft
	chunk    bool // a piece of a run
}

var windows = []string{"2h", "10h", "100h"}
var models = []AttributionModel{LastTouch, FirstTouch, Linear}

func drawDeed(t *rapid.T) deed {
	d := deed{
		advance: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3600}).Draw(t, "advance")) * time.Second,
		order:   rapid.IntRange(0, 7).Draw(t, "order"), token: -1,
	}
	switch rapid.SampledFrom([]string{"order", "order", "order", "adjust", "terms", "chunk"}).Draw(t, "deed") {
	case "order":
		n := rapid.IntRange(0, 5).Draw(t, "touches")
		d.links = rapid.SliceOfN(rapid.IntRange(0, 7), n, n).Draw(t, "links")
		d.hours = rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 2, 3, 9, 10, 11, 99, 101}), n, n).Draw(t, "hours")
		d.token = rapid.IntRange(-1, 6).Draw(t, "token")
		d.total = rapid.Int64Range(0, 100).Draw(t, "total")
	case "adjust":
		kind := rapid.SampledFrom([]string{Cancel, Refund, Refund}).Draw(t, "kind")
		d.adjust = &Adjustment{Kind: kind}
		if kind == Refund {
			d.adjust.Total, d.adjust.Units = rapid.Int64Range(1, 50).Draw(t, "refund"), rapid.Int64Range(0, 2).Draw(t, "units")
		}
	case "terms":
		d.campaign = rapid.IntRange(0, 1).Draw(t, "campaign")
		d.terms = &TermsDraft{rapid.SampledFrom(models).Draw(t, "model"), rapid.SampledFrom(windows).Draw(t, "window")}
	case "chunk":
		d.chunk, d.campaign = true, rapid.IntRange(0, 1).Draw(t, "campaign")
	}
	return d
}

func (b *books) tokenOf(link int) string {
	switch {
	case link < len(b.Links):
		return b.token(link)
	case link == len(b.Links):
		return b.tokens.Token(4_000_000)
	}
	return "mistyped"
}

// do does what changes orders; terms are another matter.
func (b *books) do(t testing.TB, d deed) {
	t.Helper()
	b.clock.Advance(d.advance)
	id := fmt.Sprint("order-", d.order)
	if d.adjust != nil {
		a := *d.adjust
		a.Store, a.OrderID, a.ID, a.At = "mi.com", id, fmt.Sprint(a.Kind, a.Total, a.Units), b.clock.Now()
		_, err := b.Adjust(t.Context(), a)
		must(t, err)
		return
	}
	o := b.order(id)
	o.Token, o.Total, o.Units, o.PlacedAt = "", d.total, 1+d.total%7, b.clock.Now()
	if d.token >= 0 {
		o.Token = b.tokenOf(d.token)
	}
	for i, link := range d.links {
		o.Touches = append(o.Touches, Touch{b.tokenOf(link), o.PlacedAt.Add(-time.Duration(d.hours[i]) * time.Hour)})
	}
	_, _ = b.Take(t.Context(), o) // another one under its id is a conflict, on all books
}

// TestRecomputedBooksAreFreshBooks: whatever the terms were in between, the
// books end as if the last ones had held from the start.
func TestRecomputedBooksAreFreshBooks(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		freshClock := storagetest.NewClock()
		b := openBooks(t, db, clock)
		fresh := openBooks(t, storagetest.Open(t, db.Dialect(), freshClock), freshClock)
		rapid.Check(t, func(rt *rapid.T) {
			deeds := rapid.SliceOfN(rapid.Custom(drawDeed), 1, 25).Draw(rt, "deeds")
			b.empty(t)
			fresh.empty(t)
			last := map[int]TermsDraft{}
			for _, d := range deeds {
				switch {
				case d.terms != nil:
					must(t, b.ChangeAttribution(t.Context(), marketer(), b.campaigns[d.campaign], *d.terms))
					last[d.campaign] = *d.terms
				case d.chunk:
					_, err := b.recomputeSome(t.Context(), b.campaigns[d.campaign])
					must(t, err)
				default:
					b.do(t, d)
				}
			}
			for i, c := range b.campaigns {
				must(t, b.recompute(t.Context(), attributionJob{c}))
				must(t, fresh.ChangeAttribution(t.Context(), marketer(), fresh.campaigns[i], last[i]))
			}
			for _, d := range deeds {
				if d.terms == nil && !d.chunk {
					fresh.do(t, d)
				}
			}
			if diff := gocmp.Diff(keptAttribution(t, fresh.db), keptAttribution(t, b.db)); diff != "" {
				rt.Fatal(diff)
			}
			if diff := gocmp.Diff(keptCounts(t, fresh.db), keptCounts(t, b.db)); diff != "" {
				rt.Fatal(diff)
			}
		})
	})
}

func TestARetryGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		o := s.touchedOrder("1", map[int]int{0: 5, 1: 1})
		first, err := s.Take(t.Context(), o)
		must(t, err)
		first.Replayed = true
		for _, draft := range []TermsDraft{{FirstTouch, ""}, {"", "1m"}, {LastTouch, "720h"}} {
			must(t, s.ChangeAttribution(t.Context(), marketer(), s.CampaignID, draft))
			if terms, recomputing := s.terms(t); !recomputing {
				t.Fatalf("%+v", terms)
			}
			must(t, s.recompute(t.Context(), attributionJob{s.CampaignID}))
			if terms, recomputing := s.terms(t); recomputing {
				t.Errorf("%+v", terms)
			}
			if again, err := s.Take(t.Context(), o); err != nil || again != first {
				t.Errorf("%+v: %+v, %v; want %+v", draft, again, err, first)
			}
			row := orderRows(t, db)[0]
			switch {
			case draft.Window == "1m" && (row.Reason != OutsideWindow || row.DeliveryID != nil):
				t.Errorf("outside the window: %+v", row)
			case draft.Model == FirstTouch && *row.DeliveryID != s.Links[0].DeliveryID:
				t.Errorf("first touch: %+v", row)
			}
		}
	})
}

// Orders come while a run goes over many pieces, through any process: all end
// by the new terms.
func TestOrdersThatComeDuringARunCountRight(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		const before, during = 2*recomputeChunk + 50, 200
		s := openShop(t, db)
		other := s.Service
		if db.Dialect() == storage.Postgres {
			other = startService(t, db)
		}
		take := func(service *Service, n int) {
			if _, err := service.Take(t.Context(), s.touchedOrder(fmt.Sprintf("%04d", n*7919%10_000), map[int]int{0: 9, 1: 5, 3: 1})); err != nil {
				t.Error(err)
			}
		}
		var all sync.WaitGroup
		for part := range 8 {
			all.Go(func() {
				for n := part; n < before; n += 8 {
					take(s.Service, n)
				}
			})
		}
		all.Wait()
		for part := range 4 {
			all.Go(func() {
				for n := part; n < during; n += 4 {
					take(other, before+n)
				}
			})
		}
		must(t, s.ChangeAttribution(t.Context(), marketer(), s.CampaignID, TermsDraft{Model: FirstTouch}))
		stopped, stop := context.WithCancel(t.Context())
		stop()
		if err := s.recompute(stopped, attributionJob{s.CampaignID}); err == nil {
			t.Error("went on although it was stopped")
		}
		if done, err := s.recomputeSome(t.Context(), s.CampaignID); done || err != nil {
			t.Errorf("done after one piece: %v, %v", done, err)
		}
		must(t, other.recompute(t.Context(), attributionJob{s.CampaignID}))
		all.Wait()
		const orders = before + during
		if diff := gocmp.Diff([]countSums{{orders, orders, orders * 199900}, {}, {}, {}}, s.counts(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestALongRunIsPutBack: as several short jobs it is taken up soon where its
// process is killed.
func TestALongRunIsPutBack(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		const orders = recomputeChunks*recomputeChunk + 1
		s := openShop(t, db)
		var body bytes.Buffer
		lines := json.NewEncoder(&body)
		for n := range orders {
			must(t, lines.Encode(s.touchedOrder(strconv.Itoa(n), map[int]int{0: 9, 1: 5})))
		}
		_, err := s.TakeStream(t.Context(), accounts.System(), &body)
		must(t, err)
		must(t, s.ChangeAttribution(t.Context(), marketer(), s.CampaignID, TermsDraft{Model: FirstTouch}))
		var again *river.JobSnoozeError
		if err := s.recompute(t.Context(), attributionJob{s.CampaignID}); !errors.As(err, &again) || again.Duration != 0 {
			t.Fatalf("not put back: %v", err)
		}
		must(t, s.recompute(t.Context(), attributionJob{s.CampaignID}))
		if diff := gocmp.Diff([]countSums{{orders, orders, orders * 199900}, {}, {}, {}}, s.counts(t)); diff != "" {
			t.Error(diff)
		}
	})
}
