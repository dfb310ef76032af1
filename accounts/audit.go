package accounts

import (
	"context"
	"fmt"

	"fanfare/storage"
)

// Record adds to the audit trail, inside the caller's transaction: the act and
// its record are kept together or not at all. action is what was done to what
// kind of thing, such as "post.cancel"; subject is which one, such as
// "post 12". Neither holds personal data or secrets: the trail is never cut.
func Record(tx *storage.Tx, actor Actor, action, subject string) error {
	return tx.Create(&AuditEvent{At: tx.Now, PersonID: actor.PersonID, Action: action, Subject: subject}).Error
}

// subject names one thing in the audit trail.
func subject(kind string, id int64) string { return fmt.Sprintf("%s %d", kind, id) }

// AuditTrail lists what was done, newest first.
func (s *Service) AuditTrail(ctx context.Context, limit int, cursor string) (storage.Page[AuditEvent], error) {
	return newestFirst(ctx, s.db, limit, cursor, "", func(e AuditEvent) int64 { return e.ID })
}
