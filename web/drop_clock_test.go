package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/storage"
)

// TestADropUnderAClockThatJumps sets the server's clock back and forth while
// orders and clicks come: all are taken, everybody sees them, and every rollup
// is what the rows say.
func TestADropUnderAClockThatJumps(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.server.drops.every = time.Millisecond
	post := d.schedule("Go {link}", time.Hour)
	link := "/r/" + post.Deliveries[0].Token
	lines, leave := d.events("/campaigns/1/drop/events")
	defer leave()
	begun, sold := d.clock.Now(), 0
	for _, jump := range []time.Duration{0, time.Second, -time.Second, time.Hour, -2 * time.Hour, 23 * time.Hour, -40 * time.Hour, 90 * time.Hour, -48 * time.Hour} {
		d.clock.Advance(jump)
		for range 3 {
			sold++
			order := map[string]any{
				"store": "mi.com", "order_id": fmt.Sprint(sold), "token": post.Deliveries[0].Token, "kind": "order", "units": 1,
				"total": 100, "currency": "EUR", "placed_at": begun,
			}
			if jump > 24*time.Hour {
				order["placed_at"] = d.clock.Now()
			}
			if status, answer := d.call(d.adminKey, "POST", "/api/v1/orders", order); status != http.StatusCreated {
				t.Fatalf("after a jump of %s: %d %v", jump, status, answer)
			}
			d.wants(302)(d.get(link))
		}
		want := fmt.Sprintf(`X</span><b>%d</b>`, sold)
		d.wants(200, want)(d.get("/campaigns/1/drop"))
		shown := false
		for n := 0; n < 100_000 && !shown && lines.Scan(); n++ {
			shown = strings.Contains(lines.Text(), want)
		}
		if !shown {
			t.Fatalf("after a jump of %s the stream shows no %d orders: %v", jump, sold, lines.Err())
		}
	}
	d.settle()
	sums := map[string]int64{
		"SELECT COUNT(*) FROM orders WHERE campaign_id = 1": int64(sold),
		"SELECT SUM(people) FROM click_totals":              int64(sold),
		"SELECT SUM(people) FROM clicks":                    int64(sold),
	}
	for _, span := range []int{1, 60, 3600} {
		sums[fmt.Sprintf("SELECT SUM(orders) FROM order_counts WHERE campaign_id = 1 AND span = %d", span)] = int64(sold)
		// Nothing stands in a span that the rows do not have.
		sums[fmt.Sprintf("SELECT COUNT(*) FROM order_counts WHERE span = %d AND at %% %d <> 0", span, span)] = 0
	}
	for query, want := range sums {
		var got int64
		d.must(d.db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Raw(query).Row().Scan(&got) }))
		if got != want {
			t.Errorf("%s gives %d, want %d", query, got, want)
		}
	}
}
