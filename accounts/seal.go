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

// sealer derives the key with HKDF-SHA-256 (RFC 5869) and gives AES-256-GCM
// with random nonces (NIST SP 800-38D), good for 2^32 seals under one secret.
func sealer(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purposeSeal, 32)
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
	aead, err := sealer(secret)
	if err != nil {
		return nil, fault.Wrap(err, "seal")
	}
	return aead.Seal([]byte{sealVersion}, nil, credentials, sealedFor(network, remoteID)), nil
}

// unseal gives back what seal encrypted for the same account. It returns
// Unavailable when the secret is another one than then: nothing is lost, and
// all is well again with the right one.
func unseal(secret, sealed []byte, network, remoteID string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, wrongSecret(errors.New("sealed in an unknown form"))
	}
	aead, err := sealer(secret)
	if err != nil {
		return nil, fault.Wrap(err, "unseal")
	}
	credentials, err := aead.Open(nil, nil, sealed[1:], sealedFor(network, remoteID))
	if err != nil {
		return nil, wrongSecret(err)
	}
	return credentials, nil
}

func wrongSecret(cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Key: "accounts.wrong_secret",
		Message: "The secret key does not fit the database: what was stored with another key cannot be opened with it. " +
			"Set FANFARE_SECRET_KEY, or the key file in the data folder, to the key it was begun with.",
		Err: cause,
	}
}
