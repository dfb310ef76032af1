package accounts

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"fanfare/fault"
)

// sealVersion is the first byte of what is sealed. Version 1 is followed by
// the nonce (12 bytes), the ciphertext and the tag (16 bytes) of AES-256-GCM.
const sealVersion = 1

// purposeSeal tells the key for sealing from every other key that is derived
// from the same secret.
const purposeSeal = "fanfare network account credentials v1"

// purposeFor begins the purposes of other rooms, so that none of their keys is
// one of ours.
const purposeFor = "fanfare sealed for "

// Seal encrypts something that another room must use again, under a key for
// its purpose, such as "order source v1". It opens only with the same purpose
// and binding: bind it to its row, such as "source mi-hk", so that it cannot be
// moved to another one.
func (s *Service) Seal(purpose, binding string, plain []byte) ([]byte, error) {
	return sealWith(s.secret, purposeFor+purpose, []byte(binding), plain)
}

// Unseal gives back what Seal encrypted for the same purpose and binding. It
// returns Unavailable when the secret key is another one than then.
func (s *Service) Unseal(purpose, binding string, sealed []byte) ([]byte, error) {
	return unsealWith(s.secret, purposeFor+purpose, []byte(binding), sealed)
}

// sealer derives the key with HKDF-SHA-256 (RFC 5869) and gives AES-256-GCM
// with random nonces (NIST SP 800-38D), good for 2^32 seals under one secret.
func sealer(secret []byte, purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealedFor is bound to what is sealed, so that credentials cannot be moved to
// another account's row. The length keeps the two parts apart.
func sealedFor(network, remoteID string) []byte {
	return fmt.Appendf(nil, "%d:%s:%s", len(network), network, remoteID)
}

// seal encrypts the credentials of an account of a network.
func seal(secret, credentials []byte, network, remoteID string) ([]byte, error) {
	return sealWith(secret, purposeSeal, sealedFor(network, remoteID), credentials)
}

// unseal gives back what seal encrypted for the same account.
func unseal(secret, sealed []byte, network, remoteID string) ([]byte, error) {
	return unsealWith(secret, purposeSeal, sealedFor(network, remoteID), sealed)
}

func sealWith(secret []byte, purpose string, binding, plain []byte) ([]byte, error) {
	aead, err := sealer(secret, purpose)
	if err != nil {
		return nil, fault.Wrap(err, "seal")
	}
	return aead.Seal([]byte{sealVersion}, nil, plain, binding), nil
}

// unsealWith returns Unavailable when the secret is another one than then:
// nothing is lost, and all is well again with the right one.
func unsealWith(secret []byte, purpose string, binding, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, wrongSecret(errors.New("sealed in an unknown form"))
	}
	aead, err := sealer(secret, purpose)
	if err != nil {
		return nil, fault.Wrap(err, "unseal")
	}
	plain, err := aead.Open(nil, nil, sealed[1:], binding)
	if err != nil {
		return nil, wrongSecret(err)
	}
	return plain, nil
}

func wrongSecret(cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Key: "accounts.wrong_secret",
		Message: "The secret key does not fit the database: what was stored with another key cannot be opened with it. " +
			"Set FANFARE_SECRET_KEY, or the key file in the data folder, to the key it was begun with.",
		Err: cause,
	}
}
