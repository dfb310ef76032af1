package reports

import (
	"fanfare/campaigns"
	"fanfare/storage"
)

// Lateness is how late posts went out, in milliseconds after their due instants.
type Lateness struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// scopeLateness gives that of a scope's published deliveries, nil when there is
// none.
func scopeLateness(tx *storage.Tx, in scope) (*Lateness, error) {
	var late []int64 // µs, in order
	where, args := in.links()
	err := tx.Model(&campaigns.Delivery{}).
		Where(where, args...).Where("state = ? AND lateness_us IS NOT NULL", campaigns.Published).
		Order("lateness_us").Pluck("lateness_us", &late).Error
	if err != nil || len(late) == 0 {
		return nil, err
	}
	return &Lateness{P50: percentile(late, 50), P99: percentile(late, 99), Max: percentile(late, 100)}, nil
}

// percentile gives the nearest rank of sorted microseconds, in milliseconds:
// the least value that p percent of all do not exceed.
func percentile(sorted []int64, p int) float64 {
	rank := (len(sorted)*p + 99) / 100
	return float64(sorted[max(rank, 1)-1]) / 1000
}
