package accounts

import (
	"bytes"
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

// KeyDraft is what it takes to make an API key.
type KeyDraft struct {
	Name   string
	Role   Role
	Scopes Scopes // none is all that the role allows
	Store  string // the one store whose orders it may send, and nothing else; "" is any
	Rate   int    // requests a second; 0 is as many as come
}

// Bounds of a key.
const (
	maxKeyStore = 100 // bytes, as of an order's store
	maxKeyRate  = 100_000
)

func (d KeyDraft) tidy(wrong *fault.Fields) KeyDraft {
	d.Name = strings.TrimSpace(d.Name)
	checkName(wrong, d.Name)
	checkRole(wrong, d.Role)
	d.Scopes = checkScopes(wrong, d.Scopes)
	if d.Store != "" {
		d.Scopes = checkStoreScopes(wrong, d.Scopes)
	}
	if d.Store != "" && (len(d.Store) > maxKeyStore || !clean(d.Store)) {
		wrong.Add("store", "accounts.key_store", "The store must be printable text of at most 100 bytes, as its orders name it.", d.Store, fault.Args{"Max": maxKeyStore})
	}
	if d.Rate < 0 || d.Rate > maxKeyRate {
		wrong.Add("rate", "accounts.key_rate", "The rate must be between 1 and 100,000 requests a second, or 0 for no limit.", d.Rate, fault.Args{"Max": maxKeyRate})
	}
	return d
}

// CreateKey makes an API key that may do all that its role allows.
func (s *Service) CreateKey(ctx context.Context, actor Actor, name string, role Role) (Key, string, error) {
	return s.CreateKeyWith(ctx, actor, KeyDraft{Name: name, Role: role})
}

// CreateKeyWith makes an API key with a service person of the role, on behalf
// of an admin, and returns the key itself, once.
func (s *Service) CreateKeyWith(ctx context.Context, actor Actor, draft KeyDraft) (Key, string, error) {
	if err := actor.Require(); err != nil {
		return Key{}, "", err
	}
	var wrong fault.Fields
	draft = draft.tidy(&wrong)
	if err := wrong.Err(); err != nil {
		return Key{}, "", err
	}
	text := newKey()
	hash := sha256.Sum256([]byte(text))
	var key Key
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		person := Person{Name: draft.Name, Role: draft.Role, Locale: Locales[0], TimeZone: defaultTimeZone, Service: true}
		if err := insertPerson(tx, &person); err != nil {
			return err
		}
		key = Key{
			PersonID: person.ID, Name: draft.Name, Role: draft.Role, Scopes: draft.Scopes, Store: draft.Store, Rate: draft.Rate,
			Hash: hash[:], Hint: text[keyLength-4:], CreatedAt: tx.Now,
		}
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
		key, err := keyByID(tx, id)
		if err != nil || key.RevokedAt != nil {
			return err
		}
		if err := tx.Model(&key).Update("revoked_at", tx.Now).Error; err != nil {
			return err
		}
		tx.AfterCommit(func() { s.forgetKeys(key.Hash, key.OldHash) })
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
// revoked, Limited when it is used more often than its rate. It is quick enough to stand before every request.
//
// Nothing is compared in secret time here, because nothing secret is compared:
// a key is found by its SHA-256 hash, and whoever measures how much of a hash
// fits cannot choose a key to fit more of it.
func (s *Service) KeyActor(ctx context.Context, key string) (Actor, error) {
	if len(key) != keyLength || !strings.HasPrefix(key, keyPrefix) {
		return Actor{}, unknownKey()
	}
	hash := keyHash(sha256.Sum256([]byte(key)))
	now := s.db.Clock().Now()
	if cached, ok := s.keys.get(hash, now); ok {
		return cached.admit(now)
	}
	load := s.keys.loads.DoChan(string(hash[:]), func() (any, error) {
		// The first to ask reads for all who wait, and may leave before them.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyLoadTimeout)
		defer cancel()
		return s.loadKey(ctx, hash)
	})
	select {
	case loaded := <-load:
		if loaded.Err != nil {
			return Actor{}, loaded.Err
		}
		cached, _ := loaded.Val.(cachedActor)
		return cached.admit(now)
	case <-ctx.Done():
		return Actor{}, givenUp(ctx.Err())
	}
}

// loadKey reads the actor behind a key into the cache. Once every keyTTL is
// often enough to notice, too, that the key is in use.
func (s *Service) loadKey(ctx context.Context, hash keyHash) (cachedActor, error) {
	generation := s.keys.current()
	var cached cachedActor
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		var key Key
		err := tx.Where("(hash = ? OR old_hash = ? AND old_ends_at > ?) AND revoked_at IS NULL", hash[:], hash[:], tx.Now).Take(&key).Error
		if err != nil {
			return err
		}
		var person Person
		if err := tx.Where("id = ? AND blocked_at IS NULL", key.PersonID).Take(&person).Error; err != nil {
			return err
		}
		cached = cachedActor{actor: person.actor(), readAt: tx.Now, until: tx.Now.Add(keyTTL)}
		cached.actor.KeyID, cached.actor.Scopes, cached.actor.Store = key.ID, key.Scopes, key.Store
		cached.limit = s.keys.limitOf(key)
		if !bytes.Equal(key.Hash, hash[:]) && key.OldEndsAt.Before(cached.until) {
			cached.until = *key.OldEndsAt
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return cachedActor{}, unknownKey()
	}
	if err != nil {
		return cachedActor{}, err
	}
	s.keys.put(hash, cached, generation)
	s.keyUses.note(cached.actor.KeyID, cached.readAt)
	return cached, nil
}

func unknownKey() error {
	return fault.New(fault.Unauthenticated, "accounts.unknown_key", "This API key is unknown or revoked.")
}
