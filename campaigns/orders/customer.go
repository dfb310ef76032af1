package orders

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strings"
	"sync"

	"fanfare/fault"
)

// customerHasher makes the hashes by which orders of one customer are
// recognised.
type customerHasher struct {
	macs sync.Pool // of hash.Hash: a MAC costs less to reset than to make
}

// newCustomerHasher derives the key from the secret with HKDF (RFC 5869).
func newCustomerHasher(secret []byte) (*customerHasher, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "fanfare customer hash v1", sha256.Size)
	if err != nil {
		return nil, fault.Wrap(err, "derive a key")
	}
	h := &customerHasher{}
	h.macs.New = func() any { return hmac.New(sha256.New, key) }
	return h, nil
}

// hash gives 16 bytes by which the same customer is recognised, in whatever
// case the store writes the address, and from which nobody without the key can
// find out who it is; nil for none.
func (h *customerHasher) hash(customer string) []byte {
	customer = strings.ToLower(strings.TrimSpace(customer))
	if customer == "" {
		return nil
	}
	mac := h.macs.Get().(hash.Hash)
	defer h.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(customer))
	return mac.Sum(nil)[:16]
}
