package campaigns

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fanfare/fault"
)

func testCodec(t testing.TB) *tokenCodec {
	t.Helper()
	c, err := newTokenCodec(testSecret)
	must(t, err)
	return c
}

func TestTokenComesBack(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint32().Draw(t, "id")
		token := c.token(int64(id))
		if len(token) != 12 || strings.Trim(token, tokenAlphabet) != "" {
			t.Fatalf("token of %d: %q", id, token)
		}
		if got, ok := c.linkID(token); !ok || got != id {
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
	if got, want := testCodec(t).token(1), "7m5q5ktttf8w"; got != want {
		t.Errorf("token of link 1 is %s, want %s", got, want)
	}
}

func TestTokenIsReadAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	fold := strings.NewReplacer("0", "O", "1", "l")
	for id := range int64(500) {
		token := c.token(id)
		for _, written := range []string{strings.ToUpper(token), " " + token + "\n", fold.Replace(token), strings.ReplaceAll(token, "1", "I")} {
			if got, ok := c.linkID(written); !ok || int64(got) != id {
				t.Fatalf("%q is %d, %v; want %d", written, got, ok, id)
			}
		}
	}
}

func TestTokenWithOneWrongCharacterIsRefused(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	for _, id := range []int64{0, 1, 2, 77, 1 << 20, math.MaxUint32} {
		token := c.token(id)
		for place := range len(token) {
			for _, other := range tokenAlphabet {
				if byte(other) == token[place] {
					continue
				}
				wrong := token[:place] + string(other) + token[place+1:]
				if got, ok := c.linkID(wrong); ok {
					t.Errorf("%s, mistyped as %s, passed for link %d", token, wrong, got)
				}
			}
		}
	}
}

func TestTokenOfAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	other, err := newTokenCodec([]byte("another secret, equally long"))
	must(t, err)
	c := testCodec(t)
	for id := range int64(1000) {
		if _, ok := c.linkID(other.token(id)); ok {
			t.Errorf("a foreign token of link %d passed", id)
		}
	}
}

func TestTokensHideHowManyThereAre(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	first := map[byte]bool{}
	for id := range int64(200) {
		first[c.token(id)[0]] = true
	}
	if len(first) < 25 {
		t.Errorf("200 ids in a row begin with %d different characters only", len(first))
	}
}

func TestShortSecretIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := newTokenCodec([]byte("short")); !fault.Is(err, fault.Invalid) {
		t.Errorf("err %v, want Invalid", err)
	}
}

func TestCustomerHash(t *testing.T) {
	t.Parallel()
	c := testCodec(t)
	want := string(c.customerHash("fan@example.com"))
	if len(want) != 16 || string(c.customerHash(" Fan@Example.COM ")) != want {
		t.Error("one customer has two hashes")
	}
	if string(c.customerHash("fan2@example.com")) == want || c.customerHash("  ") != nil {
		t.Error("different customers look the same")
	}
}

func FuzzLinkID(f *testing.F) {
	c := testCodec(f)
	for _, seed := range []string{"", c.token(1), strings.ToUpper(c.token(2)), "uuuuuuuuuuuu", "０１２３４５６７８９ab", "\x00\xff", c.token(3) + " "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		id, ok := c.linkID(token)
		if !ok {
			return
		}
		plain := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(strings.TrimSpace(token)))
		if c.token(int64(id)) != plain {
			t.Errorf("%q passed for link %d, whose token is %s", token, id, c.token(int64(id)))
		}
	})
}
