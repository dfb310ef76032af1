package links

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"fanfare/fault"
)

const (
	// tokenAlphabet is Douglas Crockford's base32 (https://www.crockford.com/base32.html)
	// in lower case: no i, l, o or u.
	tokenAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	tokenLength   = 12 // characters of 5 bits each
	tokenMACBits  = 28
	tokenMACMask  = 1<<tokenMACBits - 1
	// tokenRounds is the number of rounds of FF1 in NIST SP 800-38G.
	tokenRounds = 10
	notASymbol  = 0xff
)

// Codec turns link ids into tokens and back by arithmetic alone, so that
// an order is attributed, and a forged token refused, without a look-up.
//
// A token is 60 bits: the 32-bit link id through a keyed permutation, so that
// tokens tell nothing about how many links there are, and 28 bits of a
// truncated MAC over the id, so that 1 in 268 million guesses passes. The
// permutation is a balanced Feistel network over two halves of 16 bits (Luby
// and Rackoff, "How to construct pseudorandom permutations from pseudorandom
// functions", 1988) whose round function is truncated AES-128. The MAC is
// AES-128 too: over messages of one fixed block a block cipher is a MAC by
// itself (Bellare, Kilian and Rogaway, "The security of the cipher block
// chaining message authentication code", 2000).
type Codec struct {
	permutation cipher.Block
	check       cipher.Block
}

// NewCodec derives its keys from the secret with HKDF (RFC 5869). It
// returns Invalid for a secret of fewer than 16 bytes.
func NewCodec(secret []byte) (*Codec, error) {
	if len(secret) < aes.BlockSize {
		return nil, fault.New(fault.Invalid, "config.secret_short", "The secret key is too short: it needs at least 16 bytes.")
	}
	permutation, err := derivedCipher(secret, "fanfare campaign token permutation v1")
	if err != nil {
		return nil, err
	}
	check, err := derivedCipher(secret, "fanfare campaign token check v1")
	if err != nil {
		return nil, err
	}
	return &Codec{permutation: permutation, check: check}, nil
}

func derivedCipher(secret []byte, purpose string) (cipher.Block, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, 16)
	if err != nil {
		return nil, fault.Wrap(err, "derive a key")
	}
	block, err := aes.NewCipher(key)
	return block, fault.Wrap(err, "make a cipher")
}

// Token makes the campaign token of a link: 12 characters. It panics on an id
// that 32 bits cannot hold, since cutting it would name another link.
func (c *Codec) Token(linkID int64) string {
	if linkID < 0 || linkID > math.MaxUint32 {
		panic(fmt.Sprintf("links: link id %d does not fit a token", linkID))
	}
	id := uint32(linkID)
	var block [aes.BlockSize]byte
	bits := uint64(c.permute(id, block[:]))<<tokenMACBits | c.mac(id, block[:])
	var text [tokenLength]byte
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = tokenAlphabet[bits&31]
		bits >>= 5
	}
	return string(text[:])
}

// LinkID gives the link a token was made for, and false when the token is
// mistyped or made up. Case does not matter, white space around is ignored, O
// is read as 0, I and L as 1.
func (c *Codec) LinkID(token string) (id uint32, ok bool) {
	bits, ok := tokenBits(strings.TrimSpace(token))
	if !ok {
		return 0, false
	}
	var block [aes.BlockSize]byte
	id = c.unpermute(uint32(bits>>tokenMACBits), block[:])
	return id, c.mac(id, block[:]) == bits&tokenMACMask
}

func tokenBits(token string) (bits uint64, ok bool) {
	if len(token) != tokenLength {
		return 0, false
	}
	for i := range len(token) {
		symbol := tokenSymbols[token[i]]
		if symbol == notASymbol {
			return 0, false
		}
		bits = bits<<5 | uint64(symbol)
	}
	return bits, true
}

// tokenSymbols gives the value of each byte that may stand in a token.
var tokenSymbols = func() (values [256]byte) {
	for i := range values {
		values[i] = notASymbol
	}
	for i := range len(tokenAlphabet) {
		values[tokenAlphabet[i]] = byte(i)
		values[strings.ToUpper(tokenAlphabet)[i]] = byte(i)
	}
	values['o'], values['O'] = 0, 0
	values['i'], values['I'], values['l'], values['L'] = 1, 1, 1, 1
	return values
}()

func (c *Codec) permute(id uint32, block []byte) uint32 {
	left, right := uint16(id>>16), uint16(id)
	for round := range tokenRounds {
		left, right = right, left^c.round(round, right, block)
	}
	return uint32(left)<<16 | uint32(right)
}

func (c *Codec) unpermute(value uint32, block []byte) uint32 {
	left, right := uint16(value>>16), uint16(value)
	for round := tokenRounds - 1; round >= 0; round-- {
		left, right = right^c.round(round, left, block), left
	}
	return uint32(left)<<16 | uint32(right)
}

// round is the Feistel network's function; block is scratch space.
func (c *Codec) round(round int, half uint16, block []byte) uint16 {
	clear(block)
	block[0] = byte(round)
	binary.BigEndian.PutUint16(block[1:], half)
	c.permutation.Encrypt(block, block)
	return binary.BigEndian.Uint16(block)
}

// mac gives the 28 check bits of an id; block is scratch space.
func (c *Codec) mac(id uint32, block []byte) uint64 {
	clear(block)
	binary.BigEndian.PutUint32(block, id)
	c.check.Encrypt(block, block)
	return uint64(binary.BigEndian.Uint32(block)) & tokenMACMask
}
