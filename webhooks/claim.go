package webhooks

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/fault"
	"fanfare/storage"
)

// claimedFor is how long nobody else sends a message that somebody has begun
// to send. It lets a request come to its end.
const claimedFor = sendWithin + 5*time.Second

// drainFor is how long after its begin a job goes on with what else waits for
// its endpoint.
const drainFor = 10 * time.Second

// deliverWithin is how long a job takes at the most: its last request begins
// when drainFor is over. What a killed process was sending is taken up soon
// after, so it is short.
const deliverWithin = drainFor + sendWithin + 5*time.Second

// claimed is a message that this process is to send now.
type claimed struct {
	Endpoint
	message
}

// claim takes a message that is due for this process; ok is false when another
// has it.
func (s *Service) claim(ctx context.Context, m message) (_ message, ok bool, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		m.NextAt = tx.Now.Add(claimedFor)
		result := tx.Model(&message{}).Where("id = ? AND state = ? AND next_at <= ?", m.ID, Pending, tx.Now).Update("next_at", m.NextAt)
		ok = result.RowsAffected == 1
		return result.Error
	})
	return m, ok, err
}

// claimNext takes the message to an endpoint that has been due for longest, nil
// when none is.
func claimNext(tx *storage.Tx, endpointID int64) (*claimed, error) {
	e, err := endpoint(tx, endpointID)
	if fault.Is(err, fault.NotFound) || err == nil && e.DisabledAt != nil {
		return nil, nil // gone, or switched off, while it was called
	}
	if err != nil {
		return nil, err
	}
	var m message
	// The state stands there as it is, or SQLite would not see that the index of pending ones fits.
	err = tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
		Where("endpoint_id = ? AND state = 'pending' AND next_at <= ?", endpointID, tx.Now).Order("next_at, id").Take(&m).Error
	if storage.IsMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m.NextAt = tx.Now.Add(claimedFor)
	return &claimed{e, m}, tx.Model(&m).Update("next_at", m.NextAt).Error
}

// drain sends what else is due to an endpoint that answers well, one message
// after the other. Their jobs find them delivered, or put off where that went
// wrong. It tells whether the last request had no answer.
func (s *Service) drain(ctx context.Context, next *claimed, until time.Time) (silent bool, err error) {
	for {
		a, _, following, err := s.try(ctx, next.Endpoint, next.message, pauses, until)
		if err != nil || following == nil {
			return a.Status == 0, err
		}
		next = following
	}
}
