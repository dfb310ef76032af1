package webhooks

import (
	"cmp"
	"context"
	"time"

	"fanfare/accounts"
	"fanfare/storage"
)

// rotateFor is how long messages are signed with an old secret too, so that an
// endpoint takes them before and after it has the new one.
const rotateFor = 24 * time.Hour

// Rotate gives an endpoint another secret and returns it, once. For a day
// messages carry two signatures; a secret that was replaced before ends now. It
// returns NotFound without such an endpoint.
func (s *Service) Rotate(ctx context.Context, actor accounts.Actor, id int64) (e Endpoint, secret string, err error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Endpoint{}, "", err
	}
	key := newSecret()
	sealed, err := s.accounts.Seal(purposeSecret, subject(id), key)
	if err != nil {
		return Endpoint{}, "", err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if e, err = endpoint(tx, id); err != nil {
			return err
		}
		ends := tx.Now.Add(rotateFor)
		e.OldSealed, e.OldEndsAt, e.Sealed = e.Sealed, &ends, sealed
		return cmp.Or(
			tx.Model(&e).Select("sealed", "old_sealed", "old_ends_at").Updates(&e).Error,
			accounts.Record(tx, actor, "webhook.rotate", subject(id)),
		)
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	return e.read(), secretText(key), nil
}

// keys opens what messages to an endpoint are signed with now, the newest first.
func (s *Service) keys(e Endpoint) ([][]byte, error) {
	sealed := [][]byte{e.Sealed}
	if e.OldEndsAt != nil && s.db.Clock().Now().Before(*e.OldEndsAt) {
		sealed = append(sealed, e.OldSealed)
	}
	keys := make([][]byte, len(sealed))
	for i, one := range sealed {
		key, err := s.accounts.Unseal(purposeSecret, subject(e.ID), one)
		if err != nil {
			return nil, err
		}
		keys[i] = key
	}
	return keys, nil
}
