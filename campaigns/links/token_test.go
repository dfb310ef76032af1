package links

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fanfare/fault"
)

func testCodec(t testing.TB) *Codec {
	t.Helper()
	c, err := NewCodec(testSecret)
	must(t, err)
	return c
}

func TestTokenComesBack(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint32().Draw(t, "id")
		token := c.Token(int64(id))
		if len(token) != 12 || strings.Trim(token, tokenAlphabet) != "" {
			t.Fatalf("token of %d: %q", id, token)
		}
		if got, ok := c.LinkID(token); !ok || got != id {
			t.Fatalf("%s came back as %d, %v; want %d", token, got, ok, id)
		}
		if got := c.unpermute(c.permute(id, make([]byte, 16)), make([]byte, 16)); got != id {
			t.Fatalf("permuted and back: %d, want %d", got, id)
		}
	})
}

// Tokens in the wild must stay good: this one was made by the first release.
func TestTokenIsStable(t *testing.T) {
	t.Parallel()
	if got, want := testCodec(t).Token(1), "7m5q5ktttf8w"; got != want {
		t.Errorf("token of link 1 is %s, want %s", got, want)
	}
}

func TestTokenIsReadAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	fold := strings.NewReplacer("0", "O", "1", "l")
	for id := range int64(500) {
		token := c.Token(id)
		for _, written := range []string{strings.ToUpper(token), " " + token + "\n", fold.Replace(token), strings.ReplaceAll(token, "1", "I")} {
			if got, ok := c.LinkID(written); !ok || int64(got) != id {
				t.Fatalf("%q is %d, %v; want %d", written, got, ok, id)
			}
		}
	}
}

func TestTokenWithOneWrongCharacterIsRefused(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	for _, id := range []int64{0, 1, 2, 77, 1 << 20, math.MaxUint32} {
		token := c.Token(id)
		for place := range len(token) {
			for _, other := range tokenAlphabet {
				if byte(other) == token[place] {
					continue
				}
				wrong := token[:place] + string(other) + token[place+1:]
				if got, ok := c.LinkID(wrong); ok {
					t.Errorf("%s, mistyped as %s, passed for link %d", token, wrong, got)
				}
			}
		}
	}
}

func TestTokenOfAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	other, err := NewCodec([]byte("another secret, equally long"))
	must(t, err)
	c := testCodec(t)
	for id := range int64(1000) {
		if _, ok := c.LinkID(other.Token(id)); ok {
			t.Errorf("a foreign token of link %d passed", id)
		}
	}
}

func TestTokensHideHowManyThereAre(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	first := map[byte]bool{}
	for id := range int64(200) {
		first[c.Token(id)[0]] = true
	}
	if len(first) < 25 {
		t.Errorf("200 ids in a row begin with %d different characters only", len(first))
	}
}

func TestShortSecretIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := NewCodec([]byte("short")); !fault.Is(err, fault.Invalid) {
		t.Errorf("err %v, want Invalid", err)
	}
}

func FuzzLinkID(f *testing.F) {
	c := testCodec(f)
	for _, seed := range []string{"", c.Token(1), strings.ToUpper(c.Token(2)), "uuuuuuuuuuuu", "０１２３４５６７８９ab", "\x00\xff", c.Token(3) + " "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		id, ok := c.LinkID(token)
		if !ok {
			return
		}
		plain := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(strings.TrimSpace(token)))
		if c.Token(int64(id)) != plain {
			t.Errorf("%q passed for link %d, whose token is %s", token, id, c.Token(int64(id)))
		}
	})
}
