package accounts

import (
	"context"
	"strings"
	"testing"

	"fanfare/fault"
)

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	h := newHasher()
	stored, err := h.hash(t.Context(), "café au lait")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(stored, err)
	}
	again, err := h.hash(t.Context(), "café au lait")
	if err != nil || again == stored {
		t.Error("two hashes of one password are alike: no salt", err)
	}
	for password, want := range map[string]bool{
		"café au lait":       true,
		"cafe\u0301 au lait": true, // the same, typed on another keyboard
		"cafe au lait":       false,
		"café au lait ":      false,
		"":                   false,
	} {
		if got, err := h.matches(t.Context(), stored, password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
}

// The hash is of the reference implementation's own tests:
// https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c
func TestPasswordHashesOfOthers(t *testing.T) {
	t.Parallel()
	const reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for password, want := range map[string]bool{"password": true, "differentpassword": false} {
		if got, err := newHasher().matches(t.Context(), reference, password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
}

func TestNobodysHashCostsTheSame(t *testing.T) {
	t.Parallel()
	p, err := parsePasswordHash(nobodysHash)
	if err != nil || p.argonCost != currentCost || len(p.salt) != 16 || len(p.sum) != 32 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestHashingWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	h := newHasher()
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "password12"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("hashed beyond the bound: %v", err)
	}
	<-h.slots
	if _, err := h.hash(t.Context(), "password12"); err != nil {
		t.Error(err)
	}
	if len(h.slots) != cap(h.slots)-1 {
		t.Errorf("%d places are taken after hashing, want %d", len(h.slots), cap(h.slots)-1)
	}
}

func FuzzParsePasswordHash(f *testing.F) {
	for _, seed := range []string{
		"", "$$$$$", nobodysHash,
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=256,t=0,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=256,t=2,p=1$$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePasswordHash(text)
		if err != nil {
			return
		}
		if p.String() != text {
			t.Errorf("%q was read as %q", text, p)
		}
		if p.memory > 1<<18 || p.time < 1 || p.time > 16 || p.threads < 1 || len(p.sum) < 16 {
			t.Errorf("%q was taken, at a cost that cannot be borne", text)
		}
	})
}

func TestTamperedPasswordHashesAreRefused(t *testing.T) {
	t.Parallel()
	const good = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=256", "m=262145"}, {"m=256", "m=7"}, {"t=2", "t=0"}, {"t=2", "t=17"},
		{"p=1", "p=0"}, {"p=1", "p=1x"}, {"m=256", "m=+256"}, {"c29tZXNhbHQ", "c29t"}, {"nf65EOgLrQMR", "\nnf65EOgLrQMR"},
		{"$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "$nf65"}, {"$argon2id", "argon2id"},
	} {
		if p, err := parsePasswordHash(strings.Replace(good, change[0], change[1], 1)); err == nil {
			t.Errorf("%q for %q was taken: %v", change[1], change[0], p)
		}
	}
}
