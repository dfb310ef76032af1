package campaigns

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fanfare/connectors"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestMetricsOfDeliveries(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		published, refused, cancelled := d.schedule(t, d.draft()), d.schedule(t, d.draft()), d.schedule(t, d.draft())
		expiring := d.draft()
		expiring.ExpiresAfter = time.Second
		expired := d.schedule(t, expiring)
		_, err := d.CancelPost(t.Context(), d.actor, cancelled.PostID)
		must(t, err)
		clock.Advance(time.Minute + 20*time.Millisecond)
		must(t, d.publish(t.Context(), publishJob{published.ID}))
		d.net.script(reply{err: netErr(connectors.KindRefused)})
		must(t, d.publish(t.Context(), publishJob{refused.ID}))
		clock.Advance(time.Minute)
		must(t, d.publish(t.Context(), publishJob{expired.ID}))
		wantFigures(t, d.metrics,
			`fanfare_deliveries_total{network="twitter",state="cancelled"} 1`,
			`fanfare_deliveries_total{network="twitter",state="expired"} 1`,
			`fanfare_deliveries_total{network="twitter",state="failed"} 1`,
			`fanfare_deliveries_total{network="twitter",state="published"} 1`,
			`fanfare_delivery_lateness_seconds_bucket{network="twitter",le="0.01"} 0`,
			`fanfare_delivery_lateness_seconds_bucket{network="twitter",le="0.025"} 1`,
			`fanfare_delivery_lateness_seconds_sum{network="twitter"} 0.02`,
		)
		if late := d.delivery(t, published.ID).LatenessUS; late == nil || *late != 20_000 {
			t.Errorf("lateness %v, want 20 ms", late)
		}
	})
}

// wantFigures looks for lines in what Prometheus would be given.
func wantFigures(t *testing.T, m *metrics, lines ...string) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.lateness, m.deliveries, m.held)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range lines {
		if !strings.Contains(answer.Body.String(), line+"\n") {
			t.Errorf("%s is missing in\n%s", line, answer.Body)
		}
	}
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	if _, err := newMetrics(registry); err != nil {
		t.Fatal(err)
	}
	if _, err := newMetrics(registry); err == nil {
		t.Error("two services share one registry")
	}
}
