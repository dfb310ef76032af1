// Package reports tells what came of campaigns, posts and rehearsals, as people
// and programs ask for it. It reads what links and campaigns have written down
// and changes nothing: sums of clicks and orders by delivery and by second,
// minute and hour, so that a report costs the same however many orders there
// are.
package reports

import "fanfare/storage"

// Service is the door to this package.
type Service struct{ db *storage.DB }

// New makes the service.
func New(db *storage.DB) *Service { return &Service{db} }

// The spans of the sums, in seconds. A report reads the largest that is fine
// enough for it.
const (
	second = 1
	minute = 60
	hour   = 3600
)
