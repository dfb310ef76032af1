package campaigns

import (
	"github.com/prometheus/client_golang/prometheus"

	"fanfare/fault"
)

// metrics are what Prometheus may ask for.
type metrics struct {
	lateness   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	held       *prometheus.CounterVec
}

// newMetrics registers them, unless registry is nil.
func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		lateness: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fanfare_delivery_lateness_seconds", Help: "From the due instant of a post to the call of its network.",
			Buckets: []float64{.005, .01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"network"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fanfare_deliveries_total", Help: "Deliveries that came to an end.",
		}, []string{"network", "state"}),
		held: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fanfare_deliveries_held_total", Help: "Deliveries that a network's limit put off, each time.",
		}, []string{"network", "limit"}),
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.lateness, m.deliveries, m.held} {
		if err := registry.Register(c); err != nil {
			return nil, fault.Wrap(err, "metrics")
		}
	}
	return m, nil
}

// delivery counts one that has come to an end.
func (m *metrics) delivery(d Delivery) {
	switch d.State {
	case Published, Failed, Expired, Cancelled:
		m.deliveries.WithLabelValues(d.Network, string(d.State)).Inc()
	}
	if d.State == Published && d.LatenessUS != nil {
		m.lateness.WithLabelValues(d.Network).Observe(float64(*d.LatenessUS) / 1e6)
	}
}
