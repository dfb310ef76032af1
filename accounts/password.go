package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"fanfare/fault"
)

const (
	minPassword = 10  // characters
	maxPassword = 200 // characters
)

// checkPassword asks for length, and for no mixture of kinds of characters:
// NIST SP 800-63B-4, section 3.1.1.2, advises against that.
func checkPassword(wrong *fault.Fields, password, email string) {
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		wrong.Add("password", "accounts.password_text", "The password is not a text.", nil, nil)
	case length < minPassword:
		wrong.Add("password", "accounts.password_short", "The password is too short: at least 10 characters.", nil, fault.Args{"Min": minPassword})
	case length > maxPassword:
		wrong.Add("password", "accounts.password_long", "The password is too long: at most 200 characters.", nil, fault.Args{"Max": maxPassword})
	case strings.EqualFold(strings.TrimSpace(password), email):
		wrong.Add("password", "accounts.password_email", "The password must not be the email address.", nil, nil)
	}
}

// hasher hashes passwords, so many at once and no more: each hash takes 19 MiB
// and most of a core for some 30 ms, and a flood of sign-ins must not take all
// there is.
type hasher struct{ slots chan struct{} }

func newHasher() hasher { return hasher{slots: make(chan struct{}, 2)} }

// hash gives the PHC string to store for a password.
func (h hasher) hash(ctx context.Context, password string) (string, error) {
	made := passwordHash{argonCost: currentCost, salt: make([]byte, 16)}
	_, _ = rand.Read(made.salt) // never fails, by its documentation
	sum, err := h.sum(ctx, made, password, 32)
	if err != nil {
		return "", err
	}
	made.sum = sum
	return made.String(), nil
}

// matches tells whether password is the one that the stored PHC string was
// made of. "" stands for somebody who has none: the answer is no, and takes as
// long as any other, so that it does not tell who has an account here.
func (h hasher) matches(ctx context.Context, stored, password string) (bool, error) {
	if stored == "" {
		stored = nobodysHash
	}
	want, err := parsePasswordHash(stored)
	if err != nil {
		return false, fault.Wrap(err, "read a password hash")
	}
	got, err := h.sum(ctx, want, password, len(want.sum))
	return err == nil && stored != nobodysHash && subtle.ConstantTimeCompare(got, want.sum) == 1, err
}

// sum computes Argon2id (RFC 9106) when it is its turn. The password is
// normalized first: an accented letter is one code point or two depending on
// the keyboard that typed it.
func (h hasher) sum(ctx context.Context, p passwordHash, password string, length int) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, givenUp(ctx.Err())
	}
	normal := norm.NFKC.Bytes([]byte(password))
	return argon2.IDKey(normal, p.salt, p.time, p.memory, p.threads, uint32(length)), nil
}

// argonCost is what one hash costs to make, and to guess.
type argonCost struct {
	memory  uint32 // KiB
	time    uint32 // passes over the memory
	threads uint8
}

// currentCost is the second of the equal choices in the OWASP Password Storage
// Cheat Sheet. Older hashes keep the cost they were made with.
var currentCost = argonCost{memory: 19456, time: 2, threads: 1}

// nobodysHash costs what a new hash costs and is the hash of nothing.
var nobodysHash = passwordHash{argonCost: currentCost, salt: make([]byte, 16), sum: make([]byte, 32)}.String()

// passwordHash is a stored hash with all that it takes to make it again.
type passwordHash struct {
	argonCost
	salt []byte
	sum  []byte
}

// phcBase64 is the base64 of the PHC string format: standard, no padding.
var phcBase64 = base64.RawStdEncoding

// String writes the PHC string format,
// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash
func (p passwordHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads,
		phcBase64.EncodeToString(p.salt), phcBase64.EncodeToString(p.sum))
}

// parsePasswordHash reads what String writes, at a cost that this machine can
// bear: a row that somebody tampered with must not take all its memory.
func parsePasswordHash(text string) (passwordHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return passwordHash{}, errors.New("not a PHC string of argon2id")
	}
	var p passwordHash
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads)
	if err == nil {
		p.salt, err = phcBase64.DecodeString(parts[4])
	}
	if err == nil {
		p.sum, err = phcBase64.DecodeString(parts[5])
	}
	if err != nil || p.String() != text {
		return passwordHash{}, errors.New("not a PHC string of argon2id, version 19")
	}
	bearable := p.memory >= 8*uint32(p.threads) && p.memory <= 256<<10 && p.time >= 1 && p.time <= 16 && p.threads >= 1
	if !bearable || len(p.salt) < 8 || len(p.salt) > 64 || len(p.sum) < 16 || len(p.sum) > 64 {
		return passwordHash{}, errors.New("argon2id with parameters out of bounds")
	}
	return p, nil
}
