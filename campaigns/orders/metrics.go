package orders

import (
	"github.com/prometheus/client_golang/prometheus"

	"fanfare/fault"
)

// metrics are what Prometheus may ask for.
type metrics struct{ orders *prometheus.CounterVec }

// newMetrics registers them, unless registry is nil.
func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fanfare_orders_total", Help: "Orders from stores: accepted, replayed, conflict or refused.",
	}, []string{"result"})}
	if registry == nil {
		return m, nil
	}
	return m, fault.Wrap(registry.Register(m.orders), "metrics")
}

// order counts one by its outcome. Those that the database did not take are
// none yet: they come again.
func (m *metrics) order(r Receipt, err error) {
	result := "accepted"
	switch {
	case fault.Is(err, fault.Conflict):
		result = "conflict"
	case fault.Is(err, fault.Invalid):
		result = "refused"
	case err != nil:
		return
	case r.Replayed:
		result = "replayed"
	}
	m.orders.WithLabelValues(result).Inc()
}
