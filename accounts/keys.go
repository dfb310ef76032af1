package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// A key is "fan_" and 32 random bytes in base64url: the prefix lets people and
// secret scanners see what it is.
const (
	keyPrefix = "fan_"
	keyLength = len(keyPrefix) + 43
)

// keyLoadTimeout bounds the look-up of a key, which outlives the request that
// began it.
const keyLoadTimeout = 5 * time.Second

func newKey() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, by its documentation
	return keyPrefix + base64.RawURLEncoding.EncodeToString(secret)
}

// CreateKey makes an API key with a service person of the role, on behalf of
// an admin, and returns the key itself, once.
func (s *Service) CreateKey(ctx context.Context, actor Actor, name string, role Role) (Key, string, error) {
	if err := actor.Require(); err != nil {
		return Key{}, "", err
	}
	name = strings.TrimSpace(name)
	var wrong fault.Fields
	checkName(&wrong, name)
	checkRole(&wrong, role)
	if err := wrong.Err(); err != nil {
		return Key{}, "", err
	}
	text := newKey()
	hash := sha256.Sum256([]byte(text))
	var key Key
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		person := Person{Name: name, Role: role, Locale: Locales[0], TimeZone: defaultTimeZone, Service: true}
		if err := insertPerson(tx, &person); err != nil {
			return err
		}
		key = Key{PersonID: person.ID, Name: name, Role: role, Hash: hash[:], Hint: text[keyLength-4:], CreatedAt: tx.Now}
		if err := tx.Create(&key).Error; err != nil {
			return err
		}
		return Record(tx, actor, "key.create", subject("key", key.ID))
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, text, nil
}

// RevokeKey ends a key for good, on behalf of an admin: at once in this
// process, within keyTTL in others. Revoking it again changes nothing. It
// returns NotFound when there is no such key.
func (s *Service) RevokeKey(ctx context.Context, actor Actor, id int64) error {
	if err := actor.Require(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		var key Key
		err := tx.Where("id = ?", id).Take(&key).Error
		if storage.IsMissing(err) {
			return fault.New(fault.NotFound, "accounts.no_key", "There is no such key.")
		}
		if err != nil || key.RevokedAt != nil {
			return err
		}
		if err := tx.Model(&key).Update("revoked_at", tx.Now).Error; err != nil {
			return err
		}
		tx.AfterCommit(func() { s.keys.forget(keyHash(key.Hash)) })
		return Record(tx, actor, "key.revoke", subject("key", id))
	})
}

// Keys lists all keys, revoked ones too, newest first.
func (s *Service) Keys(ctx context.Context) ([]Key, error) {
	keys := []Key{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Select("api_keys.*, people.role").
			Joins("JOIN people ON people.id = api_keys.person_id").Order("api_keys.id DESC").Find(&keys).Error
	})
	return keys, err
}

// KeyActor gives the actor behind a key: Unauthenticated when unknown or
// revoked. It is quick enough to stand before every request.
//
// Nothing is compared in secret time here, because nothing secret is compared:
// a key is found by its SHA-256 hash, and whoever measures how much of a hash
// fits cannot choose a key to fit more of it.
func (s *Service) KeyActor(ctx context.Context, key string) (Actor, error) {
	if len(key) != keyLength || !strings.HasPrefix(key, keyPrefix) {
		return Actor{}, unknownKey()
	}
	hash := keyHash(sha256.Sum256([]byte(key)))
	if actor, ok := s.keys.get(hash, s.db.Clock().Now()); ok {
		return actor, nil
	}
	load := s.keys.loads.DoChan(string(hash[:]), func() (any, error) {
		// The first to ask reads for all who wait, and may leave before them.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyLoadTimeout)
		defer cancel()
		return s.loadKey(ctx, hash)
	})
	select {
	case loaded := <-load:
		actor, _ := loaded.Val.(Actor)
		return actor, loaded.Err
	case <-ctx.Done():
		return Actor{}, givenUp(ctx.Err())
	}
}

// loadKey reads the actor behind a key into the cache. Once every keyTTL is
// often enough to notice, too, that the key is in use.
func (s *Service) loadKey(ctx context.Context, hash keyHash) (Actor, error) {
	generation := s.keys.current()
	var actor Actor
	var readAt time.Time
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		var key Key
		if err := tx.Where("hash = ? AND revoked_at IS NULL", hash[:]).Take(&key).Error; err != nil {
			return err
		}
		var person Person
		if err := tx.Where("id = ? AND blocked_at IS NULL", key.PersonID).Take(&person).Error; err != nil {
			return err
		}
		actor, readAt = person.actor(), tx.Now
		actor.KeyID = key.ID
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return Actor{}, unknownKey()
	}
	if err != nil {
		return Actor{}, err
	}
	s.keys.put(hash, actor, readAt, generation)
	s.keyUses.note(actor.KeyID, readAt)
	return actor, nil
}

func unknownKey() error {
	return fault.New(fault.Unauthenticated, "accounts.unknown_key", "This API key is unknown or revoked.")
}
