package orders

import (
	"net/http/httptest"
	"strings"
	"testing"

	"fanfare/accounts"
	"fanfare/storage"
	"fanfare/storage/storagetest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestMetricsOfOrders(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		good, other, bad := s.order("1"), s.order("1"), s.order("2")
		other.Total++
		bad.Units = 0
		for _, o := range []Order{good, good, good, other, bad} {
			_, _ = s.Take(t.Context(), o)
		}
		_, err := s.TakeStream(t.Context(), accounts.System(), strings.NewReader(string(orderLine(t, s.order("3")))+string(orderLine(t, bad))))
		must(t, err)
		registry := prometheus.NewRegistry()
		registry.MustRegister(s.metrics.orders)
		answer := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		for _, line := range []string{
			`fanfare_orders_total{result="accepted"} 2`,
			`fanfare_orders_total{result="conflict"} 1`,
			`fanfare_orders_total{result="refused"} 2`,
			`fanfare_orders_total{result="replayed"} 2`,
		} {
			if !strings.Contains(answer.Body.String(), line+"\n") {
				t.Errorf("%s is missing in\n%s", line, answer.Body)
			}
		}
	})
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
