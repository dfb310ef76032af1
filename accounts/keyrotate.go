package accounts

import (
	"context"
	"crypto/sha256"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// The time in which a key that was replaced still works.
const (
	DefaultKeyGrace = 24 * time.Hour
	maxKeyGrace     = 30 * 24 * time.Hour
)

// RotateKey gives a key a new secret, on behalf of an admin, and returns it,
// once. The old secret works on for the time of grace, and one that was
// replaced before it ends now: at once in this process, within keyTTL in
// others. It returns NotFound, Conflict for a key that is revoked, and Invalid
// naming grace.
func (s *Service) RotateKey(ctx context.Context, actor Actor, id int64, grace time.Duration) (Key, string, error) {
	if err := actor.Require(); err != nil {
		return Key{}, "", err
	}
	if grace < 0 || grace > maxKeyGrace {
		var wrong fault.Fields
		wrong.Add("grace", "accounts.grace", "The time must be a duration of at most 30 days, such as 24h.", grace.String(), fault.Args{"Days": int(maxKeyGrace / (24 * time.Hour))})
		return Key{}, "", wrong.Err()
	}
	text := newKey()
	hash := sha256.Sum256([]byte(text))
	var key Key
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if key, err = keyByID(tx, id); err != nil {
			return err
		}
		if key.RevokedAt != nil {
			return fault.New(fault.Conflict, "accounts.key_revoked", "This key is revoked.")
		}
		stale := [][]byte{key.Hash, key.OldHash}
		ends := tx.Now.Add(grace)
		key.OldHash, key.OldEndsAt, key.Hash, key.Hint = key.Hash, &ends, hash[:], text[keyLength-4:]
		if err := tx.Model(&key).Select("hash", "hint", "old_hash", "old_ends_at").Updates(&key).Error; err != nil {
			return err
		}
		tx.AfterCommit(func() { s.forgetKeys(stale...) })
		return Record(tx, actor, "key.rotate", subject("key", id))
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, text, nil
}

func keyByID(tx *storage.Tx, id int64) (Key, error) {
	var key Key
	err := tx.Select("api_keys.*, people.role").Joins("JOIN people ON people.id = api_keys.person_id").
		Where("api_keys.id = ?", id).Take(&key).Error
	if storage.IsMissing(err) {
		return Key{}, fault.New(fault.NotFound, "accounts.no_key", "There is no such key.")
	}
	return key, err
}

// forgetKeys drops keys from the cache by their hashes, where there are any.
func (s *Service) forgetKeys(hashes ...[]byte) {
	for _, hash := range hashes {
		if len(hash) == sha256.Size {
			s.keys.forget(keyHash(hash))
		}
	}
}
